"""The part of a period that has passed, and the last close of what is now: against examples that a hand can check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from exporter.calendar.windows import Period
from exporter.catalogue.language.plans import Scenario
from exporter.kpis.reading import Reading, Reason, ToDate
from exporter.kpis.snapshot import evaluate
from tests.support.mrr_company import catalogue, item
from tests.support.world import MakeWorld, TableRow, World, utc

HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
COUNT: Mapping[str, object] = {"unit": "count", "per": None, "window": "month", "formula": 'incidents["P1"]'}
KPIS = catalogue(
    mrr={"window": "now"},
    incidents=COUNT,
    planned={**COUNT, "plan": "2026-01-01 10", "target": "plan (a ceiling)"},
    growing={**COUNT, "plan": "2026-02-01 0, 2026-03-01 28"},
    weekly={**COUNT, "window": "week"},
    churn={"unit": "ratio", "per": None, "window": "month", "formula": "lost_customers / previous(customers)"},
    growth={"unit": "ratio", "per": None, "window": "month", "formula": 'incidents["P1"] / previous(incidents) - 1'},
    rate={"unit": "per month", "per": None, "window": "month", "formula": 'incidents["P1"] / window_months'},
    calm={"unit": "duration", "per": None, "window": "month", "formula": "time_to_detect", "plan": "2026-01-01 1h"},
    lately={**COUNT, "window": "trailing 30 days"},
)


def incident(number: int, at: str) -> TableRow:
    began = utc(at) - HOUR
    return {
        "incident_id": number,
        "priority": "P1",
        "started_at": began.isoformat(),
        "triggered_at": utc(at).isoformat(),
    }


INCIDENTS = [
    incident(1, "2026-01-05T12:00"),
    incident(2, "2026-01-20T12:00"),
    incident(3, "2026-02-03T12:00"),
    incident(4, "2026-02-10T12:00"),
    incident(5, "2026-02-20T12:00"),
]
CUSTOMERS = [
    item(1, 1000, "2025-12-01"),
    item(2, 500, "2026-01-10", "2026-02-09"),
    item(3, 300, "2026-02-03"),
    item(4, 300, "2025-12-02"),
]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Yield a company of which each test polls the same files, at its own instants."""
    tables = {"incidents": INCIDENTS, "subscription_items": CUSTOMERS}
    shared = World(tmp_path_factory.mktemp("books"), tables, KPIS)
    yield shared
    shared.store.close()


def read(world: World, kpi: str, now: str | datetime) -> Reading:
    """Poll everything at an instant, and read a KPI at it."""
    at = utc(now) if isinstance(now, str) else now
    return world.poll(at).read(kpi, at)


def to_date(world: World, kpi: str, now: str | datetime) -> ToDate:
    return part_of(read(world, kpi, now))


def part_of(reading: Reading) -> ToDate:
    assert reading.to_date is not None
    return reading.to_date


def why(part: ToDate) -> Reason:
    """Return why nobody knows the part, which then has no value."""
    assert part.value is None
    assert part.unknown is not None
    return part.unknown.reason


def test_a_count_so_far_stands_beside_that_of_the_last_complete_month(books: World) -> None:
    reading = read(books, "incidents", "2026-02-15T12:00")
    assert (reading.value, reading.previous) == (2, 0)
    assert reading.to_date == ToDate(Period(utc("2026-01-31T23:00"), utc("2026-02-15T12:00")), 2, None, None)


def test_only_calendar_windows_have_a_part_so_far_and_only_now_has_a_close(books: World) -> None:
    at = utc("2026-02-15T12:00")
    readings = {each.kpi.id: each for each in books.poll(at).take(at).kpis}
    assert part_of(readings["weekly"]).value == 1
    assert readings["lately"].to_date is None is readings["mrr"].to_date
    assert {id_ for id_, each in readings.items() if each.at_close is not None} == {"mrr"}


def test_at_the_last_close_it_is_what_the_complete_month_ended_with(books: World) -> None:
    reading = read(books, "mrr", "2026-02-15T12:00")
    assert (reading.value, reading.at_close) == (1600, 1800)  # 2 left on the 9th, 3 came on the 3rd
    assert reading.previous == 1800  # a month ago, to the instant


