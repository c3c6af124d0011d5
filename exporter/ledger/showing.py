"""Showing a ledger to SQL: the relations `lines`, `balances` and `movements` on a cursor over a company's records."""

# ruff: noqa: S608 - names are quoted, and the SQL is that of the ledger

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from exporter.ledger import chain, exchange, keeping
from exporter.ledger.account import Account
from exporter.records.layout import Layout
from exporter.records.sql import literal

COLUMNS: Mapping[str, str] = {
    "lines": (
        "source VARCHAR, customer_id VARCHAR, subscription_id VARCHAR, item_id VARCHAR, line_id VARCHAR, "
        "product VARCHAR, plan VARCHAR, asset_id VARCHAR, currency VARCHAR, status VARCHAR, quantity DECIMAL(28,8), "
        "starts_at TIMESTAMPTZ, ends_at TIMESTAMPTZ, cancel_requested_at TIMESTAMPTZ, pays BOOLEAN, "
        "listed DECIMAL(38,16), monthly DECIMAL(38,16), recorded_at TIMESTAMPTZ"
    ),
    "balances": "customer_id VARCHAR, currency VARCHAR, effective_at TIMESTAMPTZ, until TIMESTAMPTZ",
    "movements": (
        "customer_id VARCHAR, currency VARCHAR, business_date DATE, bucket TIMESTAMPTZ, effective_at TIMESTAMPTZ, "
        "until TIMESTAMPTZ, known_at TIMESTAMPTZ, kind VARCHAR, reason VARCHAR, delta DECIMAL(38,16), "
        "before DECIMAL(38,16), after DECIMAL(38,16), delta_native DECIMAL(38,16), after_native DECIMAL(38,16), "
        "paying BOOLEAN, on_hold BOOLEAN, stands_until TIMESTAMPTZ"
    ),
    "exchange_rates": "currency VARCHAR, rate_on DATE, rate DECIMAL(20,12)",
}
"""The relations that a measure's SQL can read beside the record tables, and their columns."""


SMALL = 100_000
"""Balances up to which the relations are computed once for a cursor, not for each measure: there, planning takes longer
than computing, and they fit into memory."""


def show(cursor: duckdb.DuckDBPyConnection, account: Account, *, past: bool = False) -> None:
    """Make the relations on a cursor of `Store.reading`.

    Balances are those that are kept; where these are not current, or with `past`, on a cursor that shows what was
    known at an instant, they are computed for this cursor. Where a currency has no exchange rate, reading a relation
    fails and says so.
    """
    layout, currency = Layout.of(cursor), account.terms.currency
    missing = exchange.prepare_for_items(cursor, currency) if account.terms.historic else None
    kept = not past and keeping.is_current(cursor, layout, account)
    source = keeping.balances(layout, account) if kept else f"({chain.query('balances', account.terms)})"
    cursor.execute(f"CREATE OR REPLACE TEMP {'VIEW' if kept else 'TABLE'} balances AS FROM {source}")
    if not account.terms.historic:
        missing = exchange.prepare_for_balances(cursor, currency)
    rows = cursor.execute("SELECT count(*) FROM balances").fetchall()[0][0]
    standings = chain.query("standings", account.terms, given=("balances",))
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE standings AS {standings}")  # part of every plan otherwise
    for relation in ("lines", "movements"):
        text = chain.query(relation, account.terms, given=("balances", "standings"))
        if missing:
            text = f"SELECT * FROM ({text}) WHERE customer_id <> error({literal(missing)} || left(customer_id, 0))"
        form = "VIEW" if missing or rows > SMALL else "TABLE"
        cursor.execute(f"CREATE OR REPLACE TEMP {form} {relation} AS {text}")
