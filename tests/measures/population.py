"""Subscription items of as many customers as asked for, made by one statement: every column of the table in use."""

from __future__ import annotations

from pathlib import Path

import duckdb

from exporter.records.sql import names
from exporter.records.store import Store
from exporter.records.tables import TABLES

DAY = 1440
"""Minutes."""

_DRAW = "(hash(customer, {salt}) % {of})::INTEGER"


def _draw(salt: int, of: int, per: str = "customer") -> str:
    """Return a whole number below `of`, the same for the same customer, or row, at every run."""
    row = ", row_number" if per == "row" else ""
    return f"(hash(customer{row}, {salt}) % {of})::INTEGER"


_ITEMS = f"""
WITH rows AS (
    SELECT customer, row_number, rows_of_customer
    FROM (SELECT range AS customer, [1, 2, 3, 3][1 + {_draw(1, 4).replace("customer", "range")}] AS rows_of_customer
          FROM range($customers)),
    UNNEST(range(1, 1 + rows_of_customer)) AS numbers(row_number)
),
spans AS (
    SELECT
        *,
        row_number = rows_of_customer AS is_last,
        {_draw(2, 1100 * DAY)} + (row_number - 1) * ({60 * DAY} + {_draw(3, 200 * DAY)}) AS since,
        {60 * DAY} + {_draw(3, 200 * DAY)}
            - CASE WHEN {_draw(4, 5, "row")} = 0 THEN {_draw(5, 40 * DAY)} ELSE 0 END AS lasting
    FROM rows
)
SELECT
    'i' || customer || '-' || row_number AS item_id,
    's' || customer || CASE WHEN {_draw(6, 10, "row")} = 0 THEN '-' || row_number ELSE '' END AS subscription_id,
    'c' || customer AS customer_id,
    CASE WHEN {_draw(7, 3)} > 0 THEN 'l' || customer END AS line_id,
    CASE WHEN {_draw(8, 9)} > 0 THEN 'hosting' END AS product,
    CASE WHEN {_draw(9, 9)} > 0 THEN ['starter', 'pro', 'enterprise'][1 + {_draw(10, 3, "row")}] END AS plan,
    CASE
        WHEN row_number = 1 AND {_draw(11, 10)} = 0 THEN 'trialing'
        WHEN {_draw(12, 100, "row")} < 94 THEN 'active'
        ELSE ['past_due', 'paused', 'unpaid'][1 + {_draw(13, 3, "row")}]
    END AS status,
    CASE WHEN {_draw(14, 20, "row")} = 0 THEN 2.5 ELSE 1 + {_draw(15, 5, "row")} END AS quantity,
    CAST(500 + {_draw(16, 50000, "row")} AS DECIMAL(28, 8))
        / CASE WHEN {_draw(17, 10)} = 0 OR {_draw(18, 50)} = 0 THEN 1 ELSE 100 END AS unit_amount,
    CASE
        WHEN {_draw(18, 50)} = 0 THEN 'JPY'
        WHEN {_draw(18, 50)} < 6 OR ({_draw(18, 50)} = 6 AND row_number > 1) THEN 'USD'
        ELSE 'EUR'
    END AS currency,
    CASE WHEN {_draw(17, 10)} = 0 THEN 'minor' ELSE 'major' END AS amount_in,
    CASE WHEN {_draw(19, 10)} = 0 THEN 19 ELSE 0 END AS tax_rate,
    {_draw(19, 10)} = 0 AS tax_inclusive,
    {_draw(20, 100, "row")} = 0 AS metered,
    ['month', 'month', 'month', 'month', 'month', 'month', 'year', 'year', 'week', 'day'][1 + {_draw(21, 10)}]
        AS billing_interval,
    CASE WHEN {_draw(22, 20)} = 0 THEN 3 ELSE 1 END AS interval_count,
    TIMESTAMPTZ '2021-01-01 00:00:00+00' + TO_MINUTES(since) AS starts_at,
    CASE WHEN NOT is_last OR {_draw(23, 10)} < 3
        THEN TIMESTAMPTZ '2021-01-01 00:00:00+00' + TO_MINUTES(since + lasting)
    END AS ends_at,
    CASE WHEN {_draw(24, 20, "row")} = 0 THEN TIMESTAMPTZ '2021-01-01 00:00:00+00' + TO_MINUTES(since + lasting // 2)
    END AS cancel_requested_at,
    CASE WHEN {_draw(24, 20, "row")} = 0 THEN TIMESTAMPTZ '2021-01-01 00:00:00+00' + TO_MINUTES(since + lasting)
    END AS paid_through
FROM spans
"""

