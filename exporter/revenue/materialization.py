"""Materializes a ledger in the store: computes it once, and then again for customers whose rows changed."""

# ruff: noqa: S608 - names are quoted, and the SQL is that of the ledger

from __future__ import annotations

from importlib.metadata import version
from weakref import WeakKeyDictionary

import duckdb

from exporter.records.database_schema import DEFINITIONS, DatabaseSchema
from exporter.records.merge import EXAMPLES
from exporter.records.sql import name
from exporter.records.state import UNRATED
from exporter.records.store import Store
from exporter.revenue import exchange_rates, pipeline
from exporter.revenue.definition import TABLES, LedgerDefinition

_UNRATED_ROWS = """
    SELECT
        $company, source, $table, CAST(to_json([item_id]) AS VARCHAR),
        'there is no exchange rate from ' || unrated_items.currency || ' to ' || $reporting
            || ' on ' || unrated_items.needed_on || '; fill the table fx_rates from that day on',
        CASE WHEN row_number() OVER (PARTITION BY source ORDER BY item_id) <= $examples THEN CAST(json_object(
            'item_id', item_id, 'customer_id', items.customer_id, 'unit_amount', CAST(items.unit_amount AS VARCHAR),
            'currency', items.currency, 'starts_at', CAST(items.starts_at AS VARCHAR)
        ) AS VARCHAR) END,
        items.recorded_at
    FROM unrated_items
    JOIN subscription_items AS items USING (source, item_id)
"""

_FIRST_RATES = """
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
"""If one customer in so many has changed, computing all of them is faster."""


_refreshed: WeakKeyDictionary[Store, dict[str, object]] = WeakKeyDictionary()
"""By store and company, what its ledger was last brought up to date from."""


def balances(layout: DatabaseSchema, account: LedgerDefinition) -> str:
    """Return the name of the table of a company's balances."""
    return layout.ledger(f"balances of {account.company}")


def customers(store: Store, account: LedgerDefinition) -> int:
    """Return how many customers a company's stored ledger has; 0 where there is none."""
    with store.cursor() as cursor:
        if stored_definition(cursor, store.layout, account.company) is None:
            return 0
        return _count(cursor, f"(SELECT DISTINCT customer_id FROM {balances(store.layout, account)})")


def refresh(store: Store, account: LedgerDefinition) -> None:
    """Update a company's stored ledger from its records; to be called after a poll and before the first evaluation.

    Reads never do this: a session whose ledger is not up to date computes one for itself. The result depends on the
    records alone: not on their order, nor on how often or how far apart this is called. Polls wait only if there is
    something to write. What is as it was at the last call costs nothing.
    """
    origins = [(source, table) for table in TABLES for source in (account.sources or {}).get(table, ())]
    versions = store.polls.versions(account.company)
    stored = store.polls.cached(account.company, DEFINITIONS, stored_definition)
    basis = account, stored, tuple(versions.get(origin) for origin in origins)
    refreshed = _refreshed.setdefault(store, {})
    if stored is not None and account.sources is not None and refreshed.get(account.company) == basis:
        return
    _refresh(store, account)
    with store.cursor() as cursor:
        basis = account, stored_definition(cursor, store.layout, account.company), basis[2]
    refreshed[account.company] = basis


def _refresh(store: Store, account: LedgerDefinition) -> None:
    with store.reading(account.company, account.terms.timezone, account.sources, tables=TABLES) as cursor:
        # Exchange rates take a pass over all items: not where the answer is known without them.
        stored = stored_definition(cursor, store.layout, account.company) is not None
        if stored and not _changed(cursor, store.layout, account) and is_fresh(cursor, store.layout, account):
            return
    with store.writing_ledger(account.company, account.terms.timezone, account.sources, TABLES) as cursor:
        exchange_rates.prepare(cursor, account.terms)
        changed, current = _changed(cursor, store.layout, account), has_definition(cursor, store.layout, account)
        if not current:
            _rebuild(cursor, store.layout, account)
        elif changed:
            many = changed * _MANY > _count(cursor, balances(store.layout, account))
            (_rebuild if many else _refresh_changed)(cursor, store.layout, account)
        _report_unrated(cursor, store.layout, account)
        if changed:
            cursor.execute(
                f"DELETE FROM {store.layout.polls('changed_customers')} WHERE company = ?", [account.company]
            )


