"""The process that `ledger` measures: it opens a store of many customers and keeps their ledger.

It prints, as JSON, seconds for each step and its own resident memory at most, in bytes.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from time import perf_counter

from exporter.records.batch import Records, Row
from exporter.records.database_schema import DEFINITIONS
from exporter.records.store import Store
from exporter.revenue import exchange_rates, materialization, pipeline
from exporter.revenue.definition import TABLES, LedgerDefinition
from exporter.revenue.parameters import LedgerParameters
from exporter.revenue.policy import RevenuePolicy

ZONE = "Europe/Berlin"
ACCOUNT = LedgerDefinition("acme", LedgerParameters(RevenuePolicy(), "EUR", ZONE), dict.fromkeys(TABLES, ("billing",)))
CHANGES = 10_000
ROUNDS = 3
LATER = datetime(2026, 6, 1, tzinfo=UTC)

BARE_FLOOR = """
    CREATE OR REPLACE TEMP TABLE floor AS
    SELECT customer_id, changed_at, SUM(amount) OVER (PARTITION BY customer_id ORDER BY changed_at) AS balance
    FROM (
        SELECT customer_id, starts_at AS changed_at, unit_amount AS amount FROM subscription_items
        UNION ALL
        SELECT customer_id, ends_at, -unit_amount FROM subscription_items WHERE ends_at IS NOT NULL
    ) AS changes
"""

FLOOR = """
    CREATE OR REPLACE TABLE {table} AS
    SELECT
        customer_id,
        currency,
        changed_at,
        amount,
        SUM(amount) OVER (PARTITION BY customer_id, currency ORDER BY changed_at) AS balance
    FROM changes
"""


def floor(store: Store) -> float:
    """Seconds to sort the changes of the ledger and sum them once, into the file, which no ledger can do without.

    What the changes are is given: customer, currency, instant, and the exact price of a month.
    """
    table = store.layout.ledger("floor")
    with store.writing_ledger("acme", ZONE, ACCOUNT.sources) as cursor:
        exchange_rates.prepare(cursor, ACCOUNT.terms)
        deltas = pipeline.query("mrr_deltas", ACCOUNT.terms, existing=("unrated_items",))
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE changes AS {deltas}")
        taken = seconds(lambda: cursor.execute(FLOOR.format(table=table)))
        cursor.execute("DROP TABLE changes")
        cursor.execute(f"DROP TABLE {table}")
    return taken


def bare_floor(store: Store) -> None:
    """Less than any ledger does: prices as they came, added up across currencies, and nothing kept."""
    with store.reading("acme", ZONE, ACCOUNT.sources) as cursor:
        cursor.execute(BARE_FLOOR)


def forget(store: Store) -> None:
    with store.writing_ledger("acme", ZONE, ACCOUNT.sources) as cursor:
        cursor.execute(f"DELETE FROM {store.layout.ledger(DEFINITIONS)}")


def change(store: Store, number: int) -> None:
    """Poll rows that end one item of each of many customers, and begin another."""
    with store.intake("acme", "billing", ZONE, "EUR") as intake:
        with store.reading("acme", ZONE) as cursor:
            open_items = cursor.execute(
                "SELECT * EXCLUDE (source, recorded_at, ends_at) FROM subscription_items "
                "WHERE ends_at IS NULL AND status = 'active' AND cancel_requested_at IS NULL "
                "ORDER BY hash(item_id, $number) LIMIT $count",
                {"number": number, "count": CHANGES // 2},
            )
            names = [column[0] for column in open_items.description or ()]
            rows = [dict(zip(names, values, strict=True)) for values in open_items.fetchall()]
        at = LATER.replace(day=1 + number)
        ended: list[Row] = [{**row, "ends_at": at} for row in rows]
        begun: list[Row] = [
            {**row, "item_id": f"{row['item_id']}-{number}", "starts_at": at, "quantity": 7} for row in rows
        ]
        intake.take(Records("subscription_items", iter([*ended, *begun]), snapshot=False))
        intake.commit(at, {})


def seconds(step: Callable[[], object]) -> float:
    start = perf_counter()
    step()
    return perf_counter() - start


def main(path: str, threads: str) -> None:
    store = Store(Path(path), memory="1600MB")
    with store.reading("acme", ZONE) as cursor:
        cursor.execute(f"SET threads = {int(threads)}")
    taken: dict[str, list[float]] = {"bare_floor": [], "rebuild": [], "poll": [], "renew": []}
    materialization.refresh(store, ACCOUNT)
    for number, _ in enumerate(repeat(None, ROUNDS)):
        taken["bare_floor"].append(seconds(lambda: bare_floor(store)))
        forget(store)
        taken["rebuild"].append(seconds(lambda: materialization.refresh(store, ACCOUNT)))
        taken["poll"].append(seconds(lambda number=number: change(store, number)))  # type: ignore[misc]
        taken["renew"].append(seconds(lambda: materialization.refresh(store, ACCOUNT)))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    taken["floor"] = [floor(store) for _ in range(ROUNDS)]
    print(json.dumps({**{step: min(times) for step, times in taken.items()}, "memory": memory}))
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
