"""What is known of one period and holds for a later one: never another number than would be computed for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from contextlib import closing
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import pytest

from exporter.calendar.windows import Period
from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.demo.registry import COMPANIES
from exporter.kpis.freshness import Polls
from exporter.kpis.levels import open_session
from exporter.measures import library
from exporter.measures.comparisons import BoundComparison, comparisons
from exporter.measures.engine import MeasureResult
from exporter.measures.result_cache import ResultCache
from exporter.measures.session import MeasureRequest, Results
from exporter.measures.sql_check import _database
from exporter.records.store import Store
from exporter.revenue.relations import INSTANTS
from tests.demo.simulations import NOW, poll
from tests.support.examples import first
from tests.support.stores import new_store

FROM_TICKETS = "FROM period LEFT JOIN tickets AS t ON "
BY_LENGTH = {"uptime"}
"""What depends on how long a period is: each has a number of its own."""


def counted(condition: str) -> Set[BoundComparison] | None:
    return comparisons(f"SELECT period, COUNT(*) AS value {FROM_TICKETS}{condition} GROUP BY period")


def test_a_bound_that_is_compared_with_instants_holds_until_the_next_one() -> None:
    assert counted("t.opened_at >= starts AND t.opened_at < ends") == {
        BoundComparison(bound, "", "tickets", "opened_at") for bound in ("starts", "ends")
    }
    assert counted("t.resolved_at > ends - INTERVAL 1 DAY") == {
        BoundComparison("ends", "INTERVAL '1' DAY", "tickets", "resolved_at")
    }
    assert counted("CAST(t.opened_at AS DATE) = CAST(ends AS DATE)") == set()
    assert counted("COALESCE(t.resolved_at, t.opened_at) < ends") == {
        BoundComparison("ends", "", "tickets", column) for column in ("opened_at", "resolved_at")
    }


@pytest.mark.parametrize(
    "condition",
    [
        "t.opened_at + INTERVAL 1 DAY < ends",
        "t.opened_at < ends - (ends - starts) / 2",
        "EPOCH(ends) - EPOCH(t.opened_at) > 3600",
        "date_diff('minute', t.opened_at, ends) > 7",
        "t.opened_at < date_trunc('hour', ends)",
        "t.opened_at BETWEEN starts AND ends + INTERVAL 5 MINUTE",
        "EXTRACT(hour FROM ends) > 7",
        "CAST(ends AS VARCHAR) LIKE '%00'",
        "CAST(ends + INTERVAL 5 MINUTE AS DATE) > '2026-01-01'",
        "make_timestamptz(1767225600000000) < ends",
    ],
)
def test_a_bound_that_is_used_in_another_way_holds_for_itself_alone(condition: str) -> None:
    assert counted(condition) is None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT period, SUM(CASE WHEN due < ends THEN 1 ELSE 0 END) AS value FROM period, "
        "(SELECT opened_at + INTERVAL 1 HOUR AS due FROM tickets) AS shifted GROUP BY period",
        "WITH named(number, last) AS (SELECT period, ends FROM period) "
        "SELECT number AS period, COUNT(*) AS value FROM named, tickets WHERE opened_at < last GROUP BY number",
        "SELECT period, EPOCH(last) AS value FROM (SELECT period, ends AS last FROM period) AS renamed",
        "WITH marks AS (SELECT opened_at AS at FROM tickets UNION ALL SELECT now() FROM tickets) "
        "SELECT period, COUNT(*) AS value FROM period, marks WHERE at < ends GROUP BY period",
        "SELECT p.period, hash(p) AS value FROM period AS p",
        "SELECT period, value FROM (SELECT * REPLACE (ends - INTERVAL 1 HOUR AS ends), 1 AS value FROM period)",
    ],
)
def test_a_name_that_hides_what_a_bound_becomes_lets_nothing_hold(sql: str) -> None:
    assert comparisons(sql) is None


def test_it_is_known_of_every_shipped_measure_but_those_by_length() -> None:
    assert {name for name, query in library.shipped().items() if comparisons(query.sql) is None} == BY_LENGTH


def test_the_ledger_names_all_of_its_columns_of_instants() -> None:
    for relation, columns in INSTANTS.items():
        described = _database().execute(f"DESCRIBE {relation}").fetchall()
        assert set(columns) == {column for column, kind, *_ in described if kind == "TIMESTAMP WITH TIME ZONE"}


Answers = Mapping[Period, MeasureResult] | Exception


class Simulated(NamedTuple):
    company: Company
    store: Store

    def results(self, at: datetime) -> Results:
        """Return every measure over periods of all kinds that end at an instant, as a reading of now asks for them."""
        month = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        periods = [
            Period(at, at),
            Period(month, at),
            Period(at - timedelta(days=30), at),
            Period(at - timedelta(hours=6), at),
            Period(month - timedelta(days=30), month),
        ]
        measures = [each for each in self.company.measures.values() if each.sql is not None]
        requests = [MeasureRequest(each, frozenset(periods)) for each in measures]
        with (
            open_session(self.company, self.store, Polls.of(self.company, self.store)) as session,
            session.snapshot(requests, moves_on=True) as results,
        ):
            return results


@pytest.fixture(scope="module", params=first(1, ["managed-kubernetes", "email-infrastructure"]))
def simulated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    folder = tmp_path_factory.mktemp("simulated")
    company = load(COMPANIES[request.param](folder / "demo", NOW), {})
    with closing(new_store(folder / "records.duckdb")) as store:
        poll(company, store, NOW)
        yield Simulated(company, store)


@pytest.mark.slow
@pytest.mark.parametrize("before", [0, 400_123])
def test_results_that_hold_are_those_that_would_be_computed(
    simulated: Simulated, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    cache, at = ResultCache(), NOW - timedelta(minutes=before)
    for minutes in (0, 44, 1440):
        at += timedelta(minutes=minutes)
        with monkeypatch.context() as patch:
            patch.setattr("exporter.measures.session.cache_of", lambda _: cache)
            reused = simulated.results(at)
        with monkeypatch.context() as patch:
            patch.setattr("exporter.measures.session.cache_of", lambda _: ResultCache())
            anew = simulated.results(at)
        differing = {name for name in anew if not same(reused[name], anew[name])}
        assert not differing, minutes


def same(one: Answers, other: Answers) -> bool:
    """Return whether two answers are the same but for the order in which floats were added up."""
    assert not isinstance(one, Exception)
    assert not isinstance(other, Exception)
    return one.keys() == other.keys() and all(
        dict(one[period].parts) == dict(other[period].parts)
        and (one[period].headline or 0) == pytest.approx(other[period].headline or 0, rel=Decimal("1e-12"))
        for period in one
    )


def test_a_minute_in_which_nothing_happens_computes_what_goes_by_length_alone(simulated: Simulated) -> None:
    simulated.results(NOW + timedelta(minutes=1))
    assert simulated.results(NOW + timedelta(minutes=2)).computed == BY_LENGTH
