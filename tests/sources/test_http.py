"""The HTTP source against stand-in servers that page, limit, redirect and break as real APIs do."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from itertools import repeat
from threading import Event
from typing import Any

import pytest
from pydantic import ValidationError

from exporter.records.batch import Answer, Records, SourceFailed, Unreadable
from exporter.sources.http import Http, HttpOptions
from exporter.sources.interface import Deadline
from exporter.sources.redirects import HttpOrigin, Redirects
from exporter.sources.session import Session
from tests.servers.process import free_port
from tests.servers.raw import RawServer, drip
from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.support.source_polls import LEAD_CONSTANTS, NOON, Clock, context, options, poll

LEADS = [{"lead_id": f"l{number}"} for number in range(7)]
TOKEN = {"bearer": "t0ken"}


def http(server: Standin | str, clock: Clock | None = None, **section: Any) -> Http:
    built = options("http", url=server if isinstance(server, str) else server.url, **section)
    assert isinstance(built, HttpOptions)
    if clock is None:
        source = built.build("crm")
        assert isinstance(source, Http)
        return source
    return Http(built, Session(built, sleep=clock.sleep, clock=lambda: NOON))


def leads(server: Standin, path: str = "leads", clock: Clock | None = None, **table: Any) -> Http:
    auth = table.pop("auth", None)
    return http(server, clock, auth=auth, tables={"leads": {"path": path, **LEAD_CONSTANTS, **table}})


def ids(source: Http) -> list[object]:
    return [row["lead_id"] for row in poll(source).rows["leads"]]


def always(response: HttpResponse) -> Callable[[HttpRequest], HttpResponse]:
    return lambda request: response


def one_after_the_other(*responses: HttpResponse) -> Callable[[HttpRequest], HttpResponse]:
    """Give each answer in turn, and the last one from then on."""
    rest = [*responses]
    return lambda request: rest.pop(0) if len(rest) > 1 else rest[0]


def numbered(request: HttpRequest) -> HttpResponse:
    """Give a list in pages of two items, or of the requested number, counted from 1."""
    size = int(request.params.get("per_page", 2))
    start = (int(request.params.get("page", 1)) - 1) * size
    return HttpResponse(LEADS[start : start + size])


def with_cursor(request: HttpRequest) -> HttpResponse:
    """Give a list in pages of three items, each with the cursor of the next."""
    start = int(request.params.get("after", "c0")[1:])
    following = f"c{start + 3}" if start + 3 < len(LEADS) else None
    return HttpResponse({"data": LEADS[start : start + 3], "paging": {"next": following}})


def linked(request: HttpRequest) -> HttpResponse:
    """Give a list in pages of three items, each with a Link header that has a relative link to the next."""
    start = int(request.params.get("offset", 0))
    links = f'</leads?offset={start + 3}&kind=new>; rel="next", </leads?offset=6>; rel="last"'
    return HttpResponse(LEADS[start : start + 3], headers={"Link": links} if start + 3 < len(LEADS) else {})


def test_rows_come_by_path_with_exact_numbers() -> None:
    document = b"""{"results": [
        {"id": 7, "value": {"net": 10.10}, "tags": ["a"], "created": 1767225600, "won": false},
        {"id": 8, "value": null, "created": null, "closed_at": "2026-01-01", "won": null, "amount": 1}
    ]}"""
    table = {
        "path": "v2/deals",
        "params": {"limit": 100, "open": False},
        "select": "results",
        "columns": {
            "deal_id": "id",
            "amount": "value.net",
            "lead_id": "tags",
            "created_at": "from_epoch(created)",
        },
        "constants": {"currency": "EUR"},
    }
    with Standin(always(HttpResponse(pieces=[document]))) as server:
        polled = poll(http(f"{server.url}/api/", tables={"deals": table}, headers={"X-Version": "3"}))
        (request,) = server.requests
    assert (request.path, request.params) == ("/api/v2/deals", {"limit": "100", "open": "false"})
    assert request.headers["X-Version"] == "3"
    assert polled.snapshots == {"deals": True}
    wanted = ("deal_id", "amount", "lead_id", "created_at", "won", "closed_at", "currency")
    assert [tuple(row[name] for name in wanted) for row in polled.rows["deals"]] == [
        (7, Decimal("10.10"), '["a"]', "2026-01-01T00:00:00+00:00", False, None, "EUR"),
        (8, None, None, None, None, "2026-01-01", "EUR"),
    ]


@pytest.mark.parametrize(
    ("answer", "table", "requests"),
    [
        (numbered, {"paginate": {"kind": "page"}}, 5),
        (numbered, {"paginate": {"kind": "page", "size": 2}}, 4),
        (numbered, {"paginate": {"kind": "page", "size": 5, "size_param": "per_page"}}, 2),
        (with_cursor, {"select": "data", "paginate": {"kind": "cursor", "next": "paging.next", "param": "after"}}, 3),
        (linked, {"params": {"kind": "new"}, "paginate": {"kind": "link"}}, 3),
    ],
)
def test_all_pages_are_read(answer: Callable[[HttpRequest], HttpResponse], table: Any, requests: int) -> None:
    with Standin(answer) as server:
        assert ids(leads(server, **table)) == [f"l{number}" for number in range(7)]
        assert len(server.requests) == requests
        assert all(request.params.get("kind", "new") == "new" for request in server.requests)


@pytest.mark.parametrize("address", ["{url}/leads?from=1", "/leads?from=1", "?from=1"])
def test_the_cursor_may_be_the_address_of_the_next_page(address: str) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        if "from" in request.params:
            return HttpResponse({"items": LEADS[1:2], "next": ""})
        return HttpResponse({"items": LEADS[:1], "next": address.format(url=server.url)})

    with Standin(answer) as server:
        source = leads(server, select="items", paginate={"kind": "cursor", "next": "next"})
        assert ids(source) == ["l0", "l1"]


@pytest.mark.parametrize("link", [True, False])
def test_a_next_page_on_another_server_is_not_asked_for(link: bool) -> None:
    with Standin(always(HttpResponse([]))) as other:
        elsewhere = f"{other.url}/leads?page=2"
        response = (
            HttpResponse({"items": []}, headers={"Link": f'<{elsewhere}>; rel="next"'})
            if link
            else HttpResponse({"items": [], "next": elsewhere})
        )
        with Standin(always(response)) as server:
            how = {"kind": "link"} if link else {"kind": "cursor", "next": "next"}
            with pytest.raises(SourceFailed, match=f"an address elsewhere \\({other.url}\\)"):
                poll(leads(server, select="items", paginate=how, auth=TOKEN))
        assert other.requests == []


def test_pages_in_a_circle_are_noticed() -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        step = {None: "a", "a": "b", "b": "a"}[request.params.get("after")]
        return HttpResponse({"items": [{"lead_id": step}], "next": step})

    with Standin(answer) as server:
        source = leads(server, select="items", paginate={"kind": "cursor", "next": "next", "param": "after"})
        with pytest.raises(SourceFailed, match=r"^table leads: the pages go round in a circle"):
            poll(source)
        assert len(server.requests) == 3


def test_a_page_parameter_that_the_server_does_not_know_is_noticed() -> None:
    with Standin(numbered) as server:
        with pytest.raises(SourceFailed, match="a page repeats the one before it"):
            poll(leads(server, paginate={"kind": "page", "param": "p"}))
        assert len(server.requests) == 2


@pytest.mark.slow
def test_a_list_without_end_ends_after_a_thousand_pages() -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse([{"lead_id": request.params["page"]}])

    with Standin(answer) as server:
        with pytest.raises(SourceFailed, match="the list has more than 1000 pages"):
            poll(leads(server, paginate={"kind": "page"}))
        assert len(server.requests) == 1000


def test_a_page_that_fails_fails_the_poll() -> None:
    answer = one_after_the_other(HttpResponse(LEADS[:2]), HttpResponse({"error": "no such page"}, 404))
    with (
        Standin(answer) as server,
        pytest.raises(SourceFailed, match=r'^table leads: http.* answered 404 Not Found: {"error": "no such page"}'),
    ):
        poll(leads(server, paginate={"kind": "page"}))


@pytest.mark.parametrize(
    ("response", "table", "says"),
    [
        (HttpResponse({"items": None}), {"select": "items"}, "`items` gives nothing; `select` has to find a list"),
        (HttpResponse({"items": {}}), {"select": "items"}, "`items` gives an object; `select` has to find a list"),
        (HttpResponse(pieces=[b"<html>"]), {}, "the server's answer is not JSON; is the address right?"),
        (
            HttpResponse({"items": [], "next": [1]}),
            {"select": "items", "paginate": {"kind": "cursor", "next": "next"}},
            "`next` is neither a cursor nor an address",
        ),
        (HttpResponse({"why": "x"}, 401), {}, "answered 401 Unauthorized; check `auth`"),
        (HttpResponse(status=500, pieces=[b"<html>Oops</html>"]), {}, "answered 500 Internal Server Error$"),
        (HttpResponse(status=302), {}, "answered 302 Found"),
        (
            HttpResponse(status=302, headers={"Location": "file:///etc/passwd"}),
            {},
            "redirects to something that is not HTTP",
        ),
    ],
)
def test_an_answer_that_does_not_fit_says_why(response: HttpResponse, table: Any, says: str) -> None:
    with Standin(always(response)) as server, pytest.raises(SourceFailed, match=says):
        poll(leads(server, **table))


def busy(status: int = 503, **headers: str) -> HttpResponse:
    return HttpResponse({"error": "busy"}, status, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_server_is_asked_again_later_and_later(status: int) -> None:
    clock = Clock()
    with Standin(one_after_the_other(busy(status), busy(status), busy(status), HttpResponse(LEADS))) as server:
        polled = poll(leads(server, clock=clock), deadline=Deadline(60, clock))
    assert len(polled.rows["leads"]) == 7
    assert len(clock.slept) == 3
    assert 0 < clock.slept[0] < clock.slept[1] < clock.slept[2]


def test_a_server_that_stays_busy_is_given_up() -> None:
    clock = Clock()
    with Standin(always(busy())) as server:
        with pytest.raises(SourceFailed, match="answered 503 Service Unavailable"):
            poll(leads(server, clock=clock), deadline=Deadline(600, clock))
        assert len(server.requests) == 5


@pytest.mark.parametrize("status", [400, 404, 500])
def test_an_error_that_will_not_pass_is_not_asked_again(status: int) -> None:
    with Standin(always(busy(status))) as server:
        with pytest.raises(SourceFailed, match=f"answered {status}"):
            poll(leads(server))
        assert len(server.requests) == 1


LATER = format_datetime(NOON + timedelta(seconds=20), usegmt=True)


@pytest.mark.parametrize(
    "response",
    [
        busy(429, Retry_After="20"),
        busy(429, Retry_After=LATER, Date=format_datetime(NOON, usegmt=True)),
        busy(503, Retry_After="20"),
    ],
)
def test_the_server_says_how_long_to_wait(response: HttpResponse) -> None:
    clock = Clock()
    with Standin(one_after_the_other(response, HttpResponse(LEADS))) as server:
        poll(leads(server, clock=clock), deadline=Deadline(60, clock))
    assert clock.slept == [20]


def test_a_date_to_wait_for_is_read_by_the_clock_of_the_server() -> None:
    clock, ahead = Clock(), timedelta(hours=3)
    dates = {"Retry_After": NOON + ahead + timedelta(seconds=20), "Date": NOON + ahead}
    late = busy(429, **{name: format_datetime(date, usegmt=True) for name, date in dates.items()})
    with Standin(one_after_the_other(late, HttpResponse(LEADS))) as server:
        poll(leads(server, clock=clock), deadline=Deadline(60, clock))
    assert clock.slept == [20]


def test_waiting_longer_than_the_poll_may_take_fails_at_once() -> None:
    clock = Clock()
    with (
        Standin(always(busy(429, Retry_After="120"))) as server,
        pytest.raises(SourceFailed, match=r"429 Too Many Requests.*asks to wait 120s, longer than this poll may"),
    ):
        poll(leads(server, clock=clock), deadline=Deadline(60, clock))
    assert clock.slept == []


def test_no_wait_goes_beyond_the_deadline() -> None:
    clock = Clock()
    with Standin(always(busy())) as server, pytest.raises(SourceFailed, match="answered 503"):
        poll(leads(server, clock=clock), deadline=Deadline(2, clock))
    assert sum(clock.slept) < 2


def test_a_server_that_is_not_there_is_asked_again_and_named() -> None:
    clock, port = Clock(), free_port()
    source = http(f"http://127.0.0.1:{port}/secret/path", clock, tables={"leads": {"params": {"key": "t0ken"}}})
    with pytest.raises(SourceFailed, match=f"^table leads: http://127.0.0.1:{port} did not answer: Connection refused"):
        poll(source, deadline=Deadline(60, clock))
    assert len(clock.slept) == 4


def test_an_answer_that_breaks_off_is_asked_for_again() -> None:
    clock = Clock()
    half = HttpResponse(pieces=[b'[{"lead_id": "l'], headers={"Content-Length": "1000"})
    with Standin(one_after_the_other(half, HttpResponse(LEADS))) as server:
        assert len(poll(leads(server, clock=clock), deadline=Deadline(60, clock)).rows["leads"]) == 7


def test_a_server_that_does_not_answer_in_time() -> None:
    released = Event()

    def slowly() -> Iterator[bytes]:
        yield b"["
        released.wait(30)

    def hang(request: HttpRequest) -> HttpResponse:
        return HttpResponse(pieces=slowly())

    with Standin(hang) as server:
        with pytest.raises(SourceFailed, match=r"^table leads: timed out after 0\.5s"):
            poll(leads(server), deadline=Deadline(0.5))
        released.set()


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_without_end_is_cut_off(packed: bool) -> None:
    bomb = gzip.compress(b"[" + b" " * 50_000_000)
    response = (
        HttpResponse(pieces=[bomb], headers={"Content-Encoding": "gzip"})
        if packed
        else HttpResponse(pieces=repeat(b" " * 65536))
    )
    with (
        Standin(always(response)) as server,
        pytest.raises(SourceFailed, match=r"is longer than `max_body` \(1\.0MiB\)"),
    ):
        poll(http(server, max_body="1MiB", tables={"leads": {}}))


def redirect_to(url: str, status: int = 302) -> Callable[[HttpRequest], HttpResponse]:
    return lambda request: (
        HttpResponse(LEADS) if request.path == "/new" else HttpResponse(status=status, headers={"Location": url})
    )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("credentials", [{"auth": TOKEN}, {}])
def test_a_redirect_on_the_same_server_is_followed(status: int, credentials: Any) -> None:
    with Standin(redirect_to("/new?a=b", status)) as server:
        source = http(server, tables={"leads": {"path": "old", "params": {"x": "y"}, **LEAD_CONSTANTS}}, **credentials)
        assert len(poll(source).rows["leads"]) == 7
        assert [(request.path, request.params) for request in server.requests] == [
            ("/old", {"x": "y"}),
            ("/new", {"a": "b"}),
        ]
        assert server.requests[1].headers.get("Authorization") == ("Bearer t0ken" if credentials else None)


CREDENTIALS = [
    {"auth": TOKEN},
    {"auth": {"basic": {"username": "u", "password": "t0ken"}}},
    {"auth": {"header": {"name": "X-Key", "value": "t0ken"}}},
    {"headers": {"X-Key": "t0ken"}},
]


@pytest.mark.parametrize("credentials", CREDENTIALS)
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_credentials_go_to_no_other_server(credentials: Any, host: str) -> None:
    with Standin(always(HttpResponse(LEADS)), host) as other, Standin(redirect_to(f"{other.url}/new")) as server:
        with pytest.raises(SourceFailed, match=f"redirects to {other.url}, which is another server and gets no"):
            poll(http(server, tables={"leads": {"path": "old", **LEAD_CONSTANTS}}, **credentials))
        assert other.requests == []


def test_another_name_of_the_same_server_is_another_server() -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=302, headers={"Location": f"http://localhost:{server.port}/new"})

    with Standin(answer) as server:
        with pytest.raises(SourceFailed, match="which is another server and gets no credentials"):
            poll(leads(server, "old", auth=TOKEN))
        assert [request.path for request in server.requests] == ["/old"]


def test_without_credentials_a_redirect_leads_nowhere_else_either() -> None:
    with Standin(always(HttpResponse(LEADS)), "localhost") as other, Standin(redirect_to(f"{other.url}/new")) as server:
        with pytest.raises(SourceFailed, match=rf"another server; .* write `redirects_to: \[localhost:{other.port}\]`"):
            poll(leads(server, "old"))
        assert other.requests == []


@pytest.mark.parametrize("credentials", [{}, *CREDENTIALS])
@pytest.mark.parametrize("allowed", ["localhost", "LOCALHOST"])
def test_a_redirect_to_a_host_that_is_allowed_carries_no_credentials(credentials: Any, allowed: str) -> None:
    with Standin(always(HttpResponse(LEADS)), "localhost") as other, Standin(redirect_to(f"{other.url}/new")) as server:
        table = {"leads": {"path": "old", **LEAD_CONSTANTS}}
        source = http(server, tables=table, redirects_to=[f"{allowed}:{other.port}"], **credentials)
        assert len(poll(source).rows["leads"]) == 7
        assert "t0ken" not in str(other.requests[0].headers)


@pytest.mark.parametrize(
    ("home", "target", "allowed", "secret", "says"),
    [
        ("https://a.example", "https://b.example/x", [], False, "another server;"),
        ("https://a.example", "https://a.example:8443/x", [], False, "another server;"),
        ("https://a.example", "http://a.example/x", ["a.example"], False, "not encrypted"),
        ("https://a.example", "https://b.example.evil/x", ["b.example", "*.example"], False, "another server;"),
        ("https://a.example", "https://b.example:8443/x", ["b.example"], False, "another server;"),
        ("https://a.example", "https://[::1", ["*.example"], False, "not HTTP"),
        ("https://a.example", "https://u:p@b.example/x", [], False, "to https://b.example,"),
        ("http://a.example", "https://a.example/x", [], True, "gets no credentials"),
        ("http://a.example", "https://a.example/x", [], False, ""),
        ("https://a.example", "https://b.c.example/x", ["*.example"], True, ""),
        ("https://a.example", "https://b.example:8443/x", ["b.example:8443"], True, ""),
        ("https://a.example", "https://a.example:443/x", [], True, ""),
    ],
)
def test_which_redirects_are_followed(home: str, target: str, allowed: list[str], secret: bool, says: str) -> None:
    redirects = Redirects(HttpOrigin.of(home), allowed, secret)
    if says:
        with pytest.raises(SourceFailed, match=says):
            redirects.check(target)
    else:
        redirects.check(target)


DRIPS = {
    "the first line": (b"HTTP/1.1 ", b"2"),
    "a header": (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "a body of some length": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
    "a body until the end": (b'HTTP/1.1 200 OK\r\n\r\n{"v": 7}', b" "),
    "a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n", b" "),
    "an error": (b"HTTP/1.1 500 No\r\nContent-Length: 100000\r\n\r\n", b"x"),
}


@pytest.mark.parametrize("what", DRIPS)
def test_what_drips_in_ends_at_the_deadline_and_costs_one_poll(what: str) -> None:
    with RawServer(lambda: drip(*DRIPS[what])) as server:
        source = http(server.url, measures={"m": {"select": "v", "unit": "count"}})
        with pytest.raises(SourceFailed, match=r"^measure m: timed out after 0.3s$"):
            poll(source, deadline=Deadline(0.3))
        server.answer = lambda: [b'HTTP/1.1 200 OK\r\n\r\n{"v": 7}']
        assert poll(source).answers == [Answer("m", Decimal(7))]


def test_no_password_of_the_machine_is_sent(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("default login me password t0ken\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with Standin(always(HttpResponse(LEADS))) as server:
        poll(leads(server))
        assert "Authorization" not in server.requests[0].headers


def test_redirects_in_a_circle_end() -> None:
    with Standin(redirect_to("/old")) as server:
        with pytest.raises(SourceFailed, match="redirects more than 5 times"):
            poll(leads(server, "old", auth=TOKEN))
        assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("auth", "name", "value"),
    [
        (TOKEN, "Authorization", "Bearer t0ken"),
        ({"basic": {"username": "u", "password": "pä:ss"}}, "Authorization", "Basic dTpww6Q6c3M="),
        ({"header": {"name": "X-Api-Key", "value": "t0ken"}}, "X-Api-Key", "t0ken"),
    ],
)
def test_who_asks_is_said_in_the_way_of_the_server(auth: Any, name: str, value: str) -> None:
    with Standin(always(HttpResponse(LEADS))) as server:
        poll(leads(server, auth=auth))
        assert server.requests[0].headers[name] == value


DOCUMENT = b"""{"total": 0.1, "text": "12.50", "many": [1], "none": null, "word": "x", "nan": NaN,
    "items": [{"net": 0.1}, {"net": 0.2}], "tiers": [{"t": "gold", "n": 1}, {"t": "free", "n": null}]}"""


def measured(select: str, **measure: Any) -> list[Answer]:
    with Standin(always(HttpResponse(pieces=[DOCUMENT]))) as server:
        measures = {"m": {"path": "stats", "select": select, "unit": "EUR", **measure}}
        return poll(http(server, measures=measures)).answers


@pytest.mark.parametrize(
    ("select", "value"),
    [
        ("total", Decimal("0.1")),
        ("text", Decimal("12.50")),
        ("sum(items[].net)", Decimal("0.3")),
        ("avg(items[].net)", Decimal("0.15")),
        ("max(items[].net)", Decimal("0.2")),
        ("length(items[?net > `0.15`])", 1),
        ("none", None),
        ("nan", None),
        ("missing.path", None),
    ],
)
def test_a_measure_is_one_number_or_unknown(select: str, value: Decimal | None) -> None:
    assert measured(select) == [Answer("m", value)]


def test_a_breakdown_is_a_list_of_objects() -> None:
    assert measured("tiers[].{tier: t, value: n}", by=["tier"]) == [
        Answer("m", Decimal(1), {"tier": "gold"}),
        Answer("m", None, {"tier": "free"}),
    ]


@pytest.mark.parametrize(
    ("select", "by", "says"),
    [
        ("word", [], "measure m: its value 'x' is not a number"),
        ("many", [], r"measure m: its value \[1\] is not a number"),
        ("total", ["tier"], "`total` gives a number; with `by` it has to find a list of objects"),
        (
            "sum(tiers[].t)",
            [],
            r"`sum\(tiers\[\].t\)` does not fit the answer: .* takes a list of numbers, not \"gold\"",
        ),
        ("from_epoch(`1e12`)", [], r"is in milliseconds: write from_epoch_ms\(\.\.\.\)"),
    ],
)
def test_a_measure_that_is_no_number_says_why(select: str, by: list[str], says: str) -> None:
    with pytest.raises(SourceFailed, match=says):
        measured(select, by=by)


def test_a_poll_ends_at_its_deadline_between_pages() -> None:
    clock = Clock()
    with Standin(numbered) as server:
        records = next(leads(server, paginate={"kind": "page"}).poll(context(deadline=Deadline(30, clock))))
        assert isinstance(records, Records)
        next(iter(records.rows))
        clock.seconds += 30
        with pytest.raises(SourceFailed, match="timed out after 30s"):
            list(records.rows)
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"path": "https://elsewhere/leads"}, "is not a path under `url`"),
        ({"path": "//elsewhere/leads"}, "is not a path under `url`"),
        ({"path": "leads?key=1"}, "parameters under `params`"),
        ({"select": "items["}, "'items[' is not a JMESPath expression: wrong at character 7"),
        ({"columns": {"lead_id": "a b"}}, "'a b' is not a JMESPath expression: wrong at character 3"),
        ({"select": "'x"}, '"\'x" is not a JMESPath expression'),
        ({"columns": {"lead_id": "from_epoc(a)"}}, "no function from_epoc; did you mean `from_epoch`?"),
        ({"columns": {"lead_id": "abs(a, b)"}}, "Expected 1 argument for function abs(), received 2"),
        ({"paginate": {"kind": "page", "size_param": "n"}}, "`size_param` needs a `size` to ask for"),
        ({"paginate": {"kind": "pages"}}, "does not match any of the expected tags"),
    ],
)
def test_options_that_cannot_work_are_refused_at_load(table: Any, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        options("http", url="https://host", tables={"leads": table})
    assert says in str(refused.value)


def test_a_value_that_cannot_be_read_spoils_its_row_alone() -> None:
    items = [
        {"lead_id": "good", "at": 1767225600},
        {"lead_id": "milliseconds", "at": 1767225600000},
        {"lead_id": "flag", "at": True},
        {"lead_id": "deep", "at": None, "qualified_at": json.loads("[" * 900 + "]" * 900)},
        {"lead_id": "no UTF-8", "at": "1767225600"},
        7,
    ]
    body = json.dumps(items).encode().replace(b"no UTF-8", b"caf\xe9")
    with Standin(always(HttpResponse(pieces=[body]))) as server:
        rows = poll(leads(server, columns={"created_at": "from_epoch(at)"}, constants={})).rows["leads"]
    unreadable = [{name: value.reason for name, value in row.items() if isinstance(value, Unreadable)} for row in rows]
    assert unreadable[0] == unreadable[5] == {}
    assert "write from_epoch_ms(...)" in unreadable[1]["created_at"]
    assert "true is no number of seconds since 1970" in unreadable[2]["created_at"]
    assert unreadable[4] == {"lead_id": "holds bytes that are not UTF-8"}
    assert rows[4]["created_at"] == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "number", ["9" * 5000, "-" + "9" * 5000, "1e400", "1e99999999999999999999", "NaN", "-Infinity"]
)
def test_a_number_of_any_length_spoils_nothing_else(number: str) -> None:
    body = f'[{{"lead_id": "a", "amount": {number}}}, {{"lead_id": "b"}}]'.encode()
    with Standin(always(HttpResponse(pieces=[body]))) as server:
        assert ids(leads(server)) == ["a", "b"]


def test_the_moment_is_that_of_utc() -> None:
    with Standin(always(HttpResponse([{"at": 1767225600.5}]))) as server:
        (row,) = poll(leads(server, columns={"created_at": "from_epoch(at)"}, constants={"lead_id": "l"})).rows["leads"]
        assert datetime.fromisoformat(str(row["created_at"])) == datetime(2026, 1, 1, 0, 0, 0, 500_000, UTC)
