"""Targets and thresholds in the notation people use: `> 99.9%`, `< 2 weeks`, `8% to 12% (year 1)`, `< 50% of plan`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import combinations

from exporter import conventions
from exporter.calendar import durations
from exporter.catalogue.language import changes, divergence, scopes
from exporter.catalogue.language.changes import Change
from exporter.catalogue.language.divergence import Side
from exporter.catalogue.language.scopes import CEILING, EVERYWHERE, Scope
from exporter.quantities import display
from exporter.quantities.comparison import Comparison
from exporter.quantities.units import Unit, example

FORMS = (
    "'> 99.9%', '<= 4h', '8% to 12%', 'outside 4 to 8', 'plan', '< 50% of plan', 'down 300bp' or 'declines > 15%', "
    "each with '(year 1)', '(SLA)' or another scope if need be"
)

_LONGEST_HOLD = 7 * 24 * 60
"""Minutes. Every one of them is looked at whenever the rule is evaluated."""

_ONE_SIDED = re.compile(r"(<=|>=|<|>)\s*(.+)")
_OF_PLAN = re.compile(r"(?:(\d+(?:\.\d+)?)%\s+of\s+)?plan")
_BAND = re.compile(r"(outside\s+)?(\S.*?)\s+to\s+(\S.*)")
_SCOPES = re.compile(r"(\([^()]*\))")
_BARE_AMOUNT = re.compile(r"(?<![^\s<>=])[+-]?\d+(?:,\d{3})*(?:\.\d+)?(?:\s?[KkMB])?(?=,?\s*$|,\s|\s+to\s)")
"""A number alone between a sign or a word before it, and the end of its part or the other end of its band after it."""


@dataclass(frozen=True)
class Bound:
    """One comparison with a limit.

    The limit is a `level` in the KPI's unit, a `share` of the plan's value, or a `change` of the previous value.
    `side` is `lower` or `upper` for the two bounds of a band; `text` is the part as written, without its segment.
    """

    comparison: Comparison
    level: Decimal | None = None
    share: Decimal | None = None
    change: Change | None = None
    side: str = ""
    scope: Scope = EVERYWHERE
    text: str = field(default="", compare=False)

    @property
    def labels(self) -> Mapping[str, str]:
        """Return the labels by which its level is told from others of the same target or threshold."""
        return conventions.level_labels(self.side, bool(self.scope.sla), self.scope.segment)

    @property
    def concern(self) -> str:
        """Return what its alert's name says of the KPI, such as `High`, `BelowPlan` or `Falling`."""
        upward = self.comparison.upward
        if self.share is not None:
            return "AbovePlan" if upward else "BelowPlan"
        if self.change is not None:
            return "Rising" if upward else "Falling"
        return "High" if upward else "Low"

    def limit(self, plan: float | None, previous: float | None = None) -> float | None:
        """Compute the limit in the KPI's unit, in the arithmetic of Prometheus.

        `plan` and `previous` are as published. None if the limit depends on one that is absent.
        """
        if self.level is not None:
            return float(self.level)
        if self.share is not None:
            return None if plan is None else float(self.share) * plan
        return None if self.change is None or previous is None else self.change.limit(previous)


