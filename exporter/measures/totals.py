"""Which rows of a breakdown are totals: told by how the SQL makes them, as a NULL alone may be a missing label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache

import sqlglot
from sqlglot import exp

UNLABELLED = "none"
"""What the part without a label is called: that of customers without a tier, of orders without a region."""

IS_TOTAL = "is_total"
"""The column, label or key by which an answer itself says which row is of all labels together."""

_MARK = "kpi_total_"
_WITH_GROUPING = frozenset({"duckdb", "postgres"})
"""Dialects, by sqlglot's names, in which `GROUPING(expression)` tells a total from a missing label."""

_Relations = Mapping[str, exp.Query]


class _Total(Enum):
    """How a column's NULL is to be read where no mark can be had."""

    NEVER = "never"  # a missing label
    BARE = "bare"  # a total, if there is only one


@dataclass(frozen=True)
class Totals:
    """A query with, in the column `marks[label]`, 1 in each row that is of all values of that label together.

    For labels in `bare` a NULL says so, where the dialect has nothing that says it better. For all others a NULL is
    a missing label.
    """

    sql: str
    marks: Mapping[str, str] = field(default_factory=dict)
    bare: frozenset[str] = frozenset()


@cache
def totals(sql: str, by: tuple[str, ...], dialect: str | None) -> Totals:
    """Find the totals that a query asks for.

    It does so by a column `is_total`, by GROUPING SETS, ROLLUP or CUBE, or by a NULL in the place of the label. Text
    that sqlglot cannot read asks for none that is known.
    """
    try:
        tree = sqlglot.parse_one(sql, dialect=dialect)
    except (sqlglot.errors.SqlglotError, RecursionError):
        return Totals(sql)
    if not by or not isinstance(tree, exp.Query):
        return Totals(sql)
    first, _ = next(_leaves(tree, {}))
    if _place(first, IS_TOTAL) is not None and IS_TOTAL not in by:
        return Totals(sql, dict.fromkeys(by, IS_TOTAL))
    marker = _Marker(dialect)
    by_label = {label: marker.mark(tree, label, {}) for label in by}
    marks = {label: column for label, column in by_label.items() if isinstance(column, str)}
    bare = frozenset(label for label, column in by_label.items() if column is _Total.BARE)
    return Totals(tree.sql(dialect) if marks else sql, marks, bare)


class _Marker:
    """Adds marks to a tree, in place, and to the queries inside it that a column comes from."""

    def __init__(self, dialect: str | None) -> None:
        self._groups = dialect in _WITH_GROUPING
        self._marked: dict[tuple[int, str], str | _Total] = {}
        self._count = 0

    def mark(self, query: exp.Query, label: str, relations: _Relations) -> str | _Total:
        """Return the name of the column that marks the label's totals, now that it is there."""
        key = (id(query), label.lower())
        if key not in self._marked:
            self._marked[key] = _Total.NEVER  # while under way, for what reads itself
            self._marked[key] = self._mark(query, label, relations)
        return self._marked[key]

    def _mark(self, query: exp.Query, label: str, relations: _Relations) -> str | _Total:
        leaves = list(_leaves(query, relations))
        first, within = leaves[0]
        if len(leaves) == 1 and first.is_star:
            below = _below(first, exp.column(label), within)
            return _Total.NEVER if below is None else self.mark(below, label, within)
        place = _place(first, label)
        if place is None:
            return _Total.NEVER
        totals_of_leaves = [self._of(leaf, place, within) for leaf, within in leaves]
        if _Total.BARE in totals_of_leaves:
            return _Total.BARE
        if all(each is _Total.NEVER for each in totals_of_leaves):
            return _Total.NEVER
        column = f"{_MARK}{self._count}"
        self._count += 1
        for (leaf, _), each in zip(leaves, totals_of_leaves, strict=True):
            leaf.select((each if isinstance(each, exp.Expr) else exp.Literal.number(0)).as_(column), copy=False)
        return column

    def _of(self, select: exp.Select, place: int, relations: _Relations) -> exp.Expr | _Total:
        """Return the expression of the mark in one SELECT, for the column at that place."""
        if place >= len(select.expressions):
            return _Total.NEVER
        column = select.expressions[place]
        value = _uncast(column.unalias())
        if isinstance(value, exp.Null):
            return exp.Literal.number(1)
        group = select.args.get("group")
        if group is None:
            return self._from_below(select, value, relations)
        sets = list(_sets(group))
        if not sets:
            return _Total.NEVER
        grouped = next(filter(None, (_grouped(each, column, place) for each in sets)), None)
        if grouped is not None and self._groups:
            return exp.func("GROUPING", grouped.copy())
        always = grouped is None and any(_grouped(each, column, place) for each in _plain(group))
        return _Total.NEVER if always else _Total.BARE

    def _from_below(self, select: exp.Select, value: exp.Expr, relations: _Relations) -> exp.Expr | _Total:
        if not isinstance(value, exp.Column) or (below := _below(select, value, relations)) is None:
            return _Total.NEVER
        mark = self.mark(below, value.name, relations)
        return mark if isinstance(mark, _Total) else exp.column(mark, table=value.table or None)


