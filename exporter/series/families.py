"""Metric families of readings: every series about a KPI or a source."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TypeGuard

from prometheus_client.metrics_core import Metric

from exporter import conventions as names
from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.language.thresholds import with_unit
from exporter.catalogue.model import Company, Kpi
from exporter.fixed_series import FIXED_SERIES, FixedSeries
from exporter.kpis.display_status import display_status
from exporter.kpis.reading import CompanyReading, Reading, SourceReading
from exporter.series.help_text import breakdown_help, headline_help

Labels = Mapping[str, str]

_VALUE = re.compile(r'".*"')
"""The bad value in a reason, which only people who may see the rows should read."""


def empty_family(series: FixedSeries) -> Metric:
    """Return the metric family of a fixed series, still without samples."""
    return Metric(series.family, series.help, series.type, series.unit)


class Families:
    """Collects samples into metric families by name, so that companies share a family."""

    def __init__(self) -> None:
        self._fixed: dict[str, Metric] = {}
        self._kpis: dict[str, Metric] = {}
        self._help: dict[str, dict[str, list[str]]] = {}

    def add_kpi(self, name: str, labels: Labels, value: float | None, help_text: str, unit_suffix: str) -> None:
        """Add a sample of a KPI's own series, unless the value is unknown (None) or not finite.

        `unit_suffix` is the unit at the end of the name. Where companies explain a family differently, HELP names
        the companies before each text.
        """
        if not _is_finite(value):
            return
        if name not in self._kpis:
            self._kpis[name] = Metric(name, "", "gauge", unit_suffix.removeprefix("_"))
            self._help[name] = {}
        companies = self._help[name].setdefault(help_text, [])
        if labels["company"] not in companies:
            companies.append(labels["company"])
        self._kpis[name].add_sample(name, dict(labels), value)

    def add_fixed(self, name: str, labels: Labels, value: float | None) -> None:
        """Add a sample of a fixed series, unless the value is unknown (None) or not finite."""
        if not _is_finite(value):
            return
        if name not in self._fixed:
            self._fixed[name] = empty_family(FIXED_SERIES[name])
        self._fixed[name].add_sample(name, dict(labels), value)

    def families(self) -> Iterator[Metric]:
        """Yield facts in the order of the table, KPIs in the order of the catalogue, then the other fixed series."""
        infos = [name for name, series in FIXED_SERIES.items() if series.type == "info" and name in self._fixed]
        yield from (self._fixed[name] for name in infos)
        for name, family in self._kpis.items():
            family.documentation = _joined(self._help[name])
            yield family
        yield from (family for name, family in self._fixed.items() if name not in infos)


def _is_finite(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _joined(helps: Mapping[str, Sequence[str]]) -> str:
    if len(helps) == 1:
        return next(iter(helps))
    return " ".join(f"{', '.join(companies)}: {text}" for text, companies in helps.items())


def reading_families(companies: Sequence[CompanyReading]) -> Iterator[Metric]:
    """Yield the metric families of the KPIs and sources of these companies; one family per name."""
    yield from value_families(companies)
    yield from age_families(companies)


def value_families(companies: Iterable[CompanyReading]) -> Iterator[Metric]:
    """Yield the families of what KPIs have as long as the bases of the readings are the same."""
    families = Families()
    for reading in companies:
        company = reading.company
        families.add_fixed(names.REVENUE_POLICY, {"company": company.name, **company.revenue_policy.switches()}, 1)
        for kpi_reading in reading.kpis:
            _add_kpi(families, reading.company, kpi_reading)
    return families.families()


def age_families(companies: Iterable[CompanyReading]) -> Iterator[Metric]:
    """Yield the families of what each poll moves on: the ages of KPIs, and the sources."""
    families = Families()
    for reading in companies:
        for each in reading.kpis:
            about = {"company": reading.company.name, "kpi": each.kpi.id}
            if each.connected:
                families.add_fixed(names.DATA_TIMESTAMP, about, _unix(each.as_of))
                families.add_fixed(names.STALE_AFTER, about, each.stale_after)
        for source in reading.sources:
            _add_source(families, reading.company, source)
    return families.families()


def _add_kpi(families: Families, company: Company, reading: Reading) -> None:
    kpi = reading.kpi
    only_company = {"company": company.name}
    about = {**only_company, "kpi": kpi.id}
    suffix = kpi.unit.suffix
    connected = {} if reading.connected else {"connected": "false"}
    families.add_fixed(names.INFO, {**about, **_facts(kpi), **connected}, 1)
    if not reading.connected:
        return
    for term in company.terms(kpi):
        families.add_fixed(names.TERM, {**about, "term": term}, 1)
    for source in reading.sources:
        families.add_fixed(names.INPUT, {**about, "source": source}, 1)
    families.add_fixed(names.VALUE, {**about, "unit": kpi.unit.text}, reading.value)
    families.add_kpi(kpi.metric(), only_company, reading.value, headline_help(company, kpi), suffix)
    for dimension, parts in reading.published_breakdowns.items():
        help_text = breakdown_help(company, kpi, dimension)
        for label, value in parts.items():
            labels = {**only_company, dimension: label}
            families.add_kpi(kpi.metric(dimension), labels, value, help_text, suffix)
    if written := _written_levels(kpi):
        families.add_fixed(names.LEVELS, {**about, **written}, 1)
    for level in reading.target:
        families.add_fixed(names.TARGET, {**about, **level.bound.labels}, level.limit)
    for severity, levels in reading.thresholds.items():
        for level in levels:
            labels = {**about, "severity": severity, **level.bound.labels}
            families.add_fixed(names.THRESHOLD, labels, level.limit)
    _add_in_force(families, about, reading)
    _add_plans(families, about, reading)
    _add_comparisons(families, about, reading)
    families.add_fixed(names.PREVIOUS, about, reading.previous)
    families.add_fixed(names.AT_CLOSE, about, reading.at_close)
    _add_to_date(families, company, about, reading)
    families.add_fixed(names.STATUS, about, reading.status)
    families.add_fixed(names.DISPLAY_STATUS, about, display_status(reading).number)
    if reading.unknown is not None:
        families.add_fixed(names.UNKNOWN, {**about, "reason": reading.unknown.reason.value}, 1)
    for dimension in reading.withheld:
        families.add_fixed(names.WITHHELD, {**about, "dimension": dimension}, 1)


def _facts(kpi: Kpi) -> Labels:
    return {
        "title": kpi.title,
        "area": kpi.area,
        "unit": kpi.unit.text,
        "window": kpi.window.text,
        "cadence": kpi.cadence.value,
    }


def _written_levels(kpi: Kpi) -> Labels:
    levels = {"target": kpi.target, **kpi.thresholds}
    return {name: with_unit(level.text, kpi.unit) for name, level in levels.items() if level is not None}


def _add_in_force(families: Families, about: Labels, reading: Reading) -> None:
    """Add one series for all periods of a threshold, as they share the series of its limit."""
    for severity, bounds in reading.in_force.items():
        by_labels: dict[frozenset[tuple[str, str]], bool] = {}
        for bound, holds in bounds.items():
            labels = frozenset(bound.labels.items())
            by_labels[labels] = by_labels.get(labels, False) or holds
        for labels, holds in by_labels.items():
            families.add_fixed(names.THRESHOLD_IN_FORCE, {**about, "severity": severity, **dict(labels)}, holds)


def _add_plans(families: Families, about: Labels, reading: Reading) -> None:
    for scenario, planned in reading.plan.items():
        families.add_fixed(names.PLAN, {**about, "scenario": scenario.value}, planned)
    for segment, planned in reading.segment_plan.items():
        families.add_fixed(names.PLAN, {**about, "scenario": Scenario.BASE.value, "segment": segment}, planned)
    families.add_fixed(names.ATTAINMENT, about, reading.attainment)
    families.add_fixed(names.ESTIMATED, about, 1 if reading.estimated else None)


def _add_to_date(families: Families, company: Company, about: Labels, reading: Reading) -> None:
    """Add what there is of the period that runs, where that will end, and when a stock will cross its limits."""
    if reading.to_date is not None:
        families.add_fixed(names.TO_DATE, about, reading.to_date.value)
        families.add_fixed(names.PLAN_TO_DATE, about, reading.to_date.plan)
    for quantile, projected in reading.projected.items():
        families.add_fixed(names.PROJECTED, {**about, "quantile": quantile}, projected)
    for severity, beyond in reading.expected_beyond.items():
        families.add_fixed(names.EXPECTED_BEYOND, {**about, "level": severity}, beyond)
    for severity, crossing in reading.expected_crossing.items():
        families.add_fixed(names.EXPECTED_CROSSING, {**about, "severity": severity}, _unix(crossing))
    families.add_fixed(names.PERIOD_END, about, _unix(reading.closes(company.calendar)))


def _add_comparisons(families: Families, about: Labels, reading: Reading) -> None:
    """Add classes, benchmarks, key results and scenarios."""
    for name, holds in reading.classes.items():
        families.add_fixed(names.CLASS, {**about, "class": name}, holds)
    for benchmark in reading.kpi.benchmarks:
        for side, figure in benchmark.figures.items():
            bound = {"bound": side} if side else {}
            families.add_fixed(names.BENCHMARK, {**about, "name": benchmark.name, **bound}, float(figure))
    for result in reading.kpi.objectives:
        labels = {**about, "quarter": result.quarter, "key_result": result.name}
        families.add_fixed(names.OBJECTIVE, labels, result.bound.limit(plan=None))
    for scenario, value in reading.scenarios.items():
        families.add_fixed(names.SCENARIO, {**about, "scenario": scenario}, value)


def _add_source(families: Families, company: Company, source: SourceReading) -> None:
    about = {"company": company.name, "source": source.name}
    families.add_fixed(names.SOURCE_UP, about, source.up)
    families.add_fixed(names.SOURCE_LAST_SUCCESS, about, _unix(source.last_success))
    families.add_fixed(names.SOURCE_FIRST_RUN, about, source.first_run)
    families.add_fixed(names.SOURCE_CORRECTIONS, about, source.corrections)
    families.add_fixed(names.SOURCE_LAST_ATTEMPT, about, _unix(source.last_attempt))
    for table in sorted({*source.rows, *source.rejected, *source.held}):
        of_table = {**about, "table": table}
        rejected, held = source.rejected.get(table, 0), source.held.get(table)
        families.add_fixed(names.SOURCE_REJECTED, of_table, rejected)
        if estimated := source.estimated.get(table):
            families.add_fixed(names.SOURCE_ESTIMATED, of_table, estimated.before.timestamp())
        families.add_fixed(names.SOURCE_HELD_BACK, of_table, held.missing if held else 0)
        if reason := source.reasons.get(table):
            families.add_fixed(names.SOURCE_REJECTED_REASON, {**of_table, "reason": _VALUE.sub("...", reason)}, 1)
        for kpi in company.resting_on(source.name, table) if rejected or held else ():
            families.add_fixed(names.AFFECTED, {**of_table, "kpi": kpi}, 1)


def _unix(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