def test_shares_are_of_what_was_there_when_the_period_opened(books: World) -> None:
    """Of the three customers on 1 February one has left; a fourth that came on the 3rd changes nothing."""
    assert to_date(books, "churn", "2026-02-15T12:00").value == pytest.approx(1 / 3)


def test_growth_is_against_the_same_part_of_the_period_before(books: World) -> None:
    assert to_date(books, "growth", "2026-02-15T12:00").value == 1  # 2 against the 1 up to 15 January
    assert to_date(books, "growth", "2026-02-25T12:00").value == 0.5  # 3 against 2


def test_a_rate_per_month_is_over_the_share_of_the_month_that_has_passed(books: World) -> None:
    """Half of the 28 days of February have passed, in Berlin."""
    assert to_date(books, "rate", "2026-02-14T23:00").value == 4


@pytest.mark.parametrize(
    ("closes", "opens"),
    [
        ("2026-01-31T23:00", "2025-12-31T23:00"),
        ("2026-02-28T23:00", "2026-01-31T23:00"),
        ("2026-03-31T22:00", "2026-02-28T23:00"),
    ],
)
def test_up_to_its_last_instant_it_comes_to_what_the_complete_month_is(books: World, closes: str, opens: str) -> None:
    """Of 31 days, of 28, and of 31 in which clocks are put forward; the plan so far comes to the plan."""
    end = utc(closes)
    kpis = ("incidents", "planned", "churn", "rate")
    books.poll(end)
    just_before, just_after = evaluate(books.company, books.store, dict.fromkeys((end - MOMENT, end), kpis))
    for kpi in (books.company.kpis[id_] for id_ in kpis):
        so_far, complete = part_of(just_before.reading(kpi)), just_after.reading(kpi)
        assert so_far.period.starts == utc(opens)
        assert so_far.value == pytest.approx(complete.value)
        assert so_far.plan == pytest.approx(complete.plan.get(Scenario.BASE))


def test_of_the_plan_that_is_due_which_the_days_have_brought(books: World) -> None:
    assert to_date(books, "planned", "2026-02-07T23:00").plan == 2.5  # a quarter of 28 days
    assert to_date(books, "planned", "2026-03-08T23:00").plan == pytest.approx(10 * 8 * 24 / (31 * 24 - 1))


def test_a_plan_that_climbs_is_due_later_in_the_month(books: World) -> None:
    """From 0 on the 1st to 28 at the end of February: a quarter of it is due when half the days have passed."""
    assert to_date(books, "growing", "2026-01-31T22:00").plan is None
    assert to_date(books, "growing", "2026-02-14T23:00").plan == pytest.approx(7)
    assert to_date(books, "growing", utc("2026-02-28T23:00") - MOMENT).plan == pytest.approx(28)


def test_a_plan_of_what_does_not_add_up_is_due_as_a_whole(books: World) -> None:
    part = to_date(books, "calm", "2026-02-15T12:00")
    assert (part.value, part.plan) == (3600, 3600)


def test_at_the_first_instant_of_a_period_a_count_is_zero_and_a_rate_unknown(books: World) -> None:
    opens = utc("2026-01-31T23:00")
    assert to_date(books, "incidents", opens).value == 0
    assert why(to_date(books, "rate", opens)) is Reason.DIVISION_BY_ZERO
    assert 'kpi_to_date{company="acme",kpi="rate"}' not in books.series(opens)


def test_the_day_on_which_clocks_are_put_forward_is_an_hour_shorter(world: MakeWorld) -> None:
    """At noon of 29 March, eleven hours have passed since midnight in Berlin, and twelve since midnight of the 28th."""
    books = world({"incidents": INCIDENTS}, catalogue=KPIS)
    before = to_date(books, "planned", "2026-03-28T23:00").plan
    after = to_date(books, "planned", "2026-03-29T10:00").plan
    assert before is not None
    assert after == pytest.approx(before + 10 * 11 / (31 * 24 - 1))


