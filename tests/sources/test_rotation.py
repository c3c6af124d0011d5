"""A secret that is rotated in its file: the next poll sends the new one alone, and no message tells either."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.records.batch import SourceFailed
from exporter.sources.interface import Source
from exporter.sources.rotation import build_source
from tests.servers.postgres import Postgres
from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.support.source_polls import poll

OLD, NEW = "0ld-t0ken", "n3w-t0ken"
Written = Callable[[str], None]

COMPANY = """
company: acme
title: Acme
currency: EUR
timezone: UTC
links: {{runbooks: "https://w.example.com", dashboards: "https://g.example.com"}}
sources:
  s: {section}
kpis:
  m: {{title: M, area: money, definition: x, unit: count, window: now, formula: mm}}
"""
WAYS = {
    "bearer": "auth: {bearer: !file secret}",
    "basic": "auth: {basic: {username: u, password: !file secret}}",
    "header": "auth: {header: {name: X-Key, value: !file secret}}",
    "headers": "headers: {X-Key: !file secret}",
}
EMPTY_VECTOR = {"status": "success", "data": {"resultType": "scalar", "result": [1767225600, "7"]}}


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Rotates as Kubernetes and Vault do: another file takes the place of the one there."""

    def write(text: str) -> None:
        (tmp_path / "secret.new").write_text(text)
        (tmp_path / "secret.new").rename(tmp_path / "secret")

    return write


def company(folder: Path, section: str) -> Company:
    (folder / "acme.yaml").write_text(COMPANY.format(section=f"{{{section}}}"))
    return load(folder / "acme.yaml")


def source(folder: Path, section: str) -> Source:
    loaded = company(folder, section)
    return build_source("s", loaded.sources["s"], loaded.secrets.get("s"))


def sections(server: Standin, way: str) -> Iterator[str]:
    yield f"type: http, url: '{server.url}', {way}, measures: {{mm: {{select: v, unit: count}}}}"
    yield f"type: prometheus, url: '{server.url}', {way}, measures: {{mm: {{query: x, unit: count}}}}"


def credentials(server: Standin) -> list[str | None]:
    """Return the credentials of the latest request."""
    return [server.requests[-1].headers.get(name) for name in ("Authorization", "X-Key")]


def credential(request: HttpRequest) -> str:
    return f"{request.headers} {request.params}"


@pytest.mark.parametrize("way", WAYS)
def test_the_new_one_is_sent_from_the_next_poll_on(tmp_path: Path, written: Written, way: str) -> None:
    with Standin(lambda request: HttpResponse({**EMPTY_VECTOR, "v": 7})) as server:
        for section in sections(server, WAYS[way]):
            written(f"{OLD}\n")
            polled = source(tmp_path, section)
            assert poll(polled).values() == {"mm": 7}
            before = credentials(server)
            written(f"{NEW}\n")
            assert poll(polled).values() == {"mm": 7}
            after = credentials(server)
            written(f"{OLD}\n")
            assert poll(polled).values() == {"mm": 7}
            assert credentials(server) == before != after
            polled.close()


def test_a_parameter_is_a_secret_as_well(tmp_path: Path, written: Written) -> None:
    with Standin(lambda request: HttpResponse({"v": 7})) as server:
        written(OLD)
        measure = "measures: {mm: {select: v, unit: count, params: {key: !file secret}}}"
        polled = source(tmp_path, f"type: http, url: '{server.url}', {measure}")
        poll(polled)
        written(NEW)
        poll(polled)
        assert [request.params for request in server.requests] == [{"key": OLD}, {"key": NEW}]


def test_one_that_was_rotated_before_the_first_poll_is_not_sent(tmp_path: Path, written: Written) -> None:
    with Standin(lambda request: HttpResponse({"v": 7})) as server:
        written(OLD)
        polled = source(tmp_path, next(sections(server, WAYS["bearer"])))
        written(NEW)
        poll(polled)
        assert [request.headers["Authorization"] for request in server.requests] == [f"Bearer {NEW}"]


