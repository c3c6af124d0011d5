"""Creates the ledger's relations, such as `lines` and `movements`, on a cursor over a company's records."""

# ruff: noqa: S608 - names are quoted, and the SQL is that of the ledger

from __future__ import annotations

from collections.abc import Collection

import duckdb

from exporter.records.database_schema import DatabaseSchema
from exporter.records.sql import literal
from exporter.revenue import exchange_rates, materialization, pipeline
from exporter.revenue.definition import LedgerDefinition
from exporter.revenue.parameters import LedgerParameters
from exporter.revenue.policy import RevenuePolicy

RELATIONS = ("exchange_rates", "balances", "customer_states", "lines", "movements")
"""The relations that a measure's SQL can read beside the record tables."""

INSTANTS = {
    "exchange_rates": (),
    "balances": ("effective_at", "until", "known_at"),
    "customer_states": ("effective_at", "until"),
    "lines": ("starts_at", "ends_at", "cancel_requested_at", "recorded_at"),
    "movements": ("effective_at", "until", "known_at"),
}
"""The columns of each that hold instants."""

SMALL = 100_000
"""Most balances with which the relations are computed once for a cursor, not for each measure: they fit into memory,
and planning takes longer than computing them."""


def create(
    cursor: duckdb.DuckDBPyConnection,
    account: LedgerDefinition,
    *,
    past: bool = False,
    wanted: Collection[str] = RELATIONS,
) -> None:
    """Create the relations, or those that are `wanted`, on a cursor of `Store.reading`.

    Balances are those that are kept; where these are not current, or with `past`, on a cursor that shows what was
    known at an instant, they are computed for this cursor. Where most items have no exchange rate, reading a relation
    fails and says so.
    """
    if past:
        exchange_rates.prepare(cursor, account.terms)
    layout = DatabaseSchema.of(cursor)
    stored = not past and materialization.is_fresh(cursor, layout, account)
    missing = exchange_rates.missing(cursor, account.terms.currency)
    computed = f"({pipeline.query('balances', account.terms, existing=('unrated_items',))})"
    source = materialization.balances(layout, account) if stored else computed
    _make(cursor, "balances", f"FROM {source}", missing, as_view=stored)
    rows = 0 if missing else cursor.execute("SELECT count(*) FROM balances").fetchall()[0][0]
    for relation in ("customer_states", *({"lines", "movements"} & set(wanted))):
        text = pipeline.query(relation, account.terms, existing=("unrated_items", "balances", "customer_states"))
        # The states, which few customers have, would be part of every plan.
        _make(cursor, relation, text, missing, as_view=rows > SMALL and relation != "customer_states")


def create_empty(cursor: duckdb.DuckDBPyConnection) -> None:
    """Create the relations as tables without rows, for checks of SQL; the cursor has empty record tables."""
    terms = LedgerParameters(RevenuePolicy(), "EUR", "UTC")
    exchange_rates.prepare(cursor, terms)
    for relation in RELATIONS[1:]:
        text = pipeline.query(relation, terms, existing=("unrated_items", "balances", "customer_states"))
        cursor.execute(f"CREATE TABLE {relation} AS {text} WITH NO DATA")


def _make(cursor: duckdb.DuckDBPyConnection, relation: str, text: str, missing: str | None, *, as_view: bool) -> None:
    """Create a relation; where most of it would be missing, reading it fails and says so."""
    if missing:
        complaint = f"SELECT count(*) FROM unrated_items WHERE item_id <> error({literal(missing)} || left(item_id, 0))"
        text = f"SELECT * FROM ({text}) WHERE ({complaint}) = 0"
    replace(cursor, relation, text, as_view=bool(missing) or as_view)


def replace(cursor: duckdb.DuckDBPyConnection, relation: str, text: str, *, as_view: bool) -> None:
    """Make a temporary view or table, also in the place of one of the other kind; not within a transaction."""
    form, other = ("VIEW", "TABLE") if as_view else ("TABLE", "VIEW")
    try:
        cursor.execute(f"DROP {other} IF EXISTS temp.{relation}")
    except duckdb.CatalogException:  # it is there, but not of the other kind
        if not as_view:  # so that memory holds no two of it
            cursor.execute(f"DROP TABLE temp.{relation}")
    cursor.execute(f"CREATE OR REPLACE TEMP {form} {relation} AS {text}")