_DISCOUNTS = f"""
SELECT
    'd' || customer || '-' || row_number AS discount_id,
    'c' || customer AS customer_id,
    's' || customer AS subscription_id,
    CASE WHEN row_number = 2 THEN 'l' || customer END AS line_id,
    CASE WHEN row_number = 1 THEN [10, 25, 33.3333, 50, 100][1 + {_draw(30, 5)}] END AS percent_off,
    CASE WHEN row_number = 2 THEN 1 + {_draw(31, 300)} / 100 END AS amount_off,
    CASE WHEN row_number = 2 THEN 'EUR' END AS currency,
    ['once', 'repeating', 'forever'][1 + {_draw(32, 3)}] AS duration,
    TIMESTAMPTZ '2021-01-01 00:00:00+00' + TO_MINUTES({_draw(33, 1300 * DAY)}) AS starts_at,
    CASE WHEN {_draw(32, 3)} = 1
        THEN TIMESTAMPTZ '2021-01-01 00:00:00+00' + TO_MINUTES({_draw(33, 1300 * DAY)} + {90 * DAY})
    END AS ends_at
FROM range($customers) AS people(customer), range(1, 3) AS numbers(row_number)
WHERE {_draw(34, 12)} = 0 AND (row_number = 1 OR {_draw(35, 2)} = 0)
"""

_CUSTOMERS = f"""
SELECT 'c' || customer AS customer_id, ['small', 'medium', 'large'][1 + {_draw(40, 3)}] AS tier
FROM range($customers) AS people(customer)
"""

_RATES = """
SELECT
    CAST(day AS DATE) AS rate_on,
    'EUR' AS base_currency,
    currency AS quote_currency,
    CAST(par * (1 + (hash(day, currency) % 1000)::INTEGER / 10000) AS DECIMAL(28, 4)) AS rate
FROM generate_series(DATE '2020-12-25', DATE '2026-12-31', INTERVAL 1 DAY) AS days(day),
    (VALUES ('USD', 1.1), ('JPY', 155)) AS quoted(currency, par)
WHERE dayofweek(day) BETWEEN 1 AND 5
"""

QUERIES = {"subscription_items": _ITEMS, "discounts": _DISCOUNTS, "customers": _CUSTOMERS, "fx_rates": _RATES}
"""Per record table, the query that makes its rows from $customers."""


def populate(database: duckdb.DuckDBPyConnection, customers: int) -> None:
    """Make the record tables of `QUERIES` in the database, with every column, typed and defaulted as in a store."""
    for name, query in QUERIES.items():
        table = TABLES[name]
        columns = ", ".join(
            f"{column.name} {column.type}" + (f" DEFAULT '{column.default}'" if column.default else "")
            for column in table.columns
        )
        database.execute(f"CREATE TABLE {name} ({columns})")
        inputs = {"customers": customers} if "$customers" in query else {}
        database.execute(f"INSERT INTO {name} BY NAME ({query})", inputs)


def stored(path: Path, customers: int, source: str = "billing") -> tuple[int, int]:
    """Fill a record store at `path` with these rows of `acme`; return the numbers of items and of changes."""
    store = Store(path)
    layout = store.layout
    store.close()
    with duckdb.connect(path) as database:
        database.execute("SET preserve_insertion_order = false")
        populate(database, customers)
        for name in QUERIES:
            columns = names(TABLES[name].column_names)
            database.execute(
                f"INSERT INTO {layout.records(name)} (company, source, {columns}, recorded_at) "
                f"SELECT 'acme', '{source}', {columns}, TIMESTAMPTZ '2026-01-01 00:00:00+00' FROM {name}"
            )
        counted = database.execute("SELECT COUNT(*), COUNT(*) + COUNT(ends_at) FROM subscription_items").fetchone()
        for name in QUERIES:
            database.execute(f"DROP TABLE {name}")
    assert counted is not None
    return counted
