"""A session sees one state of the store, ledger included, whatever is committed meanwhile, and writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import duckdb
import pytest

from exporter.calendar.windows import Period
from exporter.measures.engine import MeasureFailed, MeasureResult
from exporter.measures.model import Measure
from exporter.measures.mrr_bridge import Ranking
from exporter.measures.result_cache import ResultCache
from exporter.measures.session import MeasureRequest, MeasureSession, Results
from exporter.quantities import units
from exporter.records.batch import Row
from exporter.records.store import Store
from exporter.revenue.materialization import refresh, stored_definition
from exporter.revenue.relations import SMALL
from tests.measures.book import Book, item, month, shipped
from tests.support.polls import NOON, poll_into, whole
from tests.support.stores import new_store

pytestmark = pytest.mark.slow

FEBRUARY, MARCH = month("2026-02"), month("2026-03")
EARLIER = [item("a", 100, "2026-01-10"), item("b", 200, "2026-02-10")]
LATER = [item("a", 150, "2026-01-10"), item("c", 400, "2026-03-10")]


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Yield a book in a store of its own, which tests here close."""
    store = new_store(tmp_path / "records.duckdb")
    yield Book(store)
    store.close()


def own(name: str, sql: str) -> Measure:
    return Measure(name, "a company's own", units.parse("count"), (), sql)


IN_ITEMS = own(
    "in_items",
    "SELECT period, SUM(unit_amount) AS value FROM period, subscription_items WHERE starts_at < ends GROUP BY period",
)
"""The MRR of items that do not end, from the records: what the ledger makes of the same state of the store."""
IN_MOVEMENTS = own("in_movements", "SELECT period, SUM(delta) AS value FROM period, movements GROUP BY period")
IN_LINES = own("in_lines", "SELECT period, SUM(monthly) AS value FROM period, lines GROUP BY period")
FAILING = own("failing", "SELECT period, CAST('x' AS INTEGER) AS value FROM period")
MEASURES = (shipped("mrr"), FAILING, shipped("net_new_mrr"), IN_MOVEMENTS, IN_ITEMS, IN_LINES)


def rows(items: list[Row]) -> list[Row]:
    return [{"item_id": row["customer_id"], "subscription_id": 1, "currency": "EUR", **row} for row in items]


def poll(store: Store, items: list[Row], hours: int = 0) -> None:
    poll_into(store)(whole("subscription_items", *rows(items)), at=NOON + timedelta(hours=hours))


