"""What a query takes columns for: it depends on the query alone."""

from __future__ import annotations

import pytest

from exporter.records.schema import Type
from exporter.sources.column_types import column_types

DECIMAL, DATE, INSTANT, BOOLEAN = Type.DECIMAL, Type.DATE, Type.INSTANT, Type.BOOLEAN


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("SELECT region, SUM(n) AS value FROM rows GROUP BY region", {"n": DECIMAL}),
        ("SELECT sum(n * Price) / 100 AS value FROM rows WHERE zip = '00123'", {"n": DECIMAL, "price": DECIMAL}),
        ("SELECT avg(CASE WHEN region = 'x' THEN n ELSE 0 END) AS value FROM rows", {"n": DECIMAL}),
        ("SELECT count(*) AS value FROM rows WHERE n > 5 AND m BETWEEN 1 AND 2", {"n": DECIMAL, "m": DECIMAL}),
        ("SELECT count(*) AS value FROM rows WHERE day >= DATE '2026-01-01'", {"day": DATE}),
        ("SELECT count(*) AS value FROM rows WHERE day > current_date - INTERVAL 7 DAY", {"day": INSTANT}),
        ("SELECT count(*) AS value FROM rows WHERE ts < TIMESTAMP '2026-01-01 08:00'", {"ts": INSTANT}),
        ("SELECT count(*) AS value FROM rows WHERE year(day) = 2026", {"day": DATE}),
        ("SELECT count(*) AS value FROM rows WHERE won = true", {"won": BOOLEAN}),
        ("SELECT amount AS value FROM rows ORDER BY day DESC LIMIT 1", {"amount": DECIMAL}),
        ("SELECT max(amount) FILTER (region = 'x') AS value FROM rows", {"amount": DECIMAL}),
        ("SELECT arg_max(amount, day) AS value FROM rows", {"amount": DECIMAL}),
        ("SELECT sum(r.n) AS value FROM rows r JOIN (SELECT region FROM rows) s USING (region)", {"n": DECIMAL}),
        ("SELECT (SELECT sum(n) FROM rows) AS value", {"n": DECIMAL}),
        ("SELECT sum(a) AS value FROM rows UNION ALL SELECT b AS value FROM rows", {"a": DECIMAL, "b": DECIMAL}),
        ("SELECT code, sum(code) AS value FROM rows GROUP BY code", {}),
        ("SELECT count(DISTINCT code) AS value FROM rows WHERE code IS NOT NULL", {}),
        ("SELECT sum(CAST(n AS DOUBLE)) AS value FROM rows", {}),
        ("SELECT sum(try_cast(n AS DECIMAL(18,2))) AS value FROM rows", {}),
        ("SELECT now() - ts AS value FROM rows", {}),
        ("WITH t AS (SELECT count(*) AS n FROM rows) SELECT sum(n) AS value FROM t", {}),
        ("FROM rows SELECT count(*) AS value", {}),
    ],
)
def test_a_column_is_what_the_query_does_with_it(query: str, types: dict[str, Type]) -> None:
    assert column_types(query) == types


@pytest.mark.parametrize("query", ["PIVOT rows ON region", "SELECT ~~", "SUMMARIZE rows", "VALUES (1)"])
def test_what_cannot_be_told_is_no_type(query: str) -> None:
    assert column_types(query) == {}