@pytest.mark.parametrize(("zone", "so_far"), [("Pacific/Kiritimati", 1), ("UTC", 0), ("Pacific/Honolulu", 2)])
def test_the_period_is_that_of_the_company_s_time_zone(world: MakeWorld, zone: str, so_far: int) -> None:
    """One incident on 28 February at noon in UTC: in Kiritimati that is March, and in Honolulu still February."""
    rows = [incident(1, "2026-02-28T12:00"), incident(2, "2026-02-27T12:00")]
    books = world({"incidents": rows}, catalogue={**KPIS, "timezone": zone})
    part = to_date(books, "incidents", "2026-03-01T06:00")
    assert part.value == so_far
    assert part.period.starts.astimezone(ZoneInfo(zone)).day == 1


def test_a_launch_within_the_period_has_a_plan_from_then_on_only(world: MakeWorld) -> None:
    """The plan climbs from 0 on 10 February to 38 a month later, when 20 February is a tenth of the way."""
    kpis = catalogue(won={**COUNT, "plan": "M0 0, M+1 28"})
    books = world({"incidents": INCIDENTS}, catalogue={**kpis, "launch": date(2026, 2, 10)})
    early = to_date(books, "won", "2026-02-08T12:00")
    assert (early.value, early.plan) == (1, None)
    later = to_date(books, "won", "2026-02-19T11:00")
    assert later.value == 2
    assert later.plan == pytest.approx(19 * (9.5 / 19) ** 2, rel=0.01)


def test_a_late_correction_counts_at_the_next_poll(world: MakeWorld) -> None:
    books, at = world({"incidents": INCIDENTS}, catalogue=KPIS), utc("2026-02-15T12:00")
    assert to_date(books, "incidents", at).value == 2
    books.write("incidents", [*INCIDENTS, incident(6, "2026-02-02T12:00"), incident(7, "2026-01-30T12:00")])
    reading = read(books, "incidents", at + HOUR)
    assert (reading.value, part_of(reading).value) == (3, 3)


def test_of_a_source_that_stopped_nobody_knows_how_far_it_has_come(books: World) -> None:
    """The complete month is still what it was."""
    books.poll(utc("2026-02-15T12:00"))
    soon, late = (books.read("incidents", utc(at)) for at in ("2026-02-15T12:04", "2026-02-15T14:00"))
    assert (soon.value, part_of(soon).value) == (2, 2)
    assert (late.value, why(part_of(late))) == (2, Reason.STALE)
    assert 'kpi_to_date{company="acme",kpi="incidents"}' not in books.series(utc("2026-02-15T14:00"))


def test_a_month_that_no_poll_has_seen_the_end_of_still_runs(books: World) -> None:
    """A source that is read each morning at six knows January up to then; at midnight it does not begin anew."""
    books.poll(utc("2026-01-31T22:58"))
    part = part_of(books.read("incidents", utc("2026-01-31T23:01")))
    assert (part.value, part.period.ends) == (2, utc("2026-01-31T22:58"))


def test_what_is_not_connected_or_was_never_read_has_no_part_so_far(world: MakeWorld) -> None:
    at = utc("2026-02-15T12:00")
    books = world({"subscription_items": CUSTOMERS}, catalogue=KPIS)
    assert why(part_of(books.read("churn", at))) is Reason.NOT_POLLED
    assert why(to_date(books, "incidents", at)) is Reason.NOT_CONNECTED
    assert not [name for name in books.series(at) if name.startswith("kpi_to_date") and '"incidents"' in name]


def test_the_series_are_there_under_their_names(books: World) -> None:
    at = utc("2026-02-15T12:00")
    series = books.poll(at).series(at)
    assert series['kpi_to_date{company="acme",kpi="planned"}'] == 2
    assert series['kpi_plan_to_date{company="acme",kpi="planned"}'] == pytest.approx(10 * 14.5 / 28, rel=0.01)
    assert series['kpi_at_close{company="acme",kpi="mrr"}'] == 1800
    assert 'kpi_plan_to_date{company="acme",kpi="incidents"}' not in series


def test_all_moments_of_a_history_have_it_in_one_pass(books: World) -> None:
    moments = [datetime(2026, 2, day, 12, tzinfo=UTC) for day in (2, 9, 16, 23)]
    books.poll(moments[-1])
    series = books.kpi_series(moments)
    assert [series[at]['kpi_to_date{company="acme",kpi="incidents"}'] for at in moments] == [0, 1, 2, 3]