def _report_unrated(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, account: LedgerDefinition) -> None:
    """Store the items that lack an exchange rate among the rejected rows of polls."""
    target = layout.polls("rejected")
    cursor.execute(f'DELETE FROM {target} WHERE company = ? AND "table" = ?', [account.company, UNRATED])
    cursor.execute(
        f'INSERT INTO {target} (company, source, "table", key, reason, "row", rejected_at) {_UNRATED_ROWS}',
        {"company": account.company, "table": UNRATED, "reporting": account.terms.currency, "examples": EXAMPLES},
    )


def stored_definition(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, company: str) -> str | None:
    """Return the definition of a company's stored ledger; None if there is no ledger."""
    row = cursor.execute(f"SELECT definition FROM {layout.ledger(DEFINITIONS)} WHERE company = ?", [company]).fetchone()
    return None if row is None else str(row[0])


def has_definition(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, account: LedgerDefinition) -> bool:
    """Return whether the store has this ledger, by this definition; on a cursor with exchange rates."""
    stored = stored_definition(cursor, layout, account.company)
    return stored is not None and stored == _definition(cursor, account)


def is_fresh(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, account: LedgerDefinition) -> bool:
    """Return whether the store has this ledger and no record that it reads has changed since it was computed.

    It creates the exchange rates on the cursor.
    """
    exchange_rates.prepare(cursor, account.terms)
    return has_definition(cursor, layout, account) and not _changed(cursor, layout, account)


def _definition(cursor: duckdb.DuckDBPyConnection, account: LedgerDefinition) -> str:
    """Return the account's definition with a text that changes with the exchange rates which balances depend on.

    Where rates convert lines or discounts, these are all rates; otherwise the first days with a rate in the currencies
    of unrated items.
    """
    definition = f"{account.definition} {cursor.execute(_FIRST_RATES).fetchall()}"
    if not account.terms.historic and cursor.execute(_CONVERTED).fetchone() is None:
        return definition
    rates = cursor.execute("SELECT count(*), coalesce(bit_xor(hash(rates)), 0) FROM fx_rates AS rates").fetchall()
    return f"{definition} {rates[0]} {version('currencyconverter')}"


def _rebuild(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, account: LedgerDefinition) -> None:
    text = pipeline.query("balances", account.terms, existing=("unrated_items",))
    cursor.execute(f"CREATE OR REPLACE TABLE {balances(layout, account)} AS {text}")
    cursor.execute(
        f"INSERT OR REPLACE INTO {layout.ledger(DEFINITIONS)} VALUES (?, ?)",
        [account.company, _definition(cursor, account)],
    )


def _refresh_changed(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, account: LedgerDefinition) -> None:
    """Compute the customers anew whose rows changed; the balances of others cannot have changed."""
    changed = name("changed customers")
    cursor.execute(
        f"CREATE TEMP TABLE {changed} AS SELECT customer_id FROM {layout.polls('changed_customers')} WHERE company = ?",
        [account.company],
    )
    table = balances(layout, account)
    cursor.execute(f"DELETE FROM {table} WHERE customer_id IN (FROM {changed})")
    text = pipeline.query("balances", account.terms, existing=("unrated_items",), customers=changed)
    cursor.execute(f"INSERT INTO {table} {text}")
    cursor.execute(f"DROP TABLE {changed}")


def _changed(cursor: duckdb.DuckDBPyConnection, layout: DatabaseSchema, account: LedgerDefinition) -> int:
    table = layout.polls("changed_customers")
    row = cursor.execute(f"SELECT count(*) FROM {table} WHERE company = ?", [account.company]).fetchone()
    assert row is not None
    return int(row[0])


def _count(cursor: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = cursor.execute(f"SELECT count(*) FROM {relation}").fetchone()
    assert row is not None
    return int(row[0])