@pytest.mark.parametrize("way", WAYS)
def test_no_message_tells_the_old_one_or_the_new_one(tmp_path: Path, written: Written, way: str) -> None:
    """Hide both from a server that repeats all that it was ever sent."""
    sent: list[str] = []

    def echo(request: HttpRequest) -> HttpResponse:
        sent.append(credential(request))
        return HttpResponse({"status": "error", "errorType": "bad_data", "error": " ".join(sent)}, 400)

    with Standin(echo) as server:
        for section in sections(server, WAYS[way]):
            sent.clear()
            written(OLD)
            polled = source(tmp_path, section)
            for secret in (OLD, NEW, "third-t0ken"):
                written(secret)
                with pytest.raises(SourceFailed) as failed:
                    poll(polled)
                assert "answered 400" in str(failed.value)
                assert not [each for each in (OLD, NEW, "third-t0ken") if each in str(failed.value)]
            assert len(sent) == 3


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda file: file.unlink(), r"cannot read the file .*secret, which `auth.bearer` is taken from: No such file"),
        (lambda file: file.write_text(" \n"), r"the file .*secret, which `auth.bearer` is taken from, is empty"),
        (lambda file: file.write_bytes(b"\xff\xfe"), r"secret, which .* is taken from: it is not UTF-8 text"),
        (
            lambda file: file.write_text(f"{NEW}\n{NEW}"),
            r"has changed and does not fit: `auth.bearer` has a line break",
        ),
    ],
)
def test_a_file_that_cannot_be_used_fails_the_poll_in_words(
    tmp_path: Path, written: Written, spoil: Callable[[Path], Any], says: str
) -> None:
    with Standin(lambda request: HttpResponse({"v": 7})) as server:
        written(OLD)
        polled = source(tmp_path, next(sections(server, WAYS["bearer"])))
        poll(polled)
        spoil(tmp_path / "secret")
        with pytest.raises(SourceFailed, match=says) as failed:
            poll(polled)
        assert not [each for each in (OLD, NEW) if each in str(failed.value)]
        assert len(server.requests) == 1
        written(NEW)
        assert poll(polled).values() == {"mm": 7}


def test_the_file_of_a_parent_and_of_an_alias_is_followed(tmp_path: Path, written: Written) -> None:
    with Standin(lambda request: HttpResponse({"v": 7})) as server:
        written(OLD)
        section = f"type: http, url: '{server.url}', headers: {{X-One: &key !file secret, X-Two: *key}}"
        company(tmp_path, f"{section}, measures: {{mm: {{select: v, unit: count}}}}").secrets["s"]
        (tmp_path / "child").mkdir()
        (tmp_path / "child" / "acme.yaml").write_text("extends: ../acme.yaml\nsources: {s: {every: 1m}}\n")
        loaded = load(tmp_path / "child" / "acme.yaml")
        polled = build_source("s", loaded.sources["s"], loaded.secrets["s"])
        written(NEW)
        poll(polled)
        assert [server.requests[0].headers[name] for name in ("X-One", "X-Two")] == [NEW, NEW]


def test_what_comes_from_no_file_is_not_followed(tmp_path: Path) -> None:
    assert company(tmp_path, "type: http, url: 'https://h', measures: {mm: {select: v, unit: count}}").secrets == {}


def test_no_secret_is_in_the_repr_of_what_follows_them(tmp_path: Path, written: Written) -> None:
    written(OLD)
    loaded = company(
        tmp_path, f"type: http, url: 'https://h', {WAYS['bearer']}, measures: {{mm: {{select: v, unit: count}}}}"
    )
    assert OLD not in repr(loaded)
    assert OLD not in repr(build_source("s", loaded.sources["s"], loaded.secrets["s"]))


def test_the_url_of_a_database_is_one_too(tmp_path: Path, written: Written) -> None:
    for name, number in (("one", 1), ("two", 2)):
        with closing(sqlite3.connect(tmp_path / f"{name}.db")) as database:
            database.execute(f"CREATE TABLE t AS SELECT {number} AS value")
            database.commit()
    written("sqlite:///one.db")
    polled = source(tmp_path, "type: sql, url: !file secret, measures: {mm: {query: SELECT value FROM t, unit: count}}")
    assert poll(polled).values() == {"mm": 1}
    written("sqlite:///two.db")
    assert poll(polled).values() == {"mm": 2}
    written("nonsense")
    with pytest.raises(SourceFailed, match="a file has changed and does not fit: `url` is not a database URL"):
        poll(polled)


@pytest.mark.integration
def test_a_password_that_is_changed_in_the_database(tmp_path: Path, written: Written, postgres: Postgres) -> None:
    postgres.execute(f"CREATE ROLE rotated LOGIN PASSWORD '{OLD}'")
    written(postgres.dsn("rotated", OLD))
    polled = source(tmp_path, "type: sql, url: !file secret, measures: {mm: {query: SELECT 7 AS value, unit: count}}")
    assert poll(polled).values() == {"mm": 7}
    postgres.execute(f"ALTER ROLE rotated PASSWORD '{NEW}'")
    with pytest.raises(SourceFailed, match="authentication failed") as failed:
        poll(polled)
    assert OLD not in str(failed.value)
    written(postgres.dsn("rotated", NEW))
    assert poll(polled).values() == {"mm": 7}
