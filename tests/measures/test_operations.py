"""Outages, incidents, releases, backups, clusters and service levels."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.calendar.windows import Period
from exporter.records.batch import Row
from tests.measures.book import Book, at, incident, month, span
from tests.support.examples import examples

MARCH = month("2026-03")
DAY = span("2026-03-10 00:00", "2026-03-11 00:00")


def outage(starts: str, ends: str = "", kind: str = "outage") -> Row:
    return {"starts_at": f"2026-03-{starts}", "ends_at": f"2026-03-{ends}" if ends else "", "kind": kind}


def maintenance(starts: str, ends: str) -> Row:
    return outage(starts, ends, "maintenance")


@pytest.mark.parametrize(
    ("outages", "down", "maintained"),
    [
        pytest.param([], 0, 0, id="nothing happened"),
        pytest.param([outage("10 01:00", "10 02:00")], 1, 0, id="one outage"),
        pytest.param([outage("10 01:00", "10 03:00"), outage("10 02:00", "10 04:00")], 3, 0, id="overlap counts once"),
        pytest.param([outage("10 01:00", "10 05:00"), outage("10 02:00", "10 03:00")], 4, 0, id="one within another"),
        pytest.param([outage("10 01:00", "10 02:00")] * 2, 1, 0, id="the same interval twice"),
        pytest.param([outage("10 01:00", "10 02:00"), outage("10 02:00", "10 03:00")], 2, 0, id="one after another"),
        pytest.param([outage("09 12:00", "10 02:00"), outage("10 23:00", "12 00:00")], 3, 0, id="cut at both ends"),
        pytest.param([outage("09 12:00", "10 00:00"), outage("11 00:00", "11 01:00")], 0, 0, id="outside"),
        pytest.param([outage("10 20:00")], 4, 0, id="still down"),
        pytest.param([maintenance("10 01:00", "10 05:00")], 0, 4, id="maintenance alone"),
        pytest.param(
            [outage("10 02:00", "10 03:00"), maintenance("10 01:00", "10 05:00")], 0, 4, id="outage in maintenance"
        ),
        pytest.param(
            [outage("10 01:00", "10 05:00"), maintenance("10 02:00", "10 03:00")], 3, 1, id="maintenance in an outage"
        ),
        pytest.param(
            [outage("10 01:00", "10 03:00"), maintenance("10 02:00", "10 04:00")], 1, 2, id="outage before maintenance"
        ),
        pytest.param(
            [outage("10 03:00", "10 05:00"), maintenance("10 02:00", "10 04:00")], 1, 2, id="outage after maintenance"
        ),
    ],
)
def test_uptime_of_a_day(book: Book, outages: list[Row], down: int, maintained: int) -> None:
    book.put("outages", *outages)
    assert book.value("uptime", DAY) == Decimal(repr((24 - maintained - down) / (24 - maintained)))


def test_a_period_of_maintenance_alone_has_no_uptime(book: Book) -> None:
    book.put("outages", maintenance("09 00:00", "12 00:00"))
    assert book.value("uptime", DAY) is None


def test_uptime_at_a_threshold_is_exactly_the_threshold(book: Book) -> None:
    """43.2 minutes of 30 days are 0.1 %: neither a little more nor a little less."""
    book.put("outages", outage("05 01:02:03.1", "05 01:45:15.1"))
    assert book.value("uptime", Period(at("2026-03-30 12:00") - timedelta(days=30), at("2026-03-30 12:00"))) == Decimal(
        "0.999"
    )


def test_the_month_in_which_the_clocks_change_is_an_hour_shorter(book: Book) -> None:
    book.put("outages", outage("29 00:00", "30 00:00"))
    hours = 31 * 24 - 1
    assert book.value("uptime", MARCH) == Decimal(repr((hours - 23) / hours))


_MINUTES = st.integers(0, 30)
_OUTAGES = st.lists(
    st.tuples(_MINUTES, st.none() | _MINUTES, st.sampled_from(["outage", "maintenance"])).filter(
        lambda each: each[1] is None or each[0] <= each[1]
    ),
    max_size=8,
)


@examples(25, shared_fixtures=True)
@given(_OUTAGES, _MINUTES, _MINUTES)
def test_uptime_is_the_share_of_minutes_up(
    book: Book, outages: list[tuple[int, int | None, str]], first: int, last: int
) -> None:
    zero = at("2026-03-29 01:50")  # the clocks go forward ten minutes later
    first, last = min(first, last), max(first, last)

    def minute(number: int | None) -> str:
        return "" if number is None else (zero + timedelta(minutes=number)).isoformat()

    book.replace("outages", *({"starts_at": minute(a), "ends_at": minute(b), "kind": kind} for a, b, kind in outages))

    def covered(kind: str, number: int) -> bool:
        return any(k == kind and a <= number and (b is None or number < b) for a, b, k in outages)

    counted = [number for number in range(first, last) if not covered("maintenance", number)]
    up = [number for number in counted if not covered("outage", number)]
    period = Period(zero + timedelta(minutes=first), zero + timedelta(minutes=last))
    expected = Decimal(repr(len(up) / len(counted))) if counted else None
    assert book.value("uptime", period) == expected


def test_incidents_are_counted_when_detected(book: Book) -> None:
    book.put(
        "incidents",
        incident("P1", "2026-03-01 00:00"),
        incident("P1", "2026-03-29 03:30"),
        incident("P2", "2026-03-31 23:59:59"),
        incident("P1", "2026-04-01 00:00"),
        incident("P1", "2026-02-28 23:59:59"),
    )
    assert book.value("incidents", MARCH) == 3
    assert book.parts("incidents", MARCH, "priority") == {"P1": 2, "P2": 1, "P3": 0, "P4": 0, "P5": 0}
    assert book.value("incidents", month("2026-05")) == 0


def test_time_to_detect_leaves_out_what_began_at_an_unknown_moment(book: Book) -> None:
    book.put(
        "incidents",
        incident("P1", "2026-03-05 12:00", started_at="2026-03-05 11:56"),
        incident("P2", "2026-03-01 00:01", started_at="2026-02-28 23:53"),
        incident("P1", "2026-03-06 12:00"),
        incident("P1", "2026-04-01 00:00", started_at="2026-03-31 10:00"),
    )
    assert book.value("time_to_detect", MARCH) == 360
    assert book.parts("time_to_detect", MARCH, "priority") == {"P1": 240, "P2": 480}


def test_times_to_acknowledge_and_resolve_leave_out_what_is_open(book: Book) -> None:
    book.put(
        "incidents",
        incident("P1", "2026-03-05 12:00", acknowledged_at="2026-03-05 12:10", resolved_at="2026-03-05 14:00"),
        incident("P1", "2026-03-06 12:00", acknowledged_at="2026-03-06 12:20"),
        incident("P1", "2026-03-07 12:00"),
        incident("P2", "2026-03-08 12:00", resolved_at="2026-03-08 18:00"),
    )
    assert book.value("time_to_acknowledge", MARCH) == 900
    assert book.parts("time_to_acknowledge", MARCH, "priority") == {"P1": 900}
    assert book.value("time_to_resolve", MARCH) == 4 * 3600
    assert book.parts("time_to_resolve", MARCH, "priority") == {"P1": 7200, "P2": 21600}
    assert book.value("time_to_resolve", month("2026-04")) is None


def test_an_incident_across_the_end_of_a_month_counts_in_the_month_it_ends_in(book: Book) -> None:
    """Otherwise the longest would never count. The night has 23 hours: the clocks have gone forward."""
    book.put(
        "incidents",
        incident("P1", "2026-03-28 12:00", acknowledged_at="2026-03-29 12:00", resolved_at="2026-04-01 00:00"),
    )
    assert book.value("time_to_acknowledge", MARCH) == 23 * 3600
    assert book.value("time_to_resolve", MARCH) is None
    assert book.value("time_to_resolve", month("2026-04")) == 83 * 3600


def test_a_mean_time_at_a_threshold_is_exactly_the_threshold(book: Book) -> None:
    book.put("incidents", incident("P1", "2026-03-05 12:00:00.1", acknowledged_at="2026-03-05 12:30:00.1"))
    assert book.value("time_to_acknowledge", MARCH) == 1800


def test_a_failed_release_counts_once_however_many_incidents_it_caused(book: Book) -> None:
    book.put(
        "deployments",
        {"deployed_at": "2026-03-01 00:00", "failed": True},
        *({"deployed_at": f"2026-03-{day} 10:00", "failed": False} for day in (10, 20, 31)),
        {"deployed_at": "2026-04-01 00:00", "failed": True},
    )
    book.put("incidents", incident("P1", "2026-03-01 00:10"), incident("P2", "2026-03-01 00:20"))
    assert book.value("deployments", MARCH) == 4
    assert book.value("failed_deployments", MARCH) == 1
    assert book.value("deployments", month("2026-05")) == 0


def test_clusters_in_service_at_the_end(book: Book) -> None:
    def asset(type_: str, starts: str, ends: str = "", kind: str = "cluster") -> Row:
        return {"kind": kind, "type": type_, "starts_at": starts, "ends_at": ends}

    book.put(
        "assets",
        asset("small", "2026-01-01"),
        asset("small", "2026-03-31 23:59"),
        asset("small", "2026-04-01"),
        asset("large", "2026-01-01", "2026-04-01"),
        asset("large", "2026-01-01", "2026-03-31 23:59"),
        asset("", "2026-01-01"),
        asset("small", "2026-01-01", kind="server"),
    )
    assert book.value("clusters", MARCH) == 4
    assert book.parts("clusters", MARCH, "type") == {"small": 2, "large": 1, "none": 1}
    assert book.value("clusters", month("2025-12")) == 0
    assert book.parts("clusters", month("2025-12"), "type") == {}


def test_backups_that_can_be_restored_from(book: Book) -> None:
    book.put(
        "backups",
        *({"finished_at": f"2026-03-{day:02}", "succeeded": day != 5} for day in range(1, 32)),
        {"finished_at": "2026-04-01", "succeeded": False},
    )
    assert book.value("backup_success", MARCH) == Decimal(repr(30 / 31))
    assert book.value("backup_success", month("2026-05")) is None


def test_service_levels_are_those_of_the_reports_for_the_month(book: Book) -> None:
    def report(customer: str, on: str, met: bool) -> Row:
        return {"customer_id": customer, "month_on": on, "met": met}

    book.put(
        "sla_reports",
        *(report(customer, "2026-03-01", customer != "d") for customer in "abcd"),
        report("a", "2026-02-01", False),
        report("a", "2026-04-01", False),
    )
    assert book.value("sla_compliance", MARCH) == Decimal("0.75")
    assert book.value("sla_compliance", month("2026-05")) is None
