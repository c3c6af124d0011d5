"""Mutants of rules: every change of a single number, sign, name, label or word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import promql_parser
from promql_parser import (
    AggregateExpr,
    BinaryExpr,
    Call,
    MatrixSelector,
    NumberLiteral,
    SubqueryExpr,
    VectorSelector,
)

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.quantities.prometheus import style
from tests.support import promql

Rule = Mapping[str, Any]
Variant = tuple[str, str]
"""A description of the change, and the changed text."""

FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "!=", "!=": "=="}
AT_THE_LIMIT = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
OPPOSITE = {"+": "-", "-": "+", "*": "/", "/": "*", "and": "unless", "unless": "and", "or": "and"}
OTHER = {
    "min": "max",
    "max": "min",
    "sum": "count",
    "min_over_time": "max_over_time",
    "max_over_time": "min_over_time",
}
SHARE_STEP = Decimal("0.001")
"""Catalogues write shares of a plan or a previous value in percent; nobody writes less than a tenth of one."""

ADDED_STEP = Decimal("0.01")
"""The share of an added amount or a difference, such as 200 bp, that is visible beside larger amounts."""

IN_THE_UNIT = (conventions.PREVIOUS, conventions.PLAN, conventions.THRESHOLD, conventions.TARGET)
"""The series in the KPI's unit, beside its own."""

LONGER = "range longer"

_WORD = re.compile(r"[^\W\d_]{2,}")
_TEMPLATE = re.compile(r"(\{\{.*?\}\})")
_QUERY = re.compile(r"(?<=query `)[^`]*(?=`)")


_OWN = re.compile(r"left out|`for`|.* moved by |.* with another (?!company$|kpi$)")
"""Matches the changes of what differs between rules of one form: numbers, times, series.

A test that notices a rule which is left out expects an alert of it, and so its labels and the direction of its limit.
One that notices a limit which is moved either way has a value at it, and so tells whether the limit belongs to it.
"""


@dataclass(frozen=True)
class Mutant:
    """A rule with the one change that `what` names; None is the deleted rule."""

    what: str
    rule: Rule | None

    @property
    def is_own(self) -> bool:
        """Whether the change concerns what differs between rules of the same form."""
        return _OWN.match(self.what) is not None


def rule_form(rule: Rule) -> object:
    """Return what rules share that differ only in their KPI, numbers, labels and words."""
    queries = [query for text in rule.get("annotations", {}).values() for query in _QUERY.findall(text)]
    return (
        "alert" in rule,
        "for" in rule,
        rule.get("keep_firing_for"),
        tuple(rule.get("labels", {})),
        tuple(rule.get("annotations", {})),
        *(promql.form(each) for each in (rule["expr"], *queries)),
    )


