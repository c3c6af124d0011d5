"""The HTTP source against stand-in servers: requests, rows and measures, and options that are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from exporter.records.batch import Answer, SourceFailed, Unreadable
from tests.servers.standin import HttpResponse, Standin
from tests.sources.http_sources import always, http, ids, leads
from tests.support.source_polls import options, poll


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
