"""Infers the types of a text file's columns from what a query does with them, never from the rows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.scope import traverse_scope

from exporter.records.schema import Type

_PASSING: Mapping[type[exp.Expr], Collection[str]] = {
    **dict.fromkeys((exp.Paren, exp.Max, exp.Min, exp.AnyValue, exp.First, exp.Last), ("this",)),
    **dict.fromkeys((exp.ArgMax, exp.ArgMin, exp.Filter, exp.Window), ("this",)),
    **dict.fromkeys((exp.Coalesce, exp.Distinct), ("this", "expressions")),
    exp.If: ("true", "false"),
    exp.Case: ("ifs", "default"),
}
"""The expressions that return one of their parts unchanged, with the names of these parts."""
_CALCULATING = (
    *(exp.Sum, exp.Avg, exp.Median, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop),
    *(exp.Quantile, exp.PercentileCont, exp.PercentileDisc, exp.Neg, exp.Abs, exp.Round, exp.Ceil, exp.Floor),
    *(exp.Sqrt, exp.Ln, exp.Exp, exp.Pow, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Add, exp.Sub),
)
_COMPARING = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Between, exp.In)
_OF_DATES = (exp.DateTrunc, exp.TimestampTrunc, exp.DateDiff, exp.Extract, exp.Year, exp.Month, exp.Day, exp.LastDay)
_OF_ANYTHING = (exp.Count, exp.Is, exp.Group, exp.Ordered, exp.ArgMax, exp.ArgMin, exp.Window)
_KINDS = (
    *((kind, Type.DECIMAL) for kind in exp.DataType.NUMERIC_TYPES),
    *((kind, Type.INSTANT) for kind in exp.DataType.TEMPORAL_TYPES if kind != exp.DataType.Type.DATE),
    *((kind, Type.DATE) for kind in (exp.DataType.Type.DATE, exp.DataType.Type.INTERVAL)),
    (exp.DataType.Type.BOOLEAN, Type.BOOLEAN),
)
_TYPES = dict(_KINDS)


def column_types(query: str) -> Mapping[str, Type]:
    """Return the types of the columns of `rows` that a query calculates or compares with, by lower-case name.

    A column that the query uses as two types is left out: the catalogue has to say its type.
    """
    try:
        tree = annotate_types(sqlglot.parse_one(query, dialect="duckdb"), dialect="duckdb")
        uses = list(_uses(tree))
    except (sqlglot.errors.SqlglotError, RecursionError):
        return {}
    by_column: dict[str, set[Type]] = {}
    for name, use in uses:
        by_column.setdefault(name, set()).add(use)
    return {name: kind for name, kinds in by_column.items() if len(kinds) == 1 for kind in kinds if kind != Type.TEXT}


def _uses(tree: exp.Expr) -> Iterator[tuple[str, Type]]:
    for scope in traverse_scope(tree):
        for column in scope.columns:
            source = scope.sources.get(column.table) if column.table else next(iter(scope.sources.values()), None)
            of_rows = isinstance(source, exp.Table) and source.name.lower() == "rows"
            if of_rows and (column.table or len(scope.sources) == 1) and (use := _use(column)) is not None:
                yield column.name.lower(), use


def _use(column: exp.Column) -> Type | None:
    """Return the type that the query needs of a column here; None where any type would do."""
    node: exp.Expr = column
    while (parent := node.parent) is not None and node.arg_key in _PASSING.get(type(parent), ()):
        node = parent
    others = [other for other in parent.iter_expressions() if other is not node] if parent is not None else []
    types = [_TYPES[other.type.this] for other in others if other.type is not None and other.type.this in _TYPES]
    if isinstance(parent, _COMPARING):
        return types[0] if types else Type.TEXT
    if any(isinstance(other, exp.Anonymous) for other in others):
        return Type.TEXT  # the result of a function that sqlglot does not know may be anything
    if isinstance(parent, _CALCULATING):
        return next((kind for kind in types if kind in (Type.DATE, Type.INSTANT)), Type.DECIMAL)
    if isinstance(parent, _OF_DATES):
        return Type.DATE
    if isinstance(parent, _OF_ANYTHING):
        return None
    return Type.DECIMAL if _is_the_value(node) else Type.TEXT


def _is_the_value(node: exp.Expr) -> bool:
    """Tell whether a node is the column `value` of the query's result."""
    named = node.parent if isinstance(node.parent, exp.Alias) else node
    above = named.parent
    if named.arg_key != "expressions" or not isinstance(above, exp.Select) or named.alias_or_name.lower() != "value":
        return False
    while isinstance(above.parent, exp.SetOperation):
        above = above.parent
    return above.parent is None
