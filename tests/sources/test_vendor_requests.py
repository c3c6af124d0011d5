"""What a vendor's API needs beyond a plain request: JSON bodies, its rate, its limit headers, errors that may pass."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from exporter.records.batch import HttpFailed, SourceFailed
from exporter.sources.exchange import Request, RequestRules
from exporter.sources.http import HttpOptions
from exporter.sources.interface import Deadline
from exporter.sources.limit_headers import is_limit_reached, retry_after
from exporter.sources.request_rate import Rate, RequestRate
from exporter.sources.session import Session
from tests.servers.standin import HttpResponse, Standin
from tests.support.examples import examples
from tests.support.source_polls import NOON, Clock, options

KEY = "k3y-0f-the-house"


@contextmanager
def session(clock: Clock, *answers: HttpResponse, **rules: Any) -> Iterator[tuple[Session, Standin]]:
    """Yield a session with a server that gives each answer in turn, and the last one from then on."""
    rest = [*answers]
    with Standin(lambda request: rest.pop(0) if len(rest) > 1 else rest[0]) as server:
        built = options("http", url=server.url, auth={"bearer": KEY}, tables={})
        assert isinstance(built, HttpOptions)
        opened = Session(
            built,
            explain=lambda body: body.decode(),
            sleep=clock.sleep,
            clock=lambda: NOON + timedelta(seconds=clock() - 1000),
            rules=RequestRules(**rules),
            seconds=clock,
        )
        yield opened, server
        opened.close()


def ask(opened: Session, clock: Clock, seconds: float = 30, **request: Any) -> object:
    return opened.fetch(Request(f"{opened.url}/things", **request), Deadline(seconds, clock)).document


def test_a_post_has_a_json_body_and_parameters_and_keeps_both_when_redirected() -> None:
    clock = Clock()
    redirect = HttpResponse(status=307, headers={"Location": "/elsewhere?limit=2"})
    with session(clock, redirect, HttpResponse({"ok": True})) as (opened, server):
        body = {"filters": {"created_at_start": "2026-01-01"}, "order": "asc"}
        assert ask(opened, clock, method="POST", params=(("limit", "2"),), json=body) == {"ok": True}
        first, second = server.requests
    assert [first.path, second.path] == ["/things", "/elsewhere"]
    assert (first.method, second.method) == ("POST", "POST")
    assert json.loads(first.body) == json.loads(second.body) == body
    assert first.headers["Content-Type"] == "application/json"
    assert first.params["limit"] == "2"


def test_a_parameter_may_be_repeated() -> None:
    clock = Clock()
    with session(clock, HttpResponse({})) as (opened, server):
        server.answer = lambda request: HttpResponse({"sent": request.query})
        assert ask(opened, clock, params=(("types[]", "a"), ("types[]", "b"))) == {
            "sent": "types%5B%5D=a&types%5B%5D=b"
        }


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "7", "RateLimit-Reset": "50"}, 7),
        ({"ratelimit-reset": "12"}, 12),
        ({"RateLimit-Reset": "0.5"}, 0.5),
        ({"X-RateLimit-Reset": str(int(NOON.timestamp()) + 9)}, 9),
        ({"X-RateLimit-Reset": str(int(NOON.timestamp() * 1000) + 9000)}, 9),
        ({"x-rate-limit-reset": str(int(NOON.timestamp()) - 5)}, 0),
        ({"X-RateLimit-Reset": "soon"}, 0),
        ({"X-RateLimit-Reset": "9" * 400}, 0),
        ({"Date": format_datetime(NOON + timedelta(hours=1)), "X-RateLimit-Reset": str(int(NOON.timestamp()))}, 0),
        ({}, 0),
    ],
)
def test_how_long_a_server_asks_to_wait(headers: Mapping[str, str], seconds: float) -> None:
    assert retry_after(CaseInsensitiveDict(headers), lambda: NOON) == seconds


def test_a_limit_is_reached_when_a_header_says_that_nothing_remains() -> None:
    assert is_limit_reached({"X-RateLimit-Remaining": "0"})
    assert not is_limit_reached({"X-RateLimit-Remaining": "1"})
    assert not is_limit_reached({"X-RateLimit-Remaining": ""})
    assert not is_limit_reached({})


def test_a_403_of_a_limit_is_waited_for_and_any_other_is_final() -> None:
    clock = Clock()
    reset = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOON.timestamp()) + 8)}
    with session(clock, HttpResponse("slow", 403, reset), HttpResponse({"ok": True})) as (opened, server):
        assert ask(opened, clock) == {"ok": True}
        assert clock.slept == [8.0]
        server.answer = lambda request: HttpResponse("no such scope", 403)
        with pytest.raises(HttpFailed, match="answered 403 Forbidden; check `auth`") as refused:
            ask(opened, clock)
    assert refused.value.status == 403


def test_what_may_be_tried_again_depends_on_the_kind_of_source() -> None:
    for status in (409, 500):
        clock = Clock()
        answers = (HttpResponse("try later", status), HttpResponse({"ok": True}))
        with session(clock, *answers) as (opened, _), pytest.raises(HttpFailed) as refused:
            ask(opened, clock)
        assert refused.value.status == status
        with session(clock, *answers, transient=frozenset({409, 500})) as (opened, _):
            assert ask(opened, clock) == {"ok": True}


def test_after_the_last_request_of_a_limit_the_next_one_waits() -> None:
    clock = Clock()
    last = HttpResponse({"ok": 1}, headers={"RateLimit-Remaining": "0", "RateLimit-Reset": "20"})
    with session(clock, last, HttpResponse({"ok": 2})) as (opened, server):
        ask(opened, clock)
        assert clock.slept == []
        with pytest.raises(SourceFailed, match="the server allows the next request in 20s, later than this poll may"):
            ask(opened, clock, seconds=5)
        assert len(server.requests) == 1
        assert ask(opened, clock) == {"ok": 2}
    assert clock.slept == [20.0]


def test_the_message_names_the_option_that_holds_the_key() -> None:
    clock = Clock()
    with (
        session(clock, HttpResponse(f"bad key {KEY}", 401), credentials="key") as (opened, _),
        pytest.raises(SourceFailed, match="check `key`") as refused,
    ):
        ask(opened, clock)
    assert KEY not in str(refused.value)


@examples(30)
@given(
    requests=st.integers(1, 200),
    seconds=st.sampled_from([1.0, 60.0]),
    pauses=st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.5, 30.0]), min_size=1, max_size=400),
)
def test_no_period_has_more_requests_than_the_rate_allows(requests: int, seconds: float, pauses: list[float]) -> None:
    clock = Clock()
    rate = RequestRate(Rate(requests, seconds), clock.sleep, clock)
    sent: list[float] = []
    for pause in pauses:
        clock.seconds += pause
        rate.wait(Deadline(1e9, clock))
        sent.append(clock())
    for number, at in enumerate(sent[requests:]):
        assert at - sent[number] >= seconds * (1 - 1e-9)
    if len(pauses) > 1 and requests >= 4:
        assert max(clock.slept, default=0.0) <= seconds / requests * 2


def test_a_rate_is_not_waited_for_beyond_the_deadline() -> None:
    clock = Clock()
    rate = RequestRate(Rate(10, 60.0), clock.sleep, clock)
    for _ in range(2):
        rate.wait(Deadline(5, clock))
    with pytest.raises(SourceFailed, match="the server allows the next request in 4s"):
        rate.wait(Deadline(3, clock))
    assert clock.slept == []
