"""Keeping a ledger in the store: computed once, then again only for customers whose rows changed."""

# ruff: noqa: S608 - names are quoted, and the SQL is that of the ledger

from __future__ import annotations

from importlib.metadata import version

import duckdb

from exporter.records.database_schema import DatabaseSchema
from exporter.records.merge import KEPT as SHOWN
from exporter.records.sql import name
from exporter.records.state import UNRATED
from exporter.records.store import Store
from exporter.revenue import exchange_rates, pipeline
from exporter.revenue.definition import TABLES, LedgerDefinition

KEPT = "kept"
"""The table that says by which definition each company's ledger was computed."""

_SET_ASIDE = """
    SELECT
        $company, source, $table, CAST(to_json([item_id]) AS VARCHAR),
        'there is no exchange rate from ' || unrated_items.currency || ' to ' || $reporting
            || ' on ' || unrated_items.needed_on || '; fill the table fx_rates from that day on',
        CASE WHEN row_number() OVER (PARTITION BY source ORDER BY item_id) <= $shown THEN CAST(json_object(
            'item_id', item_id, 'customer_id', items.customer_id, 'unit_amount', CAST(items.unit_amount AS VARCHAR),
            'currency', items.currency, 'starts_at', CAST(items.starts_at AS VARCHAR)
        ) AS VARCHAR) END,
        items.recorded_at
    FROM unrated_items
    JOIN subscription_items AS items USING (source, item_id)
"""

_LACKING = """
    SELECT lacking.currency, CAST(min(rates.rate_on) AS VARCHAR)
    FROM (SELECT DISTINCT currency FROM unrated_items) AS lacking
    LEFT JOIN exchange_rates AS rates ON rates.currency = lacking.currency
    GROUP BY lacking.currency
    ORDER BY lacking.currency
"""

_CONVERTED = """
    SELECT 1
    FROM discounts
    JOIN subscription_items AS items
        ON items.customer_id = discounts.customer_id AND items.subscription_id = discounts.subscription_id
    WHERE discounts.amount_off IS NOT NULL AND discounts.currency <> items.currency
    LIMIT 1
"""

_MANY = 5
"""From a customer in so many changes on, it is faster to compute them all."""


def balances(layout: DatabaseSchema, account: LedgerDefinition) -> str:
    """The table of a company's balances, which has their columns and no other."""
    return layout.ledger(f"balances of {account.company}")


def refresh(store: Store, account: LedgerDefinition) -> None:
    """Bring a company's stored ledger up to its records; to be called after a poll and before the first evaluation.

    Reads never do this: a session whose ledger is not up to date computes it for itself. The result depends on the
    records alone: not on their order, nor on how often or how far apart this is called. Polls wait only if there is
    something to write.
    """
    with store.reading(account.company, account.terms.timezone, account.sources, tables=TABLES) as cursor:
        if is_fresh(cursor, store.layout, account):
            return
    with store.keeping(account.company, account.terms.timezone, account.sources, TABLES) as cursor:
        exchange_rates.prepare(cursor, account.terms)
        touched, kept = _changed(cursor, store.layout, account), has_definition(cursor, store.layout, account)
        if not kept:
            _rebuild(cursor, store.layout, account)
        elif touched:
            many = touched * _MANY > _count(cursor, balances(store.layout, account))
            (_rebuild if many else _refresh_changed)(cursor, store.layout, account)
        _tell(cursor, store.layout, account)
        if touched:
            cursor.execute(f"DELETE FROM {store.layout.polls('touched')} WHERE company = ?", [account.company])


def _tell(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, account: LedgerDefinition) -> None:
    """Keep what is set aside for want of an exchange rate with the rows that were set aside by polls."""
    target = layout.polls("rejected")
    cursor.execute(f'DELETE FROM {target} WHERE company = ? AND "table" = ?', [account.company, UNRATED])
    cursor.execute(
        f'INSERT INTO {target} (company, source, "table", key, reason, "row", rejected_at) {_SET_ASIDE}',
        {"company": account.company, "table": UNRATED, "reporting": account.terms.currency, "shown": SHOWN},
    )


def stored_definition(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, company: str) -> str | None:
    """Return by which definition the stored ledger of a company was computed; None if there is none."""
    found = cursor.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'ledger' AND table_name = ?",
        [layout.catalog, KEPT],
    ).fetchone()
    if found is None:
        return None
    row = cursor.execute(f"SELECT definition FROM {layout.ledger(KEPT)} WHERE company = ?", [company]).fetchone()
    return None if row is None else str(row[0])


def has_definition(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, account: LedgerDefinition) -> bool:
    """Return whether the store has this ledger, by this definition; on a cursor with exchange rates."""
    stored = stored_definition(cursor, layout, account.company)
    return stored is not None and stored == _definition(cursor, account)


def is_fresh(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, account: LedgerDefinition) -> bool:
    """Whether the store has this ledger, and nothing that it rests on has changed since it was computed.

    It makes the exchange rates on the cursor.
    """
    exchange_rates.prepare(cursor, account.terms)
    return has_definition(cursor, layout, account) and not _changed(cursor, layout, account)


def _definition(cursor: duckdb.DuckDBPyConnection, account: LedgerDefinition) -> str:
    """That of the account, and something that changes with those exchange rates that balances rest on.

    These are all where they convert lines or discounts, and otherwise the days from which there are any for the
    currencies of what is set aside.
    """
    definition = f"{account.definition} {cursor.execute(_LACKING).fetchall()}"
    if not account.terms.historic and cursor.execute(_CONVERTED).fetchone() is None:
        return definition
    rates = cursor.execute("SELECT count(*), coalesce(bit_xor(hash(rates)), 0) FROM fx_rates AS rates").fetchall()
    return f"{definition} {rates[0]} {version('currencyconverter')}"


def _rebuild(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, account: LedgerDefinition) -> None:
    text = pipeline.query("balances", account.terms, given=("unrated_items",))
    cursor.execute(f"CREATE OR REPLACE TABLE {balances(layout, account)} AS {text}")
    cursor.execute(
        f"CREATE TABLE IF NOT EXISTS {layout.ledger(KEPT)} (company VARCHAR PRIMARY KEY, definition VARCHAR NOT NULL)"
    )
    cursor.execute(
        f"INSERT OR REPLACE INTO {layout.ledger(KEPT)} VALUES (?, ?)", [account.company, _definition(cursor, account)]
    )


def _refresh_changed(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, account: LedgerDefinition) -> None:
    """Compute the customers that were touched anew; the balances of others cannot have changed."""
    moved = name("touched customers")
    cursor.execute(
        f"CREATE TEMP TABLE {moved} AS SELECT customer_id FROM {layout.polls('touched')} WHERE company = ?",
        [account.company],
    )
    table = balances(layout, account)
    cursor.execute(f"DELETE FROM {table} WHERE customer_id IN (FROM {moved})")
    text = pipeline.query("balances", account.terms, given=("unrated_items",), customers=moved)
    cursor.execute(f"INSERT INTO {table} {text}")
    cursor.execute(f"DROP TABLE {moved}")


def _changed(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, account: LedgerDefinition) -> int:
    table = layout.polls("touched")
    row = cursor.execute(f"SELECT count(*) FROM {table} WHERE company = ?", [account.company]).fetchone()
    assert row is not None
    return int(row[0])


def _count(cursor: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = cursor.execute(f"SELECT count(*) FROM {relation}").fetchone()
    assert row is not None
    return int(row[0])
