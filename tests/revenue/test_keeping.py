"""The kept ledger equals one computed from scratch, whatever the order and number of the polls that led to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import duckdb
import pytest

from exporter.records.batch import Row
from exporter.records.store import Store
from exporter.revenue.definition import LedgerDefinition
from exporter.revenue.materialization import is_fresh, refresh
from exporter.revenue.parameters import LedgerParameters
from exporter.revenue.policy import Fx, Grain, RevenuePolicy
from exporter.revenue.relations import create
from tests.support.examples import first
from tests.support.polls import NOON, part, poll_into, whole
from tests.support.stores import new_store

pytestmark = pytest.mark.slow

ACCOUNT = LedgerDefinition("acme", LedgerParameters(RevenuePolicy(), "EUR", "Europe/Berlin"))
MONTHLY = LedgerDefinition("acme", LedgerParameters(RevenuePolicy(grain=Grain.MONTH), "EUR", "Europe/Berlin"))
RELATIONS = ("balances", "movements", "lines")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = new_store(tmp_path / "records.duckdb")
    yield store
    store.close()


def item(number: int, rng: Random) -> Row:
    starts = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=rng.randrange(8000))
    return {
        "item_id": f"i{number}",
        "subscription_id": f"s{number % 11}",
        "customer_id": f"c{rng.randrange(12)}",
        "unit_amount": rng.randrange(-60, 500),
        "currency": rng.choice(["EUR", "EUR", "USD"]),
        "billing_interval": rng.choice(["week", "month", "year"]),
        "status": rng.choice(["active", "active", "trialing", "past_due", "paused"]),
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=rng.randrange(4000)) if rng.random() < 0.7 else "",
    }


def ledger(
    store: Store, account: LedgerDefinition = ACCOUNT, known_at: datetime | None = None
) -> dict[str, list[tuple[object, ...]]]:
    """Return every relation as texts, in an order of its own."""
    with store.reading("acme", "Europe/Berlin", known_at=known_at) as cursor:
        create(cursor, account, past=known_at is not None)
        return {
            name: cursor.execute(
                f"SELECT COLUMNS(* EXCLUDE ({_POLLED[name]}))::VARCHAR FROM {name} ORDER BY ALL"
            ).fetchall()
            for name in RELATIONS
        }


_POLLED = {"balances": "known_at", "movements": "known_at", "lines": "recorded_at"}
"""The times of polls, which differ where the polls do."""


def scratch(
    folder: Path, rows: Sequence[Row], account: LedgerDefinition = ACCOUNT
) -> dict[str, list[tuple[object, ...]]]:
    store = new_store(folder / "scratch.duckdb")
    try:
        poll_into(store)(whole("subscription_items", *rows))
        refresh(store, account)
        return ledger(store, account)
    finally:
        store.close()


@pytest.mark.slow
@pytest.mark.parametrize("seed", first(1, range(2)))
def test_increments_in_any_order_equal_a_rebuild(store: Store, tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    earlier = [item(number, rng) for number in range(80)]
    later = [item(number, rng) for number in range(70, 90)]
    poll = poll_into(store)
    poll(whole("subscription_items", *earlier))
    refresh(store, ACCOUNT)
    for step, row in enumerate(later, 1):
        poll(part("subscription_items", row, *earlier[:3]), at=NOON + timedelta(minutes=step))
        if step % 4 == 0:
            refresh(store, ACCOUNT)
    refresh(store, ACCOUNT)
    last = {row["item_id"]: row for row in (*earlier, *later)}
    rows = list(last.values())
    rng.shuffle(rows)
    assert ledger(store) == scratch(tmp_path, rows)
    refresh(store, ACCOUNT)
    assert ledger(store) == ledger(store)


def test_what_is_removed_leaves_the_ledger(store: Store, tmp_path: Path) -> None:
    rows = [item(number, Random(number)) for number in range(30)]
    poll = poll_into(store)
    poll(whole("subscription_items", *rows))
    refresh(store, ACCOUNT)
    poll(whole("subscription_items", *rows[5:]), at=NOON + timedelta(hours=1))
    refresh(store, ACCOUNT)
    assert ledger(store) == scratch(tmp_path, rows[5:])


@pytest.mark.slow
def test_another_policy_gives_another_ledger_and_the_first_one_again(store: Store, tmp_path: Path) -> None:
    rows = [item(number, Random(number)) for number in range(60)]
    poll_into(store)(whole("subscription_items", *rows))
    refresh(store, ACCOUNT)
    daily = ledger(store)
    refresh(store, MONTHLY)
    assert ledger(store, MONTHLY) == scratch(tmp_path, rows, MONTHLY) != daily
    refresh(store, ACCOUNT)
    assert ledger(store) == daily


def test_a_ledger_that_is_not_current_is_computed_for_the_reader(store: Store) -> None:
    rows = [item(number, Random(number)) for number in range(30)]
    poll_into(store)(whole("subscription_items", *rows))
    computed = ledger(store)
    with store.reading("acme", "Europe/Berlin") as cursor:
        assert not is_fresh(cursor, store.layout, ACCOUNT)
    refresh(store, ACCOUNT)
    with store.reading("acme", "Europe/Berlin") as cursor:
        assert is_fresh(cursor, store.layout, ACCOUNT)
    assert ledger(store) == computed


def test_as_reported_tells_what_was_known_and_restated_what_is(store: Store) -> None:
    """Learn in April that an item ended in March: March as reported has no churn, March restated has."""
    poll = poll_into(store)
    march, april = datetime(2026, 3, 31, 22, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC)
    row = {
        "item_id": "i", "subscription_id": "s", "customer_id": "c", "unit_amount": 100, "currency": "EUR",
        "starts_at": "2026-01-01",
    }  # fmt: skip
    poll(whole("subscription_items", row), at=NOON)
    refresh(store, ACCOUNT)
    poll(whole("subscription_items", {**row, "ends_at": "2026-03-20"}), at=april)
    refresh(store, ACCOUNT)
    assert kinds(store) == [("2026-01-01", "new"), ("2026-03-20", "churn")]
    assert kinds(store, march) == [("2026-01-01", "new")]
    assert kinds(store, april) == [("2026-01-01", "new"), ("2026-03-20", "churn")]
    assert kinds(store, NOON - timedelta(seconds=1)) == []


def test_what_is_learnt_late_has_the_reason_it_would_have_had_in_time(store: Store, tmp_path: Path) -> None:
    """Learn in April that a payment failed in March and that the contract ended unpaid."""
    row = {
        "item_id": "i", "line_id": "l", "subscription_id": "s", "customer_id": "c", "unit_amount": 100,
        "currency": "EUR", "starts_at": "2026-01-01",
    }  # fmt: skip
    failed = {**row, "item_id": "j", "status": "past_due", "starts_at": "2026-03-01", "ends_at": "2026-03-20"}
    corrected = [{**row, "ends_at": "2026-03-01"}, failed]
    poll = poll_into(store)
    poll(whole("subscription_items", row), at=NOON)
    poll(whole("subscription_items", *corrected), at=datetime(2026, 4, 5, tzinfo=UTC))
    refresh(store, ACCOUNT)
    assert ledger(store) == scratch(tmp_path, corrected)
    assert [reason for *_, reason in reasons(store)] == ["plan", "involuntary"]
    assert reasons(store, datetime(2026, 4, 4, tzinfo=UTC)) == [("2026-01-01", "new", "plan")]


def reasons(store: Store, known_at: datetime | None = None) -> list[tuple[str, str, str]]:
    with store.reading("acme", "Europe/Berlin", known_at=known_at) as cursor:
        create(cursor, ACCOUNT, past=known_at is not None)
        return cursor.execute(
            "SELECT business_date::VARCHAR, kind, reason FROM movements WHERE kind IS NOT NULL ORDER BY ALL"
        ).fetchall()


def kinds(store: Store, known_at: datetime | None = None) -> list[tuple[str, str]]:
    with store.reading("acme", "Europe/Berlin", known_at=known_at) as cursor:
        create(cursor, ACCOUNT, past=known_at is not None)
        return cursor.execute("SELECT business_date::VARCHAR, kind FROM movements ORDER BY ALL").fetchall()


def test_a_currency_without_rates_is_no_zero(store: Store) -> None:
    row = {"item_id": "i", "subscription_id": "s", "customer_id": "c", "unit_amount": 100, "starts_at": "2026-01-01"}
    poll_into(store)(part("subscription_items", {**row, "currency": "KWD"}))
    with store.reading("acme", "Europe/Berlin") as cursor:
        create(cursor, ACCOUNT)
        with pytest.raises(duckdb.Error, match="there is no exchange rate from KWD to EUR on 2026-01-01; fill"):
            cursor.execute("SELECT sum(delta) FROM movements").fetchall()


def test_with_historic_rates_a_corrected_rate_changes_what_is_kept(store: Store) -> None:
    historic = LedgerDefinition("acme", LedgerParameters(RevenuePolicy(fx=Fx.HISTORIC), "EUR", "Europe/Berlin"))
    dollars = {
        "item_id": "i",
        "subscription_id": "s",
        "customer_id": "c",
        "unit_amount": 100,
        "currency": "USD",
        "billing_interval": "month",
        "starts_at": datetime(2025, 1, 10, tzinfo=UTC),
        "ends_at": "",
    }
    poll = poll_into(store)

    def rate_row(rate: str) -> Row:
        return {"rate_on": "2025-01-01", "base_currency": "USD", "quote_currency": "EUR", "rate": rate}

    later = {"rate_on": "2025-02-01", "base_currency": "USD", "quote_currency": "EUR", "rate": "0.5"}
    for rate in ("0.9", "0.8"):
        poll(whole("subscription_items", dollars), whole("fx_rates", rate_row(rate), later))
        refresh(store, historic)
        with store.reading("acme", "Europe/Berlin") as cursor:
            assert is_fresh(cursor, store.layout, historic)
            create(cursor, historic)
            rows = cursor.execute("SELECT kind, currency, delta, until FROM movements").fetchall()
        assert rows == [("new", "EUR", 100 * Decimal(rate), None)]


def test_with_historic_rates_a_missing_one_is_said(store: Store) -> None:
    historic = LedgerDefinition("acme", LedgerParameters(RevenuePolicy(fx=Fx.HISTORIC), "EUR", "Europe/Berlin"))
    row = {**item(1, Random(1)), "currency": "KWD", "starts_at": datetime(2025, 1, 10, tzinfo=UTC)}
    poll_into(store)(whole("subscription_items", row))
    refresh(store, historic)
    with store.reading("acme", "Europe/Berlin") as cursor:
        create(cursor, historic)
        with pytest.raises(duckdb.Error, match="no exchange rate from KWD to EUR on 2025-01-10"):
            cursor.execute("SELECT * FROM movements").fetchall()