class Mutation:
    """Makes mutants of rules; it changes times by `interval`, the evaluation interval."""

    def __init__(self, companies: Sequence[Company], interval: timedelta) -> None:
        self._interval = interval
        self._units = {
            (company.name, name): kpi.unit
            for company in companies
            for kpi in company.kpis.values()
            for name in (kpi.id, *(kpi.metric(dimension) for dimension in (None, *kpi.by)))
        }

    def mutants(self, rule: Rule) -> Iterator[Mutant]:
        yield Mutant("left out", None)
        for what, text in self._expressions(rule["expr"]):
            yield Mutant(what, {**rule, "expr": text})
        for what, hold in self._holds(rule.get("for")) if "alert" in rule else ():
            yield Mutant(what, {**rule, "for": hold})
        if keep := rule.get("keep_firing_for"):
            yield Mutant(
                "without its `keep_firing_for`", {key: each for key, each in rule.items() if key != "keep_firing_for"}
            )
            for what, moved in self._moved(promql_parser.parse_duration(keep)):
                yield Mutant(f"`keep_firing_for` {what}", {**rule, "keep_firing_for": moved})
        for label, value in rule.get("labels", {}).items():
            yield Mutant(f"label {label}", {**rule, "labels": {**rule["labels"], label: f"{value}x"}})
        for name, text in rule.get("annotations", {}).items():
            for what, changed in self._texts(text):
                yield Mutant(f"{name}: {what}", {**rule, "annotations": {**rule["annotations"], name: changed}})

    def _expressions(self, text: str) -> Iterator[Variant]:
        expression = promql.parse(text)
        seen: set[str] = set()
        for part in promql.parts(expression):
            if str(part.is_) in seen:
                continue  # a part that occurs several times changes everywhere at once
            seen.add(str(part.is_))
            for what, changed in self._part(part, text):
                yield what, promql.replaced(expression, part.is_, changed)

    def _part(self, part: promql.Part, whole: str) -> Iterator[Variant]:
        """Yield changes of a part, but not of a value or range that only has to be present.

        A changed value would make the same rule. Versions of Prometheus disagree about the ends of ranges, and
        the tests leave that minute out.
        """
        match part.is_:
            case VectorSelector() as selector:
                yield from _selectors(selector)
            case AggregateExpr() as aggregate:
                yield from _groupings(aggregate)
            case MatrixSelector() as matrix:
                series = promql.selector_text(matrix.vector_selector, promql.matchers(matrix.vector_selector))
                for what, range_ in self._moved(matrix.range):
                    yield f"range {what}", f"{series}[{range_}]"
            case SubqueryExpr() as subquery if not part.present:
                yield from self._subqueries(subquery)
            case BinaryExpr() as binary if part.present and promql.operator(binary) in ("+", "-", "*", "/"):
                return
            case BinaryExpr() as binary:
                yield from _operators(binary, whole)
        if part.present:
            return
        match part.is_:
            case NumberLiteral() as literal if isinstance(part.within, BinaryExpr):
                exact = Decimal(repr(literal.val))
                step = self._step(exact, part.within)
                yield from ((f"{exact} moved by {by}", f"{exact + by:f}") for by in (step, -step))
            case AggregateExpr() | Call() as call:
                yield from _functions(call)

    def _subqueries(self, subquery: SubqueryExpr) -> Iterator[Variant]:
        within = subquery.expr.prettify()
        assert subquery.range is not None  # a subquery has one
        step = promql_parser.display_duration(subquery.step) if subquery.step else ""
        for what, range_ in self._moved(subquery.range):
            yield f"range {what}", f"{within}[{range_}:{step}]{promql.offset(subquery)}"
        if subquery.offset:
            range_ = promql_parser.display_duration(subquery.range)
            for what, offset in self._moved(subquery.offset):
                yield f"offset {what}", f"{within}[{range_}:{step}] offset {offset}"

    def _step(self, amount: Decimal, parent: BinaryExpr) -> Decimal:
        """Return the smallest visible change of a number that is one side of `parent`."""
        sign = promql.operator(parent).split()[0]
        if sign in ("*", "/"):
            return SHARE_STEP
        for selector in promql.selectors(parent):
            labels = promql.equalities(selector)
            name = labels.get("kpi", "") if selector.name in IN_THE_UNIT else selector.name or ""
            unit = self._units.get((labels.get("company", ""), name))
            if unit is not None:
                step = style(unit).step(amount)
                beside = amount * ADDED_STEP if amount else SHARE_STEP if unit.is_ratio else Decimal(1)
                return max(step, beside) if _of_difference(parent) else step
        return Decimal(1)

    def _holds(self, hold: str | None) -> Iterator[Variant]:
        if hold is None:
            yield "with a `for`", promql_parser.display_duration(self._interval)
        else:
            yield "without its `for`", "0s"
            for what, moved in self._moved(promql_parser.parse_duration(hold)):
                yield f"`for` {what}", moved

    def _moved(self, duration: timedelta) -> Iterator[Variant]:
        """Yield the duration longer by one evaluation, and shorter if anything is left."""
        for what, moved in (("longer", duration + self._interval), ("shorter", duration - self._interval)):
            if moved > timedelta():
                yield what, promql_parser.display_duration(moved)

    def _texts(self, text: str) -> Iterator[Variant]:
        """Yield an annotation with one of its own words changed, and with every change of its queries."""
        pieces = _TEMPLATE.split(text)
        for place, piece in enumerate(pieces):
            if not _TEMPLATE.fullmatch(piece) and (word := _WORD.search(piece)):
                changed = f"{piece[: word.end()]}x{piece[word.end() :]}"
                yield f"{word[0]!r}", "".join([*pieces[:place], changed, *pieces[place + 1 :]])
                break
        for query in _QUERY.finditer(text):
            for what, changed in self._expressions(query[0]):
                if what == LONGER:
                    continue  # the alert needs the query's series itself, and sees it no longer
                yield f"query, {what}", text[: query.start()] + changed + text[query.end() :]


def _of_difference(binary: BinaryExpr) -> bool:
    """Return whether the number of this operation is added to something, or compared with a difference."""
    return any(promql.operator(each) in ("+", "-") for each in promql.binaries(binary))


def _operators(binary: BinaryExpr, whole: str) -> Iterator[Variant]:
    """Yield other operators; not the one at the limit where a difference over time, including now, decides the same."""
    sign, *rest = promql.operator(binary).split()
    left, right = binary.lhs.prettify(), binary.rhs.prettify()
    decided_over_time = f"({left} - " in whole
    for table in (FLIPPED, OPPOSITE) if decided_over_time else (FLIPPED, AT_THE_LIMIT, OPPOSITE):
        joined = table is OPPOSITE and "group_left" in " ".join(rest)  # with 1, by which a division is the same
        if (other := table.get(sign)) and not joined:
            yield f"{sign} to {other}", " ".join([left, other, *rest, right])


def _functions(call: Call | AggregateExpr) -> Iterator[Variant]:
    name, text = promql.function(call), call.prettify()
    if other := OTHER.get(name):
        yield f"{name} to {other}", other + text.removeprefix(name)


def _groupings(aggregate: AggregateExpr) -> Iterator[Variant]:
    """Yield the aggregation without one of its labels; not without `company`, which the rule's own label replaces."""
    labels = aggregate.modifier.labels if aggregate.modifier else []
    for label in labels:
        if label != conventions.COMPANY:
            remaining = ", ".join(each for each in labels if each != label)
            name = promql.function(aggregate)
            yield f"not by {label}", f"{name} by ({remaining}) ({aggregate.expr.prettify()})"


def _selectors(selector: VectorSelector) -> Iterator[Variant]:
    matchers = promql.matchers(selector)
    for place, (name, sign, value) in enumerate(matchers):
        changed = [*matchers[:place], (name, sign, f"{value}x"), *matchers[place + 1 :]]
        yield f"{selector.name} with another {name}", promql.selector_text(selector, changed)
