"""Values around every threshold of a company: what is chosen for its KPIs, step by step, and what they read as."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path

from exporter.catalogue.language import plans
from exporter.catalogue.language.plans import Plan, Scenario, Shape
from exporter.catalogue.language.scopes import Applicability
from exporter.catalogue.language.thresholds import Bound
from exporter.catalogue.loading import load, load_all, shipped, shipped_file
from exporter.catalogue.model import Company, Kpi
from exporter.kpis.arithmetic import Result
from exporter.kpis.evaluation import Evaluator, Part
from exporter.kpis.freshness import Polls
from exporter.kpis.levels import EvaluationContext
from exporter.kpis.moments import KpiAt
from exporter.kpis.reading import CompanyReading, Reason, Unknown
from exporter.kpis.snapshot import CompanyEvaluation
from exporter.quantities.prometheus import style
from tests.support.synthetic_company import KPIS, write

MONTH = timedelta(days=30)
LAUNCH = date(2026, 1, 1)
FAR = 1000
"""How many visible steps beyond a limit is far from it."""

_RECORDED = Plan("records", ((plans.DueDate("", on=LAUNCH), Decimal(3600)),), Shape.STEP)


@dataclass(frozen=True)
class State:
    """What is chosen for one KPI: when it is, its value and that of the period before, and those of its segments."""

    now: datetime
    value: float | None = None
    previous: float | None = None
    segments: Mapping[str, float] = field(default_factory=dict)


Around = Callable[[Sequence[float]], Sequence[float]]
"""Numbers about some limits, in order."""

States = Mapping[str, State]
"""Of every KPI of a company, by id."""


class Chosen(Evaluator):
    """Gives the numbers that were chosen instead of computing them."""

    def __init__(self, company: Company, states: States) -> None:
        super().__init__(company, {})
        self._states = states

    def value(self, moment: KpiAt, part: Part | None = None) -> Result:
        state = self._states[moment.kpi.id]
        if part is not None:
            return _number(state.segments.get(part[1]) if part[0] == moment.kpi.segments else None)
        return _number(state.value if moment.as_of == state.now else state.previous)

    def labels(self, moment: KpiAt, dimension: str) -> Sequence[str]:
        return sorted(self._states[moment.kpi.id].segments)

    def withheld(self, moment: KpiAt, dimension: str) -> bool:
        return False


def _number(value: float | None) -> Result:
    return Unknown(Reason.NO_DATA, "nothing is known") if value is None else Decimal(repr(value))


class Sweep:
    """All that is chosen for one company, which is given a launch and the plans that are records."""

    def __init__(self, company: Company) -> None:
        self.company = company if company.launch else replace(company, launch=LAUNCH)
        self._start = datetime.combine(self.company.launch or LAUNCH, datetime.min.time(), UTC)
        self._own = {kpi.id: list(self._around(kpi)) for kpi in company.kpis.values()}
        self.steps: Sequence[States] = [*self._together(), *self._diverging(), self._unknown(), self._last()]

    @property
    def values(self) -> int:
        """How many different states its KPIs are in."""
        return sum(len({repr(step[kpi]) for step in self.steps}) for kpi in self.company.kpis)

    def reading(self, states: States) -> CompanyReading:
        """Return what the exporter publishes of the company in these states."""
        as_of: dict[str, datetime | Unknown] = {kpi: state.now for kpi, state in states.items()}
        chosen = Chosen(self.company, states)
        context = {now: self._context(now) for now in {state.now for state in states.values()}}
        readings = [
            CompanyEvaluation(context[states[kpi.id].now], as_of, chosen).reading(kpi)
            for kpi in self.company.kpis.values()
        ]
        return CompanyReading(self.company, self._start, tuple(readings), ())

    def _context(self, now: datetime) -> EvaluationContext:
        recorded = {kpi.id: {Scenario.BASE: _RECORDED} for kpi in self.company.kpis.values() if kpi.recorded_plan}
        return EvaluationContext(self.company, now, Polls({}, {}), recorded)

    def _together(self) -> Iterator[States]:
        """Yield states in which every KPI goes its own way, and stays in its last state."""
        for number in range(max(map(len, self._own.values()))):
            yield {kpi: states[min(number, len(states) - 1)] for kpi, states in self._own.items()}

    def _diverging(self) -> Iterator[States]:
        """Yield all combinations of values at and beside the levels of KPIs that may diverge, or unknown."""
        for condition in (each for kpi in self.company.kpis.values() for each in kpi.thresholds.values()):
            ways = {side.kpi: _close([float(side.level)]) for side in condition.divergence}
            pairs: list[tuple[float | None, ...]] = [*product(*ways.values())] if ways else []
            pairs += [tuple(None if kpi == gone else way[0] for kpi, way in ways.items()) for gone in ways]
            for values in pairs:
                chosen = {kpi: State(self._usual, value) for kpi, value in zip(ways, values, strict=True)}
                yield {**self._last(), **chosen}

    def _unknown(self) -> States:
        return {kpi: State(self._usual) for kpi in self.company.kpis}

    def _last(self) -> States:
        return {kpi: states[-1] for kpi, states in self._own.items()}

    @property
    def _usual(self) -> datetime:
        """In the second year."""
        return self._start + 18 * MONTH

    def _around(self, kpi: Kpi) -> Iterator[State]:
        bounds = [bound for condition in kpi.thresholds.values() for bound in condition.bounds]
        for now, previous in product(self._moments(kpi, bounds), _previous(kpi, bounds)):
            context = self._context(now)
            levels = [level for stated in context.thresholds(kpi, previous).values() for level in stated]
            near = _near(kpi) if now == self._usual and previous in _previous(kpi, bounds)[-2:] else _far(kpi)
            values = near([level.limit for level in levels if not level.bound.scope.segment] or [1.0])
            yield from (State(now, value, previous) for value in values)
            quiet = next((each for each in values if _is_ok(context, kpi, each, previous)), values[0])
            for segment in dict.fromkeys(bound.scope.segment for bound in bounds if bound.scope.segment):
                own = [level.limit for level in levels if level.bound.scope.segment == segment]
                for value in near(own or [1.0]):
                    beside = {"one": value - FAR, "another": value + FAR}
                    yield State(now, quiet, previous, {segment: value, **beside})

    def _moments(self, kpi: Kpi, bounds: Sequence[Bound]) -> Sequence[datetime]:
        """Before the launch where a plan or a year counts from it, in each stretch that is named, and after it."""
        if not kpi.plans and not kpi.segment_plans and not any(bound.scope.stretch for bound in bounds):
            return [self._usual]
        stretches = {bound.scope.stretch for bound in bounds if bound.scope.stretch}
        every = [self._start + months * MONTH for months in (-1, 3, 9, 18, 30)]
        return [now for now in every if now < self._start or now == self._usual or self._within(stretches, now)]

    def _within(self, stretches: Iterable[Applicability], now: datetime) -> bool:
        timeline = self.company.timeline
        return any(each.include(timeline.year(now)) or each.include(timeline.phase(now)) for each in stretches)


def every_sweep(folder: Path) -> Sequence[Sweep]:
    """Return the sweeps of the companies that ship, and of one with every form of threshold but `hold`."""
    kpis = {id_: {key: text for key, text in kpi.items() if key != "hold"} for id_, kpi in KPIS.items()}
    every = load(write(folder, "acme", kpis))
    return [Sweep(company) for company in (every, *load_all([shipped_file(name) for name in shipped()]).values())]


def _previous(kpi: Kpi, bounds: Sequence[Bound]) -> Sequence[float | None]:
    """Return previous values for a change: unknown, zero, less than zero, and a usual value."""
    if not any(bound.change for bound in bounds):
        return [None]
    usual = 0.5 if kpi.unit.is_ratio else 3600.0
    return [None, 0.0, -usual, usual]


def _close(limits: Sequence[float]) -> Sequence[float]:
    """Return each limit, and the next number on either side of it."""
    return sorted({math.nextafter(limit, towards) for limit in limits for towards in (-math.inf, limit, math.inf)})


def _far(kpi: Kpi) -> Around:
    """Far below and far above all limits."""

    def far(limits: Sequence[float]) -> Sequence[float]:
        least, most = Decimal(repr(min(limits))), Decimal(repr(max(limits)))
        step = style(kpi.unit).step
        return [float(least - FAR * step(least)), float(most + FAR * step(most))]

    return far


def _near(kpi: Kpi) -> Around:
    """Return the values next to each limit, the next visible numbers, and values far from it."""

    def near(limits: Sequence[float]) -> Sequence[float]:
        exact = [Decimal(repr(limit)) for limit in limits]
        visible = {float(limit + by * style(kpi.unit).step(limit)) for limit in exact for by in (-1, 1)}
        return sorted({*_close(limits), *visible, *_far(kpi)(limits)})

    return near


def _is_ok(context: EvaluationContext, kpi: Kpi, value: float, previous: float | None) -> bool:
    thresholds = context.thresholds(kpi, previous).values()
    return not any(level.holds(value, {}) for levels in thresholds for level in levels)
