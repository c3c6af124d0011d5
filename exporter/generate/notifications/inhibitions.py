"""Inhibitions: of several alerts with one cause, Alertmanager sends only the one to act on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.notifications.matching import Matcher, matcher, not_matcher

_OF_A_KPI = [not_matcher("kpi", ""), not_matcher("alertname", *conventions.DATA_ALERTS)]
"""Matches alerts on a KPI's value. Alerts on its data have the label `kpi` too, and must not inhibit each other."""


def inhibitions(companies: Sequence[Company]) -> Iterator[Mapping[str, Any]]:
    """Yield Alertmanager's `inhibit_rules`."""
    exporter_down = [matcher("alertname", conventions.EXPORTER_DOWN)]
    # Without the exporter, all other alerts on the company follow.
    yield _rule(exporter_down, [not_matcher("alertname", conventions.EXPORTER_DOWN, conventions.WATCHDOG)], "company")
    yield _rule(exporter_down, [matcher("alertname", conventions.REPLICA_DOWN)])
    # Nobody should act on a KPI whose value is missing.
    unknown = matcher("alertname", conventions.KPI_UNKNOWN)
    yield _rule([unknown], _OF_A_KPI, "company", "kpi")
    # The critical alert implies the warning.
    yield _rule(
        [matcher("severity", "critical"), *_OF_A_KPI],
        [matcher("severity", "warning"), *_OF_A_KPI],
        *("company", "kpi", "segment"),
    )
    # A source that fails is overdue for that reason.
    down = [matcher("alertname", conventions.SOURCE_DOWN)]
    yield _rule(down, [matcher("alertname", conventions.SOURCE_OVERDUE_ALERT)], "company", "source")
    for company in companies:
        for source, kpis in _kpis_by_source(company).items():
            yield from _source_problems(company, source, matcher("kpi", *kpis))


def _source_problems(company: Company, source: str, resting: Matcher) -> Iterator[Mapping[str, Any]]:
    """Yield what problems of a source mute of the KPIs that rest on it."""
    overdue, others = conventions.SOURCE_OVERDUE_ALERT, (conventions.SOURCE_DOWN, conventions.SOURCE_HELD_BACK_ALERT)
    of_source = [matcher("company", company.name), matcher("source", source)]
    # Nobody should act on an old value.
    yield _rule([matcher("alertname", overdue), *of_source], [resting, *_OF_A_KPI], "company")
    # The source explains why a value is missing. An inhibited alert still inhibits others.
    explained = [matcher("alertname", conventions.KPI_UNKNOWN), resting]
    yield _rule([matcher("alertname", overdue, *others), *of_source], explained, "company")


def _kpis_by_source(company: Company) -> Mapping[str, list[str]]:
    """Return the ids of the KPIs that depend on each source."""
    kpis_by_source: dict[str, list[str]] = {}
    for kpi in company.kpis.values():
        for source in company.sources_of(kpi):
            kpis_by_source.setdefault(source, []).append(kpi.id)
    return kpis_by_source


def _rule(source: Sequence[Matcher], target: Sequence[Matcher], *equal: str) -> Mapping[str, Any]:
    same = {"equal": list(equal)} if equal else {}
    return {"source_matchers": list(source), "target_matchers": list(target), **same}
