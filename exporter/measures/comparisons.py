"""What a query compares the bounds of periods with: while they pass no instant of a record, its numbers stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from sqlglot import exp

from exporter.measures import library
from exporter.records.schema import Type
from exporter.records.tables import TABLES
from exporter.revenue.relations import INSTANTS

_BOUNDS = frozenset({"starts", "ends"})
_DAYS = frozenset({"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"})
_COMPARISONS = (exp.LT, exp.LTE, exp.GT, exp.GTE, exp.EQ, exp.NEQ, exp.Between)
_PICKS = (exp.Max, exp.Min, exp.Lead, exp.Lag, exp.AnyValue, exp.Window, exp.Paren)
_MOMENT = "INTERVAL '1' MICROSECOND"
"""What takes a midnight to the day before, and leaves other instants in their day."""
_CHOICES = (exp.Coalesce, exp.Greatest, exp.Least)

Column = tuple[str, str]
"""A relation, and a column of instants in it."""


@dataclass(frozen=True, order=True)
class BoundComparison:
    """A bound of a period, `starts` or `ends`, perhaps `less` an interval, as it is compared with a column."""

    bound: str
    less: str
    relation: str
    column: str


@cache
def comparisons(sql: str) -> frozenset[BoundComparison] | None:
    """Return all by which a query, also through shared views, depends on the bounds of a period within a day.

    None where it depends on them in another way, such as by the length of the period: then each has a number of its
    own. What depends on the day of a bound alone is the same for the day in any case.
    """
    trees = library.trees(sql)
    columns = _Columns(trees, library.tables_and_ledger(sql))
    if any(columns.hides_names(tree) for tree in trees):
        return None
    conditions: set[BoundComparison] = set()
    for column in (each for tree in trees for each in tree.find_all(exp.Column)):
        if column.name.lower() in _BOUNDS:
            if (compared := columns.compared_with(column)) is None:
                return None
            conditions |= compared
    return frozenset(conditions)


class _Columns:
    """The columns of some queries by name, each with all that may be behind the name in any of them."""

    def __init__(self, trees: Sequence[exp.Query], relations: Iterable[str]) -> None:
        self._instants: dict[str, set[Column]] = {}
        self._named: dict[str, list[exp.Expr | None]] = {}
        self._columns: set[str] = set()
        for relation in relations:
            self._columns.update(TABLES[relation].column_names if relation in TABLES else ())
            for column in _instants(relation):
                self._instants.setdefault(column, set()).add((relation, column))
        for tree in trees:
            for alias, value in _definitions(tree):
                self._named.setdefault(alias, []).append(value)
        self._columns |= self._named.keys()

    def hides_names(self, tree: exp.Query) -> bool:
        """Return whether a query gives columns names, or reads whole rows, in ways that are not looked into."""
        stars = (star.args.get("replace") or star.args.get("rename") for star in tree.find_all(exp.Star))
        aliases = list(tree.find_all(exp.TableAlias))
        renamed = (alias.columns and not isinstance(alias.parent, exp.Values) for alias in aliases)
        rows = {alias.name.lower() for alias in aliases} - self._columns
        whole = (each for each in tree.find_all(exp.Column) if not each.table and each.name.lower() in rows)
        return any((*stars, *renamed, tree.find(exp.Columns, exp.Pivot), *whole))

    def compared_with(self, bound: exp.Column) -> frozenset[BoundComparison] | None:
        """Return what one mention of a bound is compared with, None if it is used in another way."""
        node, less = _without_parentheses(bound), ""
        if isinstance(before := node.parent, exp.Sub) and before.this is node and _is_constant(before.expression):
            node, less = _without_parentheses(before), before.expression.sql("duckdb")
        match node.parent:
            case exp.Cast() as cast if cast.is_type("date"):
                return frozenset() if less in ("", _MOMENT) else None
            case exp.TimestampTrunc() | exp.DateTrunc() as whole if not less:
                return frozenset() if str(whole.args["unit"].name).upper() in _DAYS else None
            case exp.Select() if node is bound and node.arg_key == "expressions":
                return frozenset()
            case exp.Alias(parent=exp.Select()) as alias if alias.alias.lower() == bound.name.lower() and node is bound:
                return frozenset()
            case exp.Group() if node is bound:
                return frozenset()
            case exp.Expr() as comparison if isinstance(comparison, _COMPARISONS):
                others = (each for each in comparison.iter_expressions() if each is not node)
                origins = self._all_origins(each for each in others if less or not _is_its_midnight(each))
                if origins is not None:
                    return frozenset(BoundComparison(bound.name.lower(), less, *each) for each in origins)
        return None

    def _all_origins(
        self, values: Iterable[exp.Expr | None], seen: frozenset[str] = frozenset()
    ) -> frozenset[Column] | None:
        origins: frozenset[Column] = frozenset()
        for each in values:
            if (more := self._origins(each, seen)) is None:
                return None
            origins |= more
        return origins

    def _origins(self, value: exp.Expr | None, seen: frozenset[str]) -> frozenset[Column] | None:
        """Return the columns of which a value is always an instant, None if it may be anything else."""
        match value:
            case exp.Null():
                return frozenset()
            case exp.Column():
                return self._behind(value.name.lower(), seen)
            case exp.Case(this=None):
                branches = [branch.args["true"] for branch in value.args["ifs"]]
                return self._all_origins([*branches, value.args.get("default") or exp.Null()], seen)
        if isinstance(value, _CHOICES):
            return self._all_origins([value.this, *value.expressions], seen)
        if isinstance(value, _PICKS):
            return self._origins(value.this, seen)
        return None

    def _behind(self, name: str, seen: frozenset[str]) -> frozenset[Column] | None:
        if name in seen:
            return frozenset()
        if name in _BOUNDS or (name not in self._named and name not in self._instants):
            return None
        named = self._all_origins(self._named.get(name, ()), seen | {name})
        return None if named is None else named | self._instants.get(name, set())


def _instants(relation: str) -> Iterable[str]:
    if (table := TABLES.get(relation)) is None:
        return INSTANTS[relation]
    return [*(column.name for column in table.columns if column.type is Type.INSTANT), "recorded_at"]


def _definitions(tree: exp.Query) -> Iterator[tuple[str, exp.Expr | None]]:
    """Yield what each alias stands for, also by its place in a UNION; None where that is not looked into."""
    for alias in tree.find_all(exp.Alias):
        yield alias.alias.lower(), alias.this
    for values in tree.find_all(exp.Values):
        yield from ((each.lower(), None) for each in values.alias_column_names)
    for union in tree.find_all(exp.SetOperation):
        left, right = union.left, union.right
        if not isinstance(left, exp.Select) or not isinstance(right, exp.Select) or left.is_star or right.is_star:
            names = [*left.named_selects, *right.named_selects]
            yield from ((each.lower(), None) for each in names if each != "*")
            continue
        for each, value in zip(left.named_selects, right.expressions, strict=False):
            yield each.lower(), value.unalias()


def _without_parentheses(node: exp.Expr) -> exp.Expr:
    while isinstance(node.parent, exp.Paren):
        node = node.parent
    return node


def _is_constant(value: exp.Expr) -> bool:
    return isinstance(value, exp.Interval) and isinstance(value.this, exp.Literal)


def _is_its_midnight(value: exp.Expr) -> bool:
    """Return whether a value is the midnight at which the day of a bound begins."""
    day = value.this if isinstance(value, exp.Cast) and value.is_type("timestamptz") else None
    bound = day.this if isinstance(day, exp.Cast) and day.is_type("date") else None
    return isinstance(bound, exp.Column) and bound.name.lower() in _BOUNDS
