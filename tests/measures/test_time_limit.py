"""A measure without an end is that measure's unknown; it rests, and whatever is computed ends with the exporter."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from threading import Timer

import pytest

from exporter.measures import time_limit
from exporter.measures.engine import MeasureFailed
from exporter.measures.model import Measure
from exporter.measures.session import MeasureRequest, MeasureSession, Results
from exporter.measures.time_limit import RESTS, TimeLimits
from exporter.quantities import units
from exporter.records.health import StoreFailed
from exporter.records.store import Store
from tests.measures.book import Book, month
from tests.support.source_polls import Clock
from tests.support.stores import new_store

MARCH = month("2026-03")
ENDLESS = {
    "recursive": "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) "
    "SELECT period.period, max(n) AS value FROM period, r GROUP BY 1",
    "joined": "SELECT period.period, count(*) AS value FROM period, range(1000000) a, range(1000000) b "
    "WHERE a.range + b.range < 0 GROUP BY 1",
    "many rows": "SELECT period.period, n.range AS value FROM period, range(1000000000000) n WHERE hash(n.range) = 0",
}


def own(name: str, sql: str) -> Measure:
    return Measure(name, "a company's own", units.parse("count"), (), sql)


ONE = own("one", "SELECT period, 1 AS value FROM period")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = new_store(tmp_path / "records.duckdb")
    yield store
    store.close()


@pytest.fixture
def clock(store: Store, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Let a measure compute for a quarter of a second, and rest by a clock of the test."""
    clock = Clock()
    monkeypatch.setitem(time_limit._limits, store, TimeLimits(0.25, clock))
    return clock


def results(store: Store, *measures: Measure) -> Results:
    requests = [MeasureRequest(each, frozenset([MARCH])) for each in measures]
    with MeasureSession.open(store, Book(store).account, {}) as session, session.snapshot(requests) as results:
        return results


def message(results: Results, measure: str) -> str:
    result = results[measure]
    assert isinstance(result, MeasureFailed)
    return str(result)


def value(results: Results, measure: str) -> Decimal | None:
    result = results[measure]
    assert not isinstance(result, Exception)
    return result[MARCH].headline


@pytest.mark.parametrize("sql", ENDLESS.values(), ids=ENDLESS)
def test_a_measure_without_an_end_is_its_own_unknown_and_rests(store: Store, clock: Clock, sql: str) -> None:
    endless = own("endless", sql)
    answers = results(store, endless, ONE)
    assert message(answers, "endless").startswith("the measure endless computes for more than 0.275 seconds")
    assert value(answers, "one") == 1
    assert "is tried again in 6 seconds" in message(results(store, endless), "endless")
    assert value(results(store, own("endless", ONE.sql or "")), "endless") == 1, "it is other SQL by now"
    clock.seconds += RESTS * 0.3
    assert "computes for more than" in message(results(store, endless), "endless")


def test_more_rows_than_periods_are_not_read(store: Store) -> None:
    many = own("many", "SELECT period.period, n.range AS value FROM period, range(1000000000000) n")
    answers = results(store, many, ONE)
    assert "more than one number" in message(answers, "many")
    assert value(answers, "one") == 1


def test_a_measure_under_way_ends_with_the_exporter(store: Store) -> None:
    limits = time_limit.limits_of(store)
    stop = Timer(0.1, limits.stop)
    stop.start()
    answers = results(store, own("endless", ENDLESS["joined"]), ONE)
    stop.join()
    assert message(answers, "endless") == "the measure endless is not computed, as the exporter ends"
    assert message(answers, "one") == "the measure one is not computed, as the exporter ends"
    with pytest.raises(StoreFailed, match="the exporter ends"):
        results(store, ONE)


def test_the_limits_are_of_one_store(store: Store, tmp_path: Path) -> None:
    other = new_store(tmp_path / "other.duckdb")
    time_limit.limits_of(store).stop()
    assert value(results(other, ONE), "one") == 1
    other.close()
