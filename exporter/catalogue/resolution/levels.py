"""Resolves what a KPI is compared with: targets, thresholds, plans, classes, benchmarks and objectives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from exporter.catalogue.language import benchmarks, classes, objectives, plans, thresholds
from exporter.catalogue.language.benchmarks import PEERS, Benchmark
from exporter.catalogue.language.classes import Class
from exporter.catalogue.language.objectives import KeyResult
from exporter.catalogue.language.plans import DueDate, Plan, PlanName, Scenario
from exporter.catalogue.language.scopes import ScopeKind
from exporter.catalogue.language.thresholds import Bound, Condition
from exporter.catalogue.reading.inheritance import MergedCatalogue
from exporter.catalogue.resolution.amount_units import unit_at
from exporter.catalogue.schema.company import CompanyDocument, Direction, KpiDocument
from exporter.mistakes import Keys, did_you_mean
from exporter.quantities import units
from exporter.quantities.units import Unit

RECORDED_PLAN = "per phase"


@dataclass(frozen=True)
class Levels:
    """Everything that a KPI is compared with; `conditions` are by their key in the catalogue."""

    conditions: Mapping[str, Condition] = field(default_factory=dict)
    plans: Mapping[Scenario, Plan] = field(default_factory=dict)
    segments: str | None = None
    segment_plans: Mapping[str, Plan] = field(default_factory=dict)
    classes: tuple[Class, ...] = ()
    benchmarks: tuple[Benchmark, ...] = ()
    objectives: tuple[KeyResult, ...] = ()
    hold: int | None = None


def resolve(id_: str, kpi: KpiDocument, unit: Unit, company: CompanyDocument, merged: MergedCatalogue) -> Levels:
    """Resolve the levels of one KPI; mistakes are noted."""
    return _LevelResolver(("kpis", id_), kpi, unit, company, merged).levels()


@dataclass(frozen=True)
class _LevelResolver:
    path: Keys
    kpi: KpiDocument
    unit: Unit
    company: CompanyDocument
    merged: MergedCatalogue

    def levels(self) -> Levels:
        segments = self._segments()
        by_scenario = self._plans()
        segment_plans = dict(self._segment_plans())
        return Levels(
            conditions=self._conditions(segments, segment_plans),
            plans=by_scenario,
            segments=segments,
            segment_plans=segment_plans,
            classes=self._classes(),
            benchmarks=tuple(self._benchmarks()),
            objectives=self._objectives(),
            hold=self._hold(),
        )

    def _segments(self) -> str | None:
        planned = list(self.kpi.plan_by)
        named = self.kpi.segments or next(iter(planned), None)
        if named is not None and named not in self.kpi.by:
            where = (*self.path, "segments" if self.kpi.segments else "plan_by")
            self.merged.problem(where, f"{named!r} is not in `by`{did_you_mean(named, self.kpi.by)}")
        for other in planned:
            if other != named:
                self.merged.problem((*self.path, "plan_by", other), f"its segments are those of {named!r}", at_key=True)
        return named

    def _hold(self) -> int | None:
        text, where = self.kpi.hold, (*self.path, "hold")
        if text is None:
            return None
        if self.kpi.warning is None and self.kpi.critical is None:
            self.merged.problem(where, "there is no threshold for this to hold; add `warning` or `critical`")
        return self.merged.parsed_or_noted(where, lambda: thresholds.parse_hold(text))

    def _conditions(self, segments: str | None, segment_plans: Mapping[str, Plan]) -> Mapping[str, Condition]:
        conditions: dict[str, Condition] = {}
        for key in ("target", "warning", "critical"):
            text: str | None = getattr(self.kpi, key)
            where = (*self.path, key)
            read = self._reader(where, text or "", target=key == "target", segmented=segments is not None)
            condition = self.merged.parsed_or_noted(where, read) if text is not None else None
            if condition is not None and not self._rests_on_foreign_plan(condition):
                conditions[key] = self._over_planned_segments(condition, segment_plans)
                self._check_plans(where, conditions[key], segment_plans)
                self._check_stretches(where, condition)
        if "warning" in conditions and "critical" in conditions:
            where = self.merged.topmost((*self.path, "critical"), (*self.path, "warning"))
            self.merged.parsed_or_noted(
                where, lambda: thresholds.check_order(conditions["warning"], conditions["critical"])
            )
        return conditions

    def _rests_on_foreign_plan(self, condition: Condition) -> bool:
        """Return true if the plan that a condition refers to is in another currency, and so is not the company's."""
        foreign = {path[len(self.path) :] for path in self.merged.foreign if path[: len(self.path)] == self.path}
        headline = foreign & {("plan",), ("plan", PlanName.BASE.value)}
        labels = {path[2] for path in foreign if path[0] == "plan_by"}
        return any(
            bound.share is not None and (bound.scope.segment in labels if bound.scope.segment else headline or labels)
            for bound in condition.bounds
        )

    def _reader(self, where: Keys, text: str, *, target: bool, segmented: bool) -> Callable[[], Condition]:
        lower = self.kpi.better is Direction.LOWER
        return lambda: thresholds.parse(
            text,
            self._unit_at(where),
            target=target,
            lower=lower,
            segmented=segmented,
            unit_of=lambda name: unit_at(where, self._unit_of(name), self.company.currency, self.merged),
        )

    def _unit_at(self, where: Keys) -> Unit:
        return unit_at(where, self.unit, self.company.currency, self.merged)

    def _unit_of(self, name: str) -> Unit:
        other = self.company.kpis.get(name)
        if other is None:
            raise ValueError(f"there is no KPI {name!r}{did_you_mean(name, self.company.kpis)}")
        return units.parse(other.unit, self.company.currency)

    def _over_planned_segments(self, condition: Condition, segment_plans: Mapping[str, Plan]) -> Condition:
        """Copy each bound that refers to the plan to every planned segment, if only segments have plans."""
        if self.kpi.plan is not None or not segment_plans:
            return condition

        def spread(bound: Bound) -> Iterator[Bound]:
            if bound.share is None or bound.scope.segment:
                yield bound
                return
            for segment in segment_plans:
                yield replace(bound, scope=replace(bound.scope, segment=segment))

        return replace(condition, bounds=tuple(each for bound in condition.bounds for each in spread(bound)))

    def _check_plans(self, where: Keys, condition: Condition, segment_plans: Mapping[str, Plan]) -> None:
        for bound in condition.bounds:
            segment = bound.scope.segment
            if bound.share is None:
                continue
            if segment and segment not in segment_plans:
                self.merged.problem(where, f"there is no plan of {segment} for this to refer to; add it to `plan_by`")
            elif not segment and self.kpi.plan is None:
                self.merged.problem(where, "there is no plan for this to refer to; add `plan`")
            elif not segment and isinstance(self.kpi.plan, dict) and PlanName.BASE not in self.kpi.plan:
                self.merged.problem(where, "there is no `base` plan for this to refer to")

    def _check_stretches(self, where: Keys, condition: Condition) -> None:
        for bound in condition.bounds:
            stretch = bound.scope.stretch
            if stretch is not None and stretch.kind is ScopeKind.PHASE and stretch.first not in self.company.phases:
                self.merged.problem(where, f"phase {stretch.first} has no start in `phases`")
            elif stretch is not None and self.company.launch is None:
                message = f"{stretch.kind}s count from the launch; add `launch: 2026-01-01`"
                self.merged.problem(where, message)

    def _plans(self) -> Mapping[Scenario, Plan]:
        written = self.kpi.plan
        if written is None or written == RECORDED_PLAN:
            return {}
        if not isinstance(written, dict):
            plan = self._plan((*self.path, "plan"), written)
            return {} if plan is None else {Scenario.BASE: plan}
        by_scenario: dict[Scenario, Plan] = {}
        for name, text in written.items():
            where: Keys = (*self.path, "plan", name.value)
            if name is PlanName.RANGE:
                by_scenario |= (
                    self.merged.parsed_or_noted(where, partial(plans.parse_range, text, self._unit_at(where))) or {}
                )
            elif plan := self._plan(where, text):
                by_scenario[Scenario(name.value)] = plan
        return by_scenario

    def _segment_plans(self) -> Iterator[tuple[str, Plan]]:
        for dimension, texts in self.kpi.plan_by.items():
            for label, text in texts.items():
                if plan := self._plan((*self.path, "plan_by", dimension, label), text):
                    yield label, plan

    def _plan(self, where: Keys, text: str) -> Plan | None:
        plan = self.merged.parsed_or_noted(where, lambda: plans.parse(text, self._unit_at(where), self.kpi.plan_shape))
        for due, _ in plan.points if plan else ():
            self._check_phase(where, due)
            if due.on is None and self.company.launch is None:
                self.merged.problem(where, f"{due.text} counts from the launch; add `launch: 2026-01-01`")
                break
        return plan

    def _check_phase(self, where: Keys, due: DueDate) -> None:
        if due.phase is not None and due.phase not in self.company.phases:
            self.merged.problem(where, f"phase {due.phase} has no start in `phases`")

    def _classes(self) -> tuple[Class, ...]:
        where: Keys = (*self.path, "classes")
        read = [
            self.merged.parsed_or_noted(
                (*where, name), partial(classes.parse, name, text, self._unit_at((*where, name)))
            )
            for name, text in self.kpi.classes.items()
        ]
        parsed = tuple(each for each in read if each is not None)
        self.merged.parsed_or_noted(where, lambda: classes.check_apart(parsed))
        return parsed

    def _benchmarks(self) -> Iterator[Benchmark]:
        written = self.kpi.benchmark
        where: Keys = (*self.path, "benchmark")
        named = written if isinstance(written, dict) else {PEERS: written} if written is not None else {}
        for name, text in named.items():
            path = (*where, name) if isinstance(written, dict) else where
            benchmark = self.merged.parsed_or_noted(path, partial(benchmarks.parse, name, text, self._unit_at(path)))
            if benchmark is not None:
                yield benchmark

    def _objectives(self) -> tuple[KeyResult, ...]:
        where: Keys = (*self.path, "objectives")
        lower = self.kpi.better is Direction.LOWER
        results: list[KeyResult] = []
        for index, each in enumerate(self.kpi.objectives):
            named = (each.quarter, each.objective, each.key_result)
            path = (*where, index, "target")
            read = self.merged.parsed_or_noted(
                path, partial(objectives.parse, *named, each.target, self._unit_at(path), lower=lower)
            )
            results += [read] if read is not None else []
        self.merged.parsed_or_noted(where, lambda: objectives.check_once(results))
        return tuple(results)
