"""Tests of recording rules: what they store of two replicas, between evaluations too, and that unknown is not 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from exporter import conventions
from exporter.alerts.promql import LOOKBACK_MINUTES, selector
from exporter.catalogue.model import Company
from exporter.generate.rule_tests.health_test import on_replicas
from exporter.generate.rule_tests.timeline import SeriesTimeline, Step, Test
from exporter.quantities.prometheus import style

_RANKS = range(len(conventions.SEVERITIES) + 1)

_ENOUGH = 2
"""The KPIs, and of areas, that tell whether a rule of all KPIs keeps them apart."""

Phase = tuple[Step, Mapping[tuple[tuple[str, str], ...], float]]
"""A step, and the recorded samples by those of their labels that differ."""


def recording_tests(company: Company) -> Iterator[Test]:
    """Yield the tests of the company's recording rules; it has none without KPIs."""
    if company.kpis:
        yield _attainment(company)
        yield _change(company)
        yield _breaching(company)


def _attainment(company: Company) -> Test:
    kpi = next(iter(company.kpis))
    step = on_replicas(selector(conventions.ATTAINMENT, company=company.name, kpi=kpi), 0.8, 0.7)
    return _test(company, conventions.RECORDED_ATTAINMENT, [(step, {(("kpi", kpi),): 0.8})])


def _change(company: Company) -> Test:
    """Return a test in which KPIs grow, each by a share of its own, and not from a previous value of 0 or below."""
    phases = []
    for usual in (None, 0.0, -1.0, 2.0):
        step: dict[str, float | None] = {}
        grown: dict[tuple[tuple[str, str], ...], float] = {}
        for place, kpi in enumerate(list(company.kpis.values())[:_ENOUGH], 3):
            before = float(style(kpi.unit).step(Decimal(0))) if usual is None else usual
            previous = selector(conventions.PREVIOUS, company=company.name, kpi=kpi.id)
            value = selector(conventions.VALUE, company=company.name, kpi=kpi.id, unit=kpi.unit.text)
            step |= {**on_replicas(value, place, 1), **on_replicas(previous, before, before - 1)}
            if before > 0:
                grown[(("kpi", kpi.id),)] = place / before - 1
        phases.append((step, grown))
    previous_only = {
        series: sample for series, sample in step.items() if series.startswith(f"{conventions.PREVIOUS}{{")
    }
    now_only = {series: sample for series, sample in step.items() if series not in previous_only}
    return _test(company, conventions.RECORDED_CHANGE, phases, [previous_only, now_only])


def _breaching(company: Company) -> Test:
    """Return a test in which KPIs of some areas take every status, and the first of an area differs from the other."""
    areas = {area: kpis[:_ENOUGH] for area, kpis in list(company.areas().items())[:_ENOUGH]}
    phases = []
    for shift in _RANKS:
        step: dict[str, float | None] = {}
        counts: dict[tuple[tuple[str, str], ...], float] = {}
        for area, kpis in areas.items():
            ranks = {kpi.id: (shift + (kpi == kpis[0])) % len(_RANKS) for kpi in kpis}
            for id_, rank in ranks.items():
                step |= on_replicas(selector(conventions.STATUS, company=company.name, kpi=id_), rank, 0)
                step |= on_replicas(selector(conventions.INFO, company=company.name, kpi=id_, area=area), 1, 1)
            for rank, severity in enumerate(conventions.SEVERITIES, 1):
                counts[("area", area), ("severity", severity)] = list(ranks.values()).count(rank)
        phases.append((step, counts))
    infos_only = {series: sample for series, sample in step.items() if series.startswith(f"{conventions.INFO}{{")}
    statuses_only = {series: sample for series, sample in step.items() if series not in infos_only}
    return _test(company, conventions.RECORDED_BREACHING, phases, [infos_only, statuses_only])


def _test(company: Company, name: str, phases: Sequence[Phase], after: Sequence[Step] = ({},)) -> Test:
    """Return a test of phases of two minutes each, checked on the second minute and half a minute later.

    Then come the steps of `after`, which lack series; the last phase stays recorded for as long as a scrape may be
    missed.
    """
    timeline, checks = SeriesTimeline(), []
    for step, samples in phases:
        timeline.append(step, 2)
        exp_samples = [
            {"labels": selector(name, company=company.name, **dict(labels)), "value": value}
            for labels, value in samples.items()
        ]
        expected = {"exp_samples": exp_samples} if exp_samples else {}
        checks += [
            {"expr": name, "eval_time": f"{timeline.minutes - 1}{suffix}", **expected} for suffix in ("m", "m30s")
        ]
    for step in after:
        timeline.append(step, LOOKBACK_MINUTES + 2)
        end = timeline.minutes - 2
        checks.append({"expr": name, "eval_time": f"{end - 1}m", **expected})
        checks.append({"expr": name, "eval_time": f"{end}m"})
    return {
        "name": name,
        "interval": "30s",
        "input_series": timeline.input_series(),
        "promql_expr_test": checks,
    }
