"""Expressions that several steps share: the ledger's SQL calls them like functions, and the pipeline expands them."""

from __future__ import annotations

from collections.abc import Mapping

import sqlglot
from sqlglot import exp

MACROS: Mapping[str, str] = {
    "IN_REPORTING_CURRENCY": """
        CASE
            WHEN $rate IS NULL THEN $amount
            ELSE CAST(CAST($amount AS DECIMAL(26, 8)) * $rate AS DECIMAL(38, 16))
        END
    """,
}
"""Each macro's expression; its arguments are called `$amount` and `$rate`, in this order.

An amount without an exchange rate is one of the reporting currency: lines that lack a rate are set aside before.
"""
_PARAMETERS = ("amount", "rate")


def expanded(node: exp.Expr) -> exp.Expr:
    """Return the expression of a macro with the call's arguments in it; any other node as it is."""
    if not isinstance(node, exp.Anonymous) or node.name not in MACROS:
        return node
    arguments = dict(zip(_PARAMETERS, node.expressions, strict=True))

    def argument(inner: exp.Expr) -> exp.Expr:
        return arguments[inner.name].copy() if isinstance(inner, exp.Placeholder) else inner

    return sqlglot.parse_one(MACROS[node.name], dialect="duckdb").transform(argument)
