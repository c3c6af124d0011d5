"""Showing a ledger to SQL: the relations `lines`, `balances` and `movements` on a cursor over a company's records."""

# ruff: noqa: S608 - names are quoted, and the SQL is that of the ledger

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import duckdb

from exporter.records.database_schema import DatabaseSchema
from exporter.records.sql import literal
from exporter.revenue import exchange_rates, materialization, pipeline
from exporter.revenue.definition import LedgerDefinition

COLUMNS: Mapping[str, str] = {
    "lines": (
        "source VARCHAR, customer_id VARCHAR, subscription_id VARCHAR, item_id VARCHAR, line_id VARCHAR, "
        "product VARCHAR, plan VARCHAR, asset_id VARCHAR, currency VARCHAR, status VARCHAR, quantity DECIMAL(28,8), "
        "starts_at TIMESTAMPTZ, ends_at TIMESTAMPTZ, cancel_requested_at TIMESTAMPTZ, pays BOOLEAN, "
        "listed DECIMAL(38,16), monthly DECIMAL(38,16), recorded_at TIMESTAMPTZ"
    ),
    "balances": (
        "customer_id VARCHAR, currency VARCHAR, bucket TIMESTAMPTZ, effective_at TIMESTAMPTZ, until TIMESTAMPTZ, "
        "known_at TIMESTAMPTZ, delta_native DECIMAL(38,16), after_native DECIMAL(38,16), held_delta INTEGER, "
        "paused_delta INTEGER, rose_before BOOLEAN, shares_bucket BOOLEAN, change_flags INTEGER, "
        "listed_delta DECIMAL(38,16), quantity_delta DECIMAL(38,8), first_plan VARCHAR, last_plan VARCHAR"
    ),
    "customer_states": (
        "customer_id VARCHAR, bucket TIMESTAMPTZ, effective_at TIMESTAMPTZ, until TIMESTAMPTZ, after DECIMAL(38,16), "
        "pays BOOLEAN, paying BOOLEAN, is_customer BOOLEAN, on_hold BOOLEAN, paying_before BOOLEAN, "
        "was_customer BOOLEAN, on_hold_before BOOLEAN, paid_before BOOLEAN, is_late BOOLEAN"
    ),
    "movements": (
        "customer_id VARCHAR, currency VARCHAR, business_date DATE, bucket TIMESTAMPTZ, effective_at TIMESTAMPTZ, "
        "until TIMESTAMPTZ, known_at TIMESTAMPTZ, kind VARCHAR, reason VARCHAR, delta DECIMAL(38,16), "
        "before DECIMAL(38,16), after DECIMAL(38,16), delta_native DECIMAL(38,16), after_native DECIMAL(38,16), "
        "paying BOOLEAN, on_hold BOOLEAN"
    ),
    "exchange_rates": "currency VARCHAR, rate_on DATE, rate DECIMAL(20,12)",
}
"""The relations that a measure's SQL can read beside the record tables, and their columns."""


SMALL = 100_000
"""Balances up to which the relations are computed once for a cursor, not for each measure: there, planning takes longer
than computing, and they fit into memory."""


def create(cursor: duckdb.DuckDBPyConnection, account: LedgerDefinition, *, past: bool = False) -> None:
    """Make the relations on a cursor of `Store.reading`.

    Balances are those that are kept; where these are not current, or with `past`, on a cursor that shows what was
    known at an instant, they are computed for this cursor. Where most items have no exchange rate, reading a relation
    fails and says so.
    """
    if past:
        exchange_rates.prepare(cursor, account.terms)
    layout = DatabaseSchema.of(cursor)
    kept = not past and materialization.is_fresh(cursor, layout, account)
    missing = exchange_rates.missing(cursor, account.terms.currency)
    computed = f"({pipeline.query('balances', account.terms, given=('unrated_items',))})"
    source = materialization.balances(layout, account) if kept else computed
    _make(cursor, "balances", f"FROM {source}", missing, as_view=kept)
    rows = 0 if missing else cursor.execute("SELECT count(*) FROM balances").fetchall()[0][0]
    for relation in ("customer_states", "lines", "movements"):
        text = pipeline.query(relation, account.terms, given=("unrated_items", "balances", "customer_states"))
        # The states, which few customers have, would be part of every plan.
        _make(cursor, relation, text, missing, as_view=rows > SMALL and relation != "customer_states")


def _make(cursor: duckdb.DuckDBPyConnection, relation: str, text: str, missing: str | None, *, as_view: bool) -> None:
    """Make a relation; where most of it would be missing, reading it fails and says so."""
    if missing:
        complaint = f"SELECT count(*) FROM unrated_items WHERE item_id <> error({literal(missing)} || left(item_id, 0))"
        text = f"SELECT * FROM ({text}) WHERE ({complaint}) = 0"
    replace(cursor, relation, text, as_view=bool(missing) or as_view)


def replace(cursor: duckdb.DuckDBPyConnection, relation: str, text: str, *, as_view: bool) -> None:
    """Make a temporary view or table, also in the place of one of the other kind; not within a transaction."""
    form, other = ("VIEW", "TABLE") if as_view else ("TABLE", "VIEW")
    with suppress(duckdb.CatalogException):  # it is there, but not of the other kind
        cursor.execute(f"DROP {other} IF EXISTS temp.{relation}")
    cursor.execute(f"CREATE OR REPLACE TEMP {form} {relation} AS {text}")
