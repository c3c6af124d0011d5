"""From readings to metric families: every series that says something about a KPI or a source."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric

from exporter import conventions as names
from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.model import Company, Kpi
from exporter.kpis.reading import CompanyReading, Reading, SourceReading
from exporter.measures.totals import MOST
from exporter.series.help_text import breakdown_help, headline_help

Labels = Mapping[str, str]

FIXED: Mapping[str, str] = {
    names.TARGET: "What the company aims for, in the KPI's unit.",
    names.THRESHOLD: "Where a KPI becomes a warning or critical, in the KPI's unit.",
    names.THRESHOLD_IN_FORCE: "1 while a threshold of some years, phases or a plan is in force, 0 before and after.",
    names.PLAN: "What the plan says the KPI should be now, in the KPI's unit.",
    names.PREVIOUS: "The KPI one period before, in the KPI's unit.",
    names.ATTAINMENT: "The KPI as a share of what its base plan says it should be now, where that is above 0.",
    names.CLASS: "1 for the class that the KPI's value belongs to, 0 for the others; absent when unknown.",
    names.BENCHMARK: "What others reach, in the KPI's unit.",
    names.OBJECTIVE: "What the KPI should reach by the end of a quarter, as a key result, in the KPI's unit.",
    names.SCENARIO: "What the KPI would be in a scenario of the catalogue, in the KPI's unit.",
    names.STATUS: "0 in order, 1 warning, 2 critical; absent when unknown.",
    names.DATA_TIMESTAMP: "When the oldest of the data behind the KPI was read.",
    names.STALE_AFTER: "Age at which the data behind the KPI is to be called stale.",
    names.UNKNOWN: "1 for a KPI that has no value, with the reason.",
    names.WITHHELD: f"1 for a breakdown that is not published, as it has more than {MOST:,} labels.",
    names.SOURCE_UP: "1 if the last poll of the source succeeded, 0 if not; absent until it was tried.",
    names.SOURCE_LAST_SUCCESS: "When the source was last read successfully.",
    names.SOURCE_LAST_ATTEMPT: "When the source was last tried.",
    names.SOURCE_REJECTED: "Rows of the source that were rejected and count nowhere, per record table.",
    names.SOURCE_REJECTED_REASON: "1 for why the first of the rejected rows is bad, without what is in it.",
    names.SOURCE_HELD_BACK: "Rows missing from what the source gives, for which the table stays as it was; else 0.",
    names.AFFECTED: "1 for a KPI that rests on a table that is held back, or of which rows were rejected.",
}
"""HELP of the families that are there whatever the catalogue says."""

INFOS: Mapping[str, str] = {
    names.INFO: "One per KPI of the catalogue, known or not.",
    names.REVENUE_POLICY: "What counts as recurring revenue at the company, where companies differ.",
}
"""HELP of the families whose labels say it all."""


_VALUE = re.compile(r'".*"')
"""In a reason, the value that is bad: it is for people who may see the rows."""


class Families:
    """Families by name, so that companies share them; values in the order of the catalogue come first."""

    def __init__(self) -> None:
        self._gauges: dict[str, GaugeMetricFamily] = {}
        self._infos = {name: InfoMetricFamily(name.removesuffix("_info"), text) for name, text in INFOS.items()}
        self._helps: dict[str, dict[str, list[str]]] = {}

    def gauge(self, name: str, labels: Labels, value: float | None, help_text: str, suffix: str = "") -> None:
        """Add a sample; None and what is not finite is unknown and gives none.

        `suffix` is the unit at the end of the name. Where companies explain a family differently, HELP says
        who says what.
        """
        if value is None or not math.isfinite(value):
            return
        if name not in self._gauges:
            self._gauges[name] = GaugeMetricFamily(name, "", unit=suffix.removeprefix("_"))
            self._helps[name] = {}
        companies = self._helps[name].setdefault(help_text, [])
        if labels["company"] not in companies:
            companies.append(labels["company"])
        self._gauges[name].add_sample(name, dict(labels), value)

    def fixed(self, name: str, labels: Labels, value: float | None) -> None:
        self.gauge(name, labels, value, FIXED[name], "_seconds" if name.endswith("_seconds") else "")

    def info(self, name: str, labels: Labels) -> None:
        self._infos[name].add_sample(name, dict(labels), 1)

    def finished(self) -> Iterable[Metric]:
        yield from (family for family in self._infos.values() if family.samples)
        for name in sorted(self._gauges, key=lambda name: name in FIXED):
            self._gauges[name].documentation = _joined(self._helps[name])
            yield self._gauges[name]


def _joined(helps: Mapping[str, Sequence[str]]) -> str:
    if len(helps) == 1:
        return next(iter(helps))
    return " ".join(f"{', '.join(companies)}: {text}" for text, companies in helps.items())


def reading_families(companies: Iterable[CompanyReading]) -> Iterable[Metric]:
    """Every family about the KPIs and sources of these companies; one family per name."""
    families = Families()
    for reading in companies:
        company = reading.company
        families.info(names.REVENUE_POLICY, {"company": company.name, **company.revenue_policy.switches()})
        for kpi_reading in reading.kpis:
            _add_kpi(families, reading.company, kpi_reading)
        for source in reading.sources:
            _add_source(families, reading.company, source)
    return families.finished()


def _add_kpi(families: Families, company: Company, reading: Reading) -> None:
    kpi = reading.kpi
    only_company = {"company": company.name}
    about = {**only_company, "kpi": kpi.id}
    suffix = kpi.unit.suffix
    families.info(names.INFO, {**about, **_facts(kpi)})
    families.gauge(kpi.metric(), only_company, reading.value, headline_help(company, kpi), suffix)
    for dimension, parts in reading.breakdowns.items():
        help_text = breakdown_help(company, kpi, dimension)
        for label, value in parts.items():
            labels = {**only_company, dimension: label}
            families.gauge(kpi.metric(dimension), labels, value, help_text, suffix)
    for level in reading.target:
        families.fixed(names.TARGET, {**about, **level.bound.labels}, level.limit)
    for severity, levels in reading.thresholds.items():
        for level in levels:
            labels = {**about, "severity": severity, **level.bound.labels}
            families.fixed(names.THRESHOLD, labels, level.limit)
    _add_in_force(families, about, reading)
    _add_plans(families, about, reading)
    _add_comparisons(families, about, reading)
    families.fixed(names.PREVIOUS, about, reading.previous)
    families.fixed(names.STATUS, about, reading.status)
    families.fixed(names.DATA_TIMESTAMP, about, _unix(reading.as_of))
    families.fixed(names.STALE_AFTER, about, reading.stale_after)
    if reading.unknown is not None:
        families.fixed(names.UNKNOWN, {**about, "reason": reading.unknown.reason.value}, 1)
    for dimension in reading.withheld:
        families.fixed(names.WITHHELD, {**about, "dimension": dimension}, 1)


def _facts(kpi: Kpi) -> Labels:
    return {
        "title": kpi.title,
        "area": kpi.area,
        "unit": kpi.unit.text,
        "window": kpi.window.text,
        "cadence": kpi.cadence.value,
    }


def _add_in_force(families: Families, about: Labels, reading: Reading) -> None:
    """One series for all stretches of a threshold, as they share the series of its limit."""
    for severity, bounds in reading.in_force.items():
        by_labels: dict[frozenset[tuple[str, str]], bool] = {}
        for bound, holds in bounds.items():
            labels = frozenset(bound.labels.items())
            by_labels[labels] = by_labels.get(labels, False) or holds
        for labels, holds in by_labels.items():
            families.fixed(names.THRESHOLD_IN_FORCE, {**about, "severity": severity, **dict(labels)}, holds)


def _add_plans(families: Families, about: Labels, reading: Reading) -> None:
    for scenario, planned in reading.plan.items():
        families.fixed(names.PLAN, {**about, "scenario": scenario.value}, planned)
    for segment, planned in reading.segment_plan.items():
        families.fixed(names.PLAN, {**about, "scenario": Scenario.BASE.value, "segment": segment}, planned)
    families.fixed(names.ATTAINMENT, about, reading.attainment)


def _add_comparisons(families: Families, about: Labels, reading: Reading) -> None:
    """What the value is beside classes, others' figures, key results and scenarios."""
    for name, holds in reading.classes.items():
        families.fixed(names.CLASS, {**about, "class": name}, holds)
    for benchmark in reading.kpi.benchmarks:
        for side, figure in benchmark.figures.items():
            bound = {"bound": side} if side else {}
            families.fixed(names.BENCHMARK, {**about, "name": benchmark.name, **bound}, float(figure))
    for result in reading.kpi.objectives:
        labels = {**about, "quarter": result.quarter, "key_result": result.name}
        families.fixed(names.OBJECTIVE, labels, result.bound.limit(plan=None))
    for scenario, value in reading.scenarios.items():
        families.fixed(names.SCENARIO, {**about, "scenario": scenario}, value)


def _add_source(families: Families, company: Company, source: SourceReading) -> None:
    about = {"company": company.name, "source": source.name}
    families.fixed(names.SOURCE_UP, about, source.up)
    families.fixed(names.SOURCE_LAST_SUCCESS, about, _unix(source.last_success))
    families.fixed(names.SOURCE_LAST_ATTEMPT, about, _unix(source.last_attempt))
    for table in sorted({*source.rows, *source.rejected, *source.held}):
        of_table = {**about, "table": table}
        rejected, held = source.rejected.get(table, 0), source.held.get(table)
        families.fixed(names.SOURCE_REJECTED, of_table, rejected)
        families.fixed(names.SOURCE_HELD_BACK, of_table, held.missing if held else 0)
        if reason := source.reasons.get(table):
            families.fixed(names.SOURCE_REJECTED_REASON, {**of_table, "reason": _VALUE.sub("...", reason)}, 1)
        for kpi in company.resting_on(source.name, table) if rejected or held else ():
            families.fixed(names.AFFECTED, {**of_table, "kpi": kpi}, 1)


def _unix(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
