"""Keeping a ledger in the store: computed once, then again only for customers whose rows changed."""

# ruff: noqa: S608 - names are quoted, and the SQL is that of the ledger

from __future__ import annotations

from importlib.metadata import version

import duckdb

from exporter.ledger import chain, exchange
from exporter.ledger.account import Account
from exporter.records.layout import Layout
from exporter.records.sql import name
from exporter.records.store import Store

KEPT = "kept"
"""The table that says by which definition each company's ledger was computed."""

_MANY = 5
"""From a customer in so many changes on, it is faster to compute them all."""


def balances(layout: Layout, account: Account) -> str:
    """The table of a company's balances, which has their columns and no other."""
    return layout.ledger(f"balances of {account.company}")


def keep(store: Store, account: Account) -> None:
    """Bring a company's ledger up to what its records say. A store that can only be read is left as it is.

    The result depends on the records alone: not on their order, nor on how often or how far apart this is called.
    """
    if store.read_only:
        return
    with store.keeping(account.company, account.terms.timezone, account.sources) as cursor:
        touched, kept = _touched(cursor, store.layout, account), is_kept(cursor, store.layout, account)
        if account.terms.historic and (touched or not kept):
            exchange.prepare_for_items(cursor, account.terms.currency)
        if not kept:
            _rebuild(cursor, store.layout, account)
        elif touched:
            many = touched * _MANY > _count(cursor, balances(store.layout, account))
            (_rebuild if many else _renew)(cursor, store.layout, account)
        if touched:
            cursor.execute(f"DELETE FROM {store.layout.polls('touched')} WHERE company = ?", [account.company])


def is_kept(cursor: duckdb.DuckDBPyConnection, layout: Layout, account: Account) -> bool:
    """Whether the store has this ledger, by this definition."""
    found = cursor.execute(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND schema_name = 'ledger' AND table_name = ?",
        [layout.catalog, KEPT],
    ).fetchone()
    if found is None:
        return False
    rows = cursor.execute(f"SELECT definition FROM {layout.ledger(KEPT)} WHERE company = ?", [account.company])
    return rows.fetchone() == (_definition(cursor, account),)


def is_current(cursor: duckdb.DuckDBPyConnection, layout: Layout, account: Account) -> bool:
    """Whether the store has this ledger, and nothing that it rests on has changed since it was computed."""
    return is_kept(cursor, layout, account) and not _touched(cursor, layout, account)


def _definition(cursor: duckdb.DuckDBPyConnection, account: Account) -> str:
    """That of the account, and where balances rest on exchange rates, something that changes with any of these."""
    if not account.terms.historic:
        return account.definition
    rates = cursor.execute("SELECT count(*), coalesce(bit_xor(hash(rates)), 0) FROM fx_rates AS rates").fetchall()
    return f"{account.definition} {rates[0]} {version('currencyconverter')}"


def _rebuild(cursor: duckdb.DuckDBPyConnection, layout: Layout, account: Account) -> None:
    cursor.execute(f"CREATE OR REPLACE TABLE {balances(layout, account)} AS {chain.query('balances', account.terms)}")
    cursor.execute(
        f"CREATE TABLE IF NOT EXISTS {layout.ledger(KEPT)} (company VARCHAR PRIMARY KEY, definition VARCHAR NOT NULL)"
    )
    cursor.execute(
        f"INSERT OR REPLACE INTO {layout.ledger(KEPT)} VALUES (?, ?)", [account.company, _definition(cursor, account)]
    )


def _renew(cursor: duckdb.DuckDBPyConnection, layout: Layout, account: Account) -> None:
    """Compute the customers that were touched anew; the balances of others cannot have changed."""
    moved = name("touched customers")
    cursor.execute(
        f"CREATE TEMP TABLE {moved} AS SELECT customer_id FROM {layout.polls('touched')} WHERE company = ?",
        [account.company],
    )
    table = balances(layout, account)
    cursor.execute(f"DELETE FROM {table} WHERE customer_id IN (FROM {moved})")
    cursor.execute(f"INSERT INTO {table} {chain.query('balances', account.terms, customers=moved)}")
    cursor.execute(f"DROP TABLE {moved}")


def _touched(cursor: duckdb.DuckDBPyConnection, layout: Layout, account: Account) -> int:
    table = layout.polls("touched")
    row = cursor.execute(f"SELECT count(*) FROM {table} WHERE company = ?", [account.company]).fetchone()
    assert row is not None
    return int(row[0])


def _count(cursor: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = cursor.execute(f"SELECT count(*) FROM {relation}").fetchone()
    assert row is not None
    return int(row[0])