def _leaves(query: exp.Query, relations: _Relations) -> Iterator[tuple[exp.Select, _Relations]]:
    """Yield the SELECTs of a UNION, or the one that there is, each with the relations that it can name."""
    with_ = query.args.get("with_")
    if with_ is not None:
        relations = {**relations, **{cte.alias.lower(): cte.this for cte in with_.expressions}}
    match query:
        case exp.Subquery():
            yield from _leaves(query.this, relations)
        case exp.SetOperation():
            yield from _leaves(query.this, relations)
            if isinstance(query, exp.Union):
                yield from _leaves(query.expression, relations)
        case exp.Select():
            yield query, relations


def _place(select: exp.Select, label: str) -> int | None:
    names = [name.lower() for name in select.named_selects]
    return names.index(label.lower()) if label.lower() in names else None


def _below(select: exp.Select, column: exp.Column, relations: _Relations) -> exp.Query | None:
    """Return the query inside the FROM that a column comes from, if it is one."""
    from_ = select.args.get("from_")
    sources = [] if from_ is None else [from_.this, *(join.this for join in select.args.get("joins") or ())]
    named = {each.alias_or_name.lower(): each for each in sources}
    alone = sources[0] if len(sources) == 1 else None
    match source := named.get(column.table.lower()) if column.table else alone:
        case exp.Subquery(this=exp.Query() as query):
            return query
        case exp.Table() if not source.db:
            return relations.get(source.name.lower())
    return None


def _uncast(value: exp.Expr) -> exp.Expr:
    while isinstance(value, exp.Cast | exp.Paren):
        value = value.this
    return value


def _sets(group: exp.Group) -> Iterator[exp.Expr]:
    """Yield what GROUPING SETS, ROLLUP and CUBE name, one by one; with MySQL's WITH ROLLUP all that is grouped by."""
    for each in group.expressions:
        if isinstance(each, exp.GroupingSets | exp.Rollup | exp.Cube):
            yield from _elements(each)
    if group.args.get("rollup") or group.args.get("cube"):
        yield from group.expressions


def _plain(group: exp.Group) -> Sequence[exp.Expr]:
    return [each for each in group.expressions if not isinstance(each, exp.GroupingSets | exp.Rollup | exp.Cube)]


def _elements(grouping: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(grouping, exp.GroupingSets | exp.Rollup | exp.Cube | exp.Tuple):
        for each in grouping.expressions:
            yield from _elements(each)
    elif isinstance(grouping, exp.Paren):
        yield from _elements(grouping.this)
    else:
        yield grouping


def _grouped(element: exp.Expr, column: exp.Expr, place: int) -> exp.Expr | None:
    """Return the argument of GROUPING, where `element` is the column: its place, its name, its text or its alias."""
    value, inner = column.unalias(), _uncast(column.unalias())
    if isinstance(element, exp.Literal) and not element.is_string:
        return value if element.name == str(place + 1) else None
    if element in (value, inner):
        return element
    if isinstance(element, exp.Column) and isinstance(inner, exp.Column):
        return element if element.name.lower() == inner.name.lower() else None
    inside = {each.name.lower() for each in value.find_all(exp.Column)}
    is_alias = element.name.lower() == column.alias.lower() and element.name.lower() not in inside
    return value if is_alias and isinstance(element, exp.Column) else None
