"""What sqlglot leaves to do between DuckDB's dialect and another: each difference is mended here, once for all SQL."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types

SESSIONS: Mapping[str, tuple[str, ...]] = {
    "postgres": (
        # To compile a statement of this size takes longer than to run it.
        "SET jit = off",
        # It takes many rows that a statement has computed for few, and would go through them again and again.
        "SET enable_nestloop = off",
    ),
    "spark": (
        # What goes wrong is an error, not NULL.
        "SET spark.sql.ansi.enabled = true",
        # Otherwise products of decimals keep six decimals, however many their factors have.
        "SET spark.sql.decimalOperations.allowPrecisionLoss = false",
    ),
}
"""What a session of an engine is to be told before it is asked, beside its time zone."""

SHARING = frozenset({"postgres"})
"""Engines that compute a relation once which a statement reads in many places; others plan it anew for each place."""


def session(dialect: str, timezone: str) -> tuple[str, ...]:
    """Return the statements that a session begins with, so that it has the company's days and exact decimals."""
    zone = exp.Literal.string(timezone).sql(dialect)
    return (f"SET TIME ZONE {zone}", *SESSIONS.get(dialect, ()))


def adapted(query: exp.Query, schema: Mapping[str, object], dialect: str) -> exp.Query:
    """Return the query, which is qualified and DuckDB's, such that its text in `dialect` means the same."""
    typed = annotate_types(query, schema=dict(schema), dialect="duckdb")
    changed = typed.transform(_exact_division).transform(_own_window)
    assert isinstance(changed, exp.Query)
    for select in reversed(list(changed.find_all(exp.Select))):
        _condition_after_grouping(select)
    return changed


def _exact_division(node: exp.Expr) -> exp.Expr:
    """Divide decimals as decimals: DuckDB's division by an approximate number would become one of doubles elsewhere."""
    if not isinstance(node, exp.Div):
        return node
    if node.left.is_type(*exp.DataType.INTEGER_TYPES) and node.right.is_type(*exp.DataType.INTEGER_TYPES):
        node.set("this", exp.cast(node.left, "DECIMAL(38, 10)"))
    node.set("typed", True)
    return node


def _own_window(node: exp.Expr) -> exp.Expr:
    """Write a named window out where it is used: Spark knows none with a frame added to it."""
    if not isinstance(node, exp.Select) or not node.args.get("windows"):
        return node
    named = {window.this.name: window for window in node.args["windows"]}
    node.set("windows", None)
    for used in node.find_all(exp.Window):
        if used.parent_select is node and (window := named.get(used.alias)) is not None:
            used.set("alias", None)
            used.set("partition_by", [each.copy() for each in window.args["partition_by"]])
            used.set("order", window.args["order"].copy())
    return node


def _condition_after_grouping(select: exp.Select) -> None:
    """Put what HAVING asks of grouping sets into a WHERE around them: Spark has forgotten their columns by then."""
    group, having = select.args.get("group"), select.args.get("having")
    if group is None or having is None or group.find(exp.GroupingSets) is None:
        return
    columns = [exp.column(name, table="grouped") for name in select.named_selects]
    select.set("having", None)
    filtered = select.select(exp.alias_(having.this, "kept"))
    select.replace(exp.select(*columns).from_(filtered.subquery("grouped")).where(exp.column("kept", table="grouped")))
