"""The catalogue as the program uses it: everything parsed, resolved and known to fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from exporter import conventions
from exporter.calendar.windows import Calendar, Window
from exporter.catalogue.alert_routing import Alerting
from exporter.catalogue.language.benchmarks import Benchmark
from exporter.catalogue.language.classes import Class
from exporter.catalogue.language.formula import Formula, Name, Test, time_degree
from exporter.catalogue.language.objectives import KeyResult
from exporter.catalogue.language.plans import Plan, Scenario, Timeline
from exporter.catalogue.language.shocks import Shocks
from exporter.catalogue.language.thresholds import Condition
from exporter.catalogue.reading.foreign_amounts import ForeignAmount
from exporter.catalogue.schema.company import Cadence, Early, Notify
from exporter.catalogue.schema.history import RetentionPolicy
from exporter.measures.model import Measure, Nature
from exporter.quantities.units import Dimension, Unit
from exporter.records.database_schema import ANSWERS
from exporter.revenue.definition import TABLES, LedgerDefinition
from exporter.revenue.parameters import LedgerParameters
from exporter.revenue.policy import RevenuePolicy
from exporter.sources.interface import Options
from exporter.sources.rotation import SecretFiles


@dataclass(frozen=True)
class Kpi:
    """One KPI.

    `plans` is empty without a plan, and when `recorded_plan` says that its points are rows of the table `plans`.
    `hold` is the minutes that a value must have stayed beyond a threshold before an alert fires. `segments` is the
    breakdown whose labels conditions name; `segment_plans` are base plans by its labels. `accumulates` says that its
    value can only grow within its period.
    """

    id: str
    title: str
    area: str
    definition: str
    unit: Unit
    dimension: Dimension
    window: Window
    formula: Formula
    by: tuple[str, ...]
    undefined_when: tuple[tuple[Test, str], ...]
    target: Condition | None
    warning: Condition | None
    critical: Condition | None
    plans: Mapping[Scenario, Plan]
    recorded_plan: bool
    action: str | None
    note: str | None
    owner: str | None
    notify: Notify
    cadence: Cadence
    measured_from: str | None
    segments: str | None = None
    segment_plans: Mapping[str, Plan] = field(default_factory=dict)
    classes: tuple[Class, ...] = ()
    benchmarks: tuple[Benchmark, ...] = ()
    objectives: tuple[KeyResult, ...] = ()
    hold: int | None = None
    accumulates: bool = False
    early: Early = Early.DIGEST
    short: str | None = None

    @property
    def short_title(self) -> str:
        """What to call it where there is little room, such as on a wall."""
        return self.short or self.title

    @cached_property
    def thresholds(self) -> Mapping[str, Condition]:
        """The thresholds it has, by severity."""
        named = {"warning": self.warning, "critical": self.critical}
        return {severity: condition for severity, condition in named.items() if condition is not None}

    @cached_property
    def divergence_kpis(self) -> tuple[str, ...]:
        """The KPIs that its thresholds compare with each other."""
        named = [side.kpi for condition in self.thresholds.values() for side in condition.divergence]
        return tuple(dict.fromkeys(named))

    def metric(self, dimension: str | None = None) -> str:
        """Return the name of its headline series, or of its breakdown by a dimension."""
        return conventions.metric(self.id, self.unit.suffix, dimension)

    def terms(self) -> Iterator[tuple[Name, bool]]:
        """Yield every name in its formula and conditions, and whether its value of the previous period is meant."""
        yield from self.formula.terms()
        for test, _ in self.undefined_when:
            yield from test.left.terms()

    def names(self) -> Iterator[Name]:
        """Yield every name in its formula and conditions."""
        return (name for name, _ in self.terms())


@dataclass(frozen=True)
class CompanyLinks:
    """The addresses that alerts and pages link to, without a slash at the end."""

    runbooks: str
    dashboards: str


@dataclass(frozen=True)
class Company:
    """One company's catalogue. `kpis` and `measures` are by id and name; `sources` are options by source name.

    `secrets` are the files that sources take values from, by source name. `scenarios` are the shocks of each what-if
    case, by its name. `file` is the file that was loaded. `left_out` are the targets, thresholds and plans that an
    extended file states in its own currency, which is not the company's.
    """

    name: str
    title: str
    currency: str
    calendar: Calendar
    launch: date | None
    phases: Mapping[int, int]
    links: CompanyLinks
    measures: Mapping[str, Measure]
    kpis: Mapping[str, Kpi]
    sources: Mapping[str, Options]
    secrets: Mapping[str, SecretFiles] = field(default_factory=dict)
    scenarios: Mapping[str, Shocks] = field(default_factory=dict)
    alerting: Alerting = field(default_factory=Alerting)
    revenue_policy: RevenuePolicy = field(default_factory=RevenuePolicy)
    history: RetentionPolicy = field(default_factory=RetentionPolicy)
    file: Path = Path()
    left_out: tuple[ForeignAmount, ...] = ()

    @cached_property
    def timeline(self) -> Timeline:
        """The launch and the phases, by which plans count."""
        return Timeline(self.calendar, self.launch, self.phases)

    @property
    def timezone(self) -> str:
        """The name of the IANA time zone."""
        return self.calendar.zone.key

    @cached_property
    def ledger(self) -> LedgerDefinition:
        """The company's revenue ledger: its parameters, and the sources whose rows count."""
        terms = LedgerParameters(self.revenue_policy, self.currency, self.timezone)
        return LedgerDefinition(self.name, terms, {table: self.fillers(table) for table in TABLES})

    def kpi_url(self, kpi: str) -> str:
        """Return the address of the board of one KPI, by its id."""
        return conventions.kpi_url(self.links.dashboards, self.name, kpi)

    def health_url(self, key: str) -> str:
        """Return the address of a panel of the board about sources and exporter, by the panel's key."""
        return conventions.health_url(self.links.dashboards, self.name, key)

    def runbook_url(self, alert: str) -> str:
        """Return the address of an alert's runbook, by the alert's name."""
        return conventions.runbook_url(self.links.runbooks, alert)

    def areas(self) -> Mapping[str, list[Kpi]]:
        """Group the KPIs by area, both in the order of the catalogue."""
        grouped: dict[str, list[Kpi]] = {}
        for kpi in self.kpis.values():
            grouped.setdefault(kpi.area, []).append(kpi)
        return grouped

    def fillers(self, table: str) -> tuple[str, ...]:
        """Return the names of the sources that fill a record table."""
        return tuple(name for name, filled in self._filled.items() if table in filled)

    @cached_property
    def _filled(self) -> Mapping[str, frozenset[str]]:
        """The tables that each source fills; cached, since a history asks at each of its instants."""
        return {name: frozenset(options.record_tables()) for name, options in self.sources.items()}

    def inputs(self, kpi: Kpi) -> Mapping[str, Measure]:
        """Return the measures that a KPI uses, directly or through other KPIs, by name."""
        if kpi.id not in self._inputs:
            self._inputs[kpi.id] = self._inputs_of(kpi)
        return self._inputs[kpi.id]

    @cached_property
    def _inputs(self) -> dict[str, Mapping[str, Measure]]:
        return {}

    def _inputs_of(self, kpi: Kpi) -> Mapping[str, Measure]:
        measures: dict[str, Measure] = {}
        for name in kpi.names():
            if name.name in self.measures:
                measures[name.name] = self.measures[name.name]
            elif name.name in self.kpis:
                measures.update(self.inputs(self.kpis[name.name]))
        return measures

    def terms(self, kpi: Kpi) -> tuple[str, ...]:
        """Return the ids of the other KPIs that a KPI's formula and conditions name."""
        named = dict.fromkeys(name.name for name in kpi.names())
        return tuple(name for name in named if name in self.kpis and name != kpi.id)

    def adds_up(self, kpi: Kpi) -> bool:
        """Return whether the parts of a calendar period add up to the KPI's value: counts and amounts, not ratios."""
        return self._time_degree(kpi) == 1

    def nature(self, kpi: Kpi) -> Nature:
        """Return `STOCK` for a KPI that needs amounts at instants only, and otherwise `FLOW`: it is of a period."""
        stocks = all(measure.nature is Nature.STOCK for measure in self.inputs(kpi).values())
        return Nature.STOCK if stocks else Nature.FLOW

    def _time_degree(self, kpi: Kpi) -> int | None:
        if kpi.window.kind != "calendar":
            return 0
        return time_degree(kpi.formula.tree, self._term_degree)

    def _term_degree(self, name: Name) -> int | None:
        if (measure := self.measures.get(name.name)) is not None:
            return int(measure.nature is Nature.FLOW)
        return self._time_degree(self.kpis[name.name])

    def connected(self, kpi: Kpi) -> bool:
        """Return whether every record table that a KPI requires has a source; one without inputs requires none."""
        return not self.missing(kpi)

    def missing(self, kpi: Kpi) -> tuple[str, ...]:
        """Return the record tables that a KPI requires and that no source fills, in alphabetical order.

        A catalogue without any source is a template: nothing is missing from it.
        """
        return self.unfilled(kpi) if self.sources else ()

    def unfilled(self, kpi: Kpi) -> tuple[str, ...]:
        """Return what `missing` does; of a template, all record tables that a KPI requires."""
        return self._unfilled[kpi.id]

    @cached_property
    def _unfilled(self) -> Mapping[str, tuple[str, ...]]:
        return {id_: tuple(sorted(self._unfilled_tables(kpi))) for id_, kpi in self.kpis.items()}

    def _unfilled_tables(self, kpi: Kpi) -> set[str]:
        required = {table for measure in self.inputs(kpi).values() for table in measure.tables}
        return {table for table in required if not self.fillers(table)}

    def sources_of(self, kpi: Kpi) -> tuple[str, ...]:
        """Return the sources behind a KPI, in alphabetical order."""
        return self._sources_of[kpi.id]

    @cached_property
    def _sources_of(self) -> Mapping[str, tuple[str, ...]]:
        return {
            kpi.id: tuple(sorted({s for each in self.inputs(kpi).values() for s in self.sources_behind(each)}))
            for kpi in self.kpis.values()
        }

    def rests_on(self, kpi: Kpi, source: str, table: str) -> bool:
        """Return true if a source's rows of a record table, or with `answers` its direct measures, are behind a KPI."""
        return (source, table) in self._tables_of[kpi.id]

    def resting_on(self, source: str, table: str) -> tuple[str, ...]:
        """Return the ids of the connected KPIs that use a source's rows of a table, in the order of the catalogue."""
        using = (kpi for kpi in self.kpis.values() if self.rests_on(kpi, source, table))
        return tuple(kpi.id for kpi in using if self.connected(kpi))

    def tables_of(self, kpi: Kpi, source: str) -> frozenset[str]:
        """Return the record tables behind a KPI that a source fills."""
        return frozenset(table for each, table in self._tables_of[kpi.id] if each == source and table != ANSWERS)

    def origins(self, kpi: Kpi) -> frozenset[tuple[str, str]]:
        """Return the sources and tables behind a KPI; the table of direct measures is `answers`."""
        return self._tables_of[kpi.id]

    @cached_property
    def _tables_of(self) -> Mapping[str, frozenset[tuple[str, str]]]:
        """The tables behind each KPI, paired with a source that fills them."""
        return {
            kpi.id: frozenset(pair for each in self.inputs(kpi).values() for pair in self._tables_behind(each))
            for kpi in self.kpis.values()
        }

    def _tables_behind(self, measure: Measure) -> Iterator[tuple[str, str]]:
        if measure.source is not None:
            yield measure.source, ANSWERS
        for table in measure.tables | measure.lookups:
            yield from ((source, table) for source in self.fillers(table))

    def sources_behind(self, measure: Measure) -> frozenset[str]:
        """Return the sources that answer a measure, or that fill the tables it reads."""
        if measure.source is not None:
            return frozenset({measure.source})
        return frozenset(source for table in measure.tables | measure.lookups for source in self.fillers(table))