@dataclass(frozen=True)
class Condition:
    """A target or threshold as written, and its bounds.

    A target is met when all bounds hold; a threshold is crossed when any does, or both sides of its divergence do.
    """

    text: str
    bounds: tuple[Bound, ...] = ()
    divergence: tuple[Side, ...] = ()

    @property
    def of_plan(self) -> bool:
        """True if some bound is a share of the plan."""
        return any(bound.share is not None for bound in self.bounds)

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments that its bounds name, in the order of the text."""
        return tuple(dict.fromkeys(bound.scope.segment for bound in self.bounds if bound.scope.segment))


def parse(
    text: str,
    unit: Unit,
    *,
    target: bool,
    lower: bool = False,
    segmented: bool = False,
    unit_of: Callable[[str], Unit] | None = None,
) -> Condition:
    """Parse the target or threshold of a KPI in this unit; `ValueError` says what to write instead.

    `plan` or a bare amount alone is a target: a floor, or with `lower` a ceiling. With `segmented` a scope may name a
    segment. `unit_of` returns the unit of a KPI that a divergence names.
    """
    if unit_of and not target and (sides := divergence.parse(" ".join(text.split()), unit_of)):
        return Condition(text, divergence=sides)
    reader = _Reader(unit, target, lower)
    parts = list(scopes.parts(text, segmented=segmented)) or [("", EVERYWHERE)]
    bounds = [bound for form, scope in parts for bound in reader.bounds(form, scope)]
    for first, second in combinations(bounds, 2):
        same_band = first.side == "lower" and second.side == "upper" and first.scope == second.scope
        beside_sla = target and first.scope.sla != second.scope.sla
        if not same_band and not beside_sla and first.scope.meets(second.scope):
            whose = f"of {first.scope.segment} " if first.scope.segment else ""
            raise ValueError(f"two parts {whose}hold at the same time; keep one, or say in parentheses when each does")
    return Condition(text, tuple(bounds))


def with_unit(text: str, unit: Unit) -> str:
    """Return a valid target or threshold in one line, with its unit in each amount that has none: `> €4,000/month`."""
    one_line = " ".join(text.split())
    if divergence.parse(one_line, lambda _: unit):
        return one_line  # each side is in the unit of another KPI
    pieces = _SCOPES.split(one_line)
    pieces[::2] = [
        _BARE_AMOUNT.sub(lambda each: display.exact(float(unit.amount(each[0])), unit), piece) for piece in pieces[::2]
    ]
    return "".join(pieces)


@dataclass(frozen=True)
class _Reader:
    """Reads the parts of one condition."""

    unit: Unit
    target: bool
    lower: bool

    def bounds(self, form: str, scope: Scope) -> tuple[Bound, ...]:
        if self.target and scope.tier is not None:
            raise ValueError(f"a target has no urgency; take (tier {scope.tier}) to `warning` or `critical`")
        if scope.segment and not self.target and changes.parse(form, self.unit):
            raise ValueError(f"a change is one of the headline; take ({scope.segment}) off {form!r}")
        text = f"{form} {scope.stretch}" if scope.stretch else form
        return tuple(replace(bound, scope=scope, text=text) for bound in self._of(form))

    def _of(self, form: str) -> tuple[Bound, ...]:
        at_best = Comparison.of(upward=not self.lower, strict=False)
        if match := _ONE_SIDED.fullmatch(form):
            return (self._bound(Comparison(match[1]), match[2]),)
        if self.target and form in ("plan", CEILING):
            return (Bound(at_best if form == "plan" else Comparison.LESS_OR_EQUAL, share=Decimal(1)),)
        if not self.target and (parsed := changes.parse(form, self.unit)):
            change, upward, strict = parsed
            return (Bound(Comparison.of(upward=upward, strict=strict), change=change),)
        if match := _BAND.fullmatch(form):
            return self._band(match[2], match[3], outside=match[1] is not None)
        if self.target and form:
            return (self._bound(at_best, form),)
        kind, sign = ("target", ">") if self.target else ("threshold", "<")
        proper = f"'{sign} {example(self.unit)}'"
        raise ValueError(f"{form!r} is not a {kind}; write for example {proper}; the forms are {FORMS}")

    def _bound(self, comparison: Comparison, limit: str) -> Bound:
        if match := _OF_PLAN.fullmatch(limit.strip()):
            share = Decimal(match[1]) / 100 if match[1] else Decimal(1)
            return Bound(comparison, share=share)
        return Bound(comparison, level=self.unit.amount(limit))

    def _band(self, low: str, high: str, *, outside: bool) -> tuple[Bound, ...]:
        if outside == self.target:
            band = f"{low} to {high}"
            raise ValueError(
                f"a target's band is what to stay in; write '{band}'"
                if self.target
                else f"a threshold's band is what to stay in, too; write 'outside {band}'"
            )
        lower, upper = self.unit.amount(low), self.unit.amount(high)
        if lower >= upper:
            raise ValueError(f"the band {low} to {high} is empty: write the lower limit first")
        above, below = (">=", "<=") if self.target else ("<", ">")
        return (
            Bound(Comparison(above), lower, side="lower"),
            Bound(Comparison(below), upper, side="upper"),
        )


def parse_hold(text: str) -> int:
    """Return the minutes that a value must have stayed beyond a threshold before its alert fires: `30m`, `1 day`.

    Raises `ValueError` with what to write instead.
    """
    minutes, rest = divmod(durations.seconds(text), 60)
    if rest or not 1 <= minutes <= _LONGEST_HOLD:
        raise ValueError(f"{text!r} cannot be held; write whole minutes from 1m to 7 days, such as 30m")
    return int(minutes)


def check_order(warning: Condition, critical: Condition) -> None:
    """Raise `ValueError` if some value would be critical without being a warning.

    Bands are not compared, nor bounds of different segments or times, nor a level with a change.
    """
    for near in warning.bounds:
        for far in critical.bounds:
            alike = near.scope.segment == far.scope.segment and near.scope.stretch == far.scope.stretch
            if alike and not near.side and not far.side and (near.change is None) == (far.change is None):
                _check_pair(near, far, (f"the critical level {critical.text!r}", f"the warning {warning.text!r}"))


def _check_pair(near: Bound, far: Bound, levels: tuple[str, str]) -> None:
    upward = near.comparison.upward
    if upward != far.comparison.upward:
        raise ValueError(f"{levels[0]} points the other way than {levels[1]}")
    for first, second in ((near.level, far.level), (near.share, far.share), _amounts(near, far)):
        if first is None or second is None:
            continue
        nearer = second < first if upward else second > first
        if nearer or (first == second and near.comparison.strict and not far.comparison.strict):
            raise ValueError(f"{levels[0]} is reached before {levels[1]}; swap them")


def _amounts(near: Bound, far: Bound) -> tuple[Decimal | None, Decimal | None]:
    if near.change is None or far.change is None or near.change.relative != far.change.relative:
        return None, None
    return near.change.amount, far.change.amount
