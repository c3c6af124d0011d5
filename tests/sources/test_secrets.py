"""No secret appears in an error, in what it carries along, or in the repr of anything, for every kind of source."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import ValidationError

from exporter.records.batch import SourceFailed
from exporter.sources.interface import Deadline
from exporter.sources.redaction import redactor
from tests.servers.postgres import Postgres
from tests.servers.process import free_port
from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.support.source_polls import options, poll

SECRET = "sw0rd f!sh/päss"
TOKEN = "t0ken-0f-the-sea"
HIDDEN = (SECRET, TOKEN, quote(SECRET), quote(SECRET, safe=""), "c3cwcmQ")

BASIC = {"basic": {"username": "reader", "password": SECRET}}
WAYS: dict[str, dict[str, Any]] = {
    "basic": {"auth": BASIC},
    "bearer": {"auth": {"bearer": TOKEN}},
    "header": {"auth": {"header": {"name": "X-Key", "value": TOKEN}}},
    "headers": {"headers": {"X-Key": TOKEN}},
}


def echo(request: HttpRequest) -> HttpResponse:
    """Answer with an error that repeats all that was sent."""
    message = f"bad request {dict(request.params)} {dict(request.headers)} http://u:{TOKEN}@host/?k={TOKEN}"
    return HttpResponse({"status": "error", "errorType": "bad_data", "error": message}, 400)


def redirect(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=302, headers={"Location": f"http://localhost:1/?key={TOKEN}"})


def no_json(request: HttpRequest) -> HttpResponse:
    return HttpResponse(pieces=[TOKEN.encode()])


def warns(request: HttpRequest) -> HttpResponse:
    data = {"resultType": "vector", "result": []}
    return HttpResponse({"status": "success", "data": data, "warnings": [str(request.headers)]})


def check_failure(caplog: pytest.LogCaptureFixture, kind: str, **section: Any) -> None:
    """Poll such a source, and look everywhere that a secret could be."""
    caplog.set_level(logging.DEBUG)
    built = options(kind, **section)
    source = built.build("name")
    with pytest.raises(SourceFailed) as failed:
        poll(source, deadline=Deadline(1))
    messages = [
        *traceback.format_exception(failed.value),
        repr(failed.value),
        repr(built),
        str(built),
        built.model_dump_json(),
        repr(source),
        caplog.text,
    ]
    for hidden in HIDDEN:
        assert hidden not in "\n".join(messages)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["http", "prometheus"])
@pytest.mark.parametrize("answer", [echo, redirect, no_json, warns, None])
def test_http_and_prometheus(
    caplog: pytest.LogCaptureFixture, kind: str, way: str, answer: Callable[[HttpRequest], HttpResponse] | None
) -> None:
    table = {"params": {"key": TOKEN}} if kind == "http" else {"query": "up"}
    section = {"tables": {"leads": table}, **WAYS[way]}
    if answer is None:
        check_failure(caplog, kind, url=f"http://127.0.0.1:{free_port()}", **section)
    else:
        with Standin(answer) as server:
            check_failure(caplog, kind, url=server.url, **section)


@pytest.mark.integration
@pytest.mark.parametrize(
    "query", ["SELECT missing", "SELECT 1 / 0", "SELECT pg_sleep(60)", "SELECT 'x' AS a, 'y' AS a"]
)
def test_sql(caplog: pytest.LogCaptureFixture, postgres: Postgres, query: str) -> None:
    check_failure(caplog, "sql", url=postgres.dsn(), tables={"leads": {"query": query}})


@pytest.mark.integration
@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://owner:{quote(SECRET, safe='')}@127.0.0.1:{{port}}/postgres",
        f"postgresql://owner:{quote(SECRET, safe='')}@127.0.0.1:1/postgres",
        f"postgresql://owner:{quote(SECRET, safe='')}@no.invalid/postgres",
        f"postgresql://127.0.0.1:{{port}}/postgres?user=owner&password={quote(SECRET)}",
        f"postgresql://owner@127.0.0.1:{{port}}/postgres?nonsense={quote(SECRET)}",
        f"postgresql://owner@127.0.0.1:{{port}}/postgres?sslmode={quote(SECRET)}",
        f"postgresql://owner@127.0.0.1:{{port}}/postgres?options={quote(SECRET)}",
        f"sqlite:////no/such/file?password={quote(SECRET)}",
    ],
)
def test_databases_that_cannot_be_reached(caplog: pytest.LogCaptureFixture, postgres: Postgres, url: str) -> None:
    check_failure(caplog, "sql", url=url.format(port=postgres.port), tables={"leads": {"query": "SELECT 1"}})


@pytest.mark.parametrize(
    ("kind", "section"),
    [
        ("sql", {"url": f"{SECRET} {TOKEN}"}),
        ("sql", {"url": f"mysql://u:{TOKEN}@host:x{TOKEN}/d"}),
        ("sql", {"url": f"nosuch://u:{TOKEN}@host/d", "nonsense": 1}),
        ("prometheus", {"url": f"https://u:{TOKEN}@host", "auth": BASIC}),
        ("prometheus", {"url": f"{SECRET} {TOKEN}"}),
        ("http", {"url": f"https://host?key={TOKEN}", "auth": {**BASIC, "bearer": TOKEN}}),
        ("http", {"url": "https://host", "auth": {"bearer": f"{TOKEN}\n"}, "headers": {"X": f"{SECRET}"}}),
        ("http", {"url": "https://host", "auth": {"bearer": [TOKEN]}}),
    ],
)
def test_options_that_are_refused(kind: str, section: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        options(kind, **section)
    messages = [problem["msg"] for problem in refused.value.errors()]
    for hidden in HIDDEN:
        assert hidden not in f"{refused.value} {refused.value!r} {messages}"


def test_a_text_loses_every_form_of_a_secret_and_becomes_one_short_line() -> None:
    clean = redactor([SECRET, "", TOKEN])
    assert clean(f"a {SECRET}\n b {quote(SECRET)} {TOKEN!r}") == "a *** b *** '***'"
    assert clean("see https://me:pw@host/path?key=1 and postgresql://u:p@h/d") == (
        "see https://***@host/path?*** and postgresql://***@h/d"
    )
    assert clean("nothing to hide") == "nothing to hide"
    assert len(clean("x" * 10_000)) == 300


@pytest.mark.parametrize("left", ["rk_live_********1a2b", "***********part", "sk_test_***", "ab***cd-ef"])
def test_what_a_server_left_of_a_secret_is_no_more_than_stars(left: str) -> None:
    assert redactor(["another"])(f"Invalid API Key provided: {left}, see https://h/a?k={left}") == (
        "Invalid API Key provided: ***, see https://h/a?***"
    )