class Watched:
    """A cursor that calls `before` with the number of each statement before it runs it."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, before: Callable[[int], None]) -> None:
        self._cursor = cursor
        self._before = before
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._cursor, name)

        def called(*arguments: Any) -> Any:
            self._before(self.count)
            self.count += 1
            return method(*arguments)

        return called if name in ("execute", "begin", "rollback") else method


def requests(*measures: Measure) -> list[MeasureRequest]:
    periods = {"in_items": {FEBRUARY, MARCH}, "net_new_mrr": {FEBRUARY, MARCH}}
    return [MeasureRequest(each, frozenset(periods.get(each.name, {MARCH}))) for each in measures]


def headline(results: Results, name: str) -> Decimal:
    result = results[name]
    assert not isinstance(result, Exception), result
    value = result.get(MARCH, MeasureResult()).headline
    assert value is not None
    return value


def state(session: MeasureSession, fails: bool = True) -> tuple[Decimal, ...]:
    """Return what measures say of March, and the bridge of it, all of one snapshot; one measure among them `fails`."""
    with session.snapshot(requests(*(each for each in MEASURES if fails or each is not FAILING)), [MARCH]) as results:
        bridge = session.bridge(MARCH, Ranking("mrr"))
        assert not fails or isinstance(results["failing"], MeasureFailed)
        values = tuple(headline(results, each.name) for each in MEASURES if each is not FAILING)
    return (*values, bridge.opening, bridge.closing)


BEFORE = tuple(map(Decimal, (300, 0, 300, 300, 300, 300, 300)))
AFTER = tuple(map(Decimal, (550, 400, 550, 550, 550, 150, 550)))


@contextmanager
def watched_session(book: Book, before: Callable[[int], None]) -> Iterator[tuple[MeasureSession, Watched]]:
    with book.store.reading("acme", "Europe/Berlin", tables=()) as cursor:
        watched = Watched(cursor, before)
        connection = cast(duckdb.DuckDBPyConnection, watched)
        yield MeasureSession(book.store, connection, book.account, {"subscription_items": ["crm"]}, None), watched


TABLES, VIEWS = SMALL, 0
CASES = {
    "tables, refreshed, one fails": (TABLES, True, True),
    "views, one fails": (VIEWS, False, True),
    "tables": (TABLES, False, False),
    "views, refreshed": (VIEWS, True, False),
}
"""Most balances with which the ledger is in tables, whether it is refreshed too, and whether a measure fails."""


@pytest.mark.parametrize(
    ("step", "case"),
    [
        *(pytest.param(23, case, id=f"{case}, few") for case in list(CASES)[:1]),
        *(pytest.param(9, case, id=f"{case}, some", marks=pytest.mark.slow) for case in list(CASES)[:2]),
        *(pytest.param(13, case, id=f"{case}, some", marks=pytest.mark.slow) for case in list(CASES)[2:]),
        *(pytest.param(1, case, id=f"{case}, all", marks=pytest.mark.exhaustive) for case in CASES),
    ],
)
def test_a_poll_between_any_two_statements_is_seen_whole_or_not_at_all(
    book: Book, monkeypatch: pytest.MonkeyPatch, step: int, case: str
) -> None:
    small, refreshed, fails = CASES[case]
    monkeypatch.setattr("exporter.revenue.relations.SMALL", small)
    poll(book.store, EARLIER)
    refresh(book.store, book.account)
    with watched_session(book, lambda _: None) as (session, watched):
        assert state(session, fails) == BEFORE
        count = watched.count
    seen: set[tuple[Decimal, ...]] = set()
    for number, point in enumerate([*range(0, count, step), count - 1], 1):
        poll(book.store, EARLIER, 2 * number)
        refresh(book.store, book.account)

        def commit(statement: int, point: int = point, number: int = number) -> None:
            if statement == point:
                poll(book.store, LATER, 2 * number + 1)
                if refreshed:
                    refresh(book.store, book.account)

        with watched_session(book, commit) as (session, _):
            seen.add(state(session, fails))
            assert state(session, fails) == AFTER, "the next snapshot is of what was committed before it"
    assert seen == {BEFORE, AFTER}


def test_a_ledger_that_is_not_up_to_date_is_computed_for_the_session_and_not_stored(book: Book) -> None:
    poll(book.store, EARLIER)
    with MeasureSession.open(book.store, book.account, {"subscription_items": ["crm"]}) as session:
        assert state(session) == BEFORE
    with book.store.cursor() as cursor:
        assert stored_definition(cursor, book.store.layout, "acme") is None
    refresh(book.store, book.account)
    with book.store.cursor() as cursor:
        assert stored_definition(cursor, book.store.layout, "acme") is not None


def test_a_store_that_can_only_be_read_has_the_same_numbers(book: Book) -> None:
    poll(book.store, EARLIER)
    refresh(book.store, book.account)
    poll(book.store, LATER, 1)
    book.store.close()
    reader = Store(book.store.path, read_only=True)
    with MeasureSession.open(reader, book.account, {"subscription_items": ["crm"]}) as session:
        assert state(session) == AFTER
    reader.close()


def test_a_refresh_waits_for_no_reader_and_a_reader_for_no_refresh(book: Book) -> None:
    poll(book.store, EARLIER)
    with MeasureSession.open(book.store, book.account, {"subscription_items": ["crm"]}) as session:
        with session.snapshot(requests(*MEASURES), [MARCH]) as results:
            poll(book.store, LATER, 1)
            refresh(book.store, book.account)
            assert session.bridge(MARCH, Ranking("mrr")).closing == 300
            assert headline(results, "mrr") == 300
        assert state(session) == AFTER


@pytest.mark.parametrize("at_once", [1, 2])
def test_a_large_ledger_is_computed_for_a_few_periods_at_a_time(
    book: Book, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    poll(book.store, LATER)
    refresh(book.store, book.account)
    periods = frozenset({month("2026-01"), FEBRUARY, MARCH})
    whole = results_of(book, monkeypatch, periods)
    monkeypatch.setattr("exporter.measures.session.SMALL", 1)
    monkeypatch.setattr("exporter.measures.session.MOST_ITEMS", at_once * len(LATER))
    assert results_of(book, monkeypatch, periods) == whole


def results_of(book: Book, monkeypatch: pytest.MonkeyPatch, periods: frozenset[Period]) -> Mapping[str, object]:
    """Return what each measure gives, with nothing that is known from before; of one that fails, what it says."""
    cache = ResultCache()
    monkeypatch.setattr("exporter.measures.session.cache_of", lambda _: cache)
    with (
        watched_session(book, lambda _: None) as (session, _),
        session.snapshot([MeasureRequest(each, periods) for each in MEASURES]) as results,
    ):
        return {name: str(each) if isinstance(each, Exception) else dict(each) for name, each in results.items()}
