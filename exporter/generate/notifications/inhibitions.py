"""Inhibitions: of several alerts with one cause, Alertmanager sends only the one to act on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.notifications.matching import matcher, not_matcher

_OF_A_KPI = [not_matcher("kpi", ""), not_matcher("alertname", *conventions.DATA_ALERTS)]
"""Matches alerts on a KPI's value. Alerts on its data have the label `kpi` too, and must not inhibit each other."""


def inhibitions(companies: Sequence[Company]) -> Iterator[Mapping[str, Any]]:
    """Yield Alertmanager's `inhibit_rules`."""
    exporter_down = [matcher("alertname", conventions.EXPORTER_DOWN)]
    # Without the exporter, all other alerts on the company follow.
    yield _rule(exporter_down, [not_matcher("alertname", conventions.EXPORTER_DOWN, conventions.WATCHDOG)], "company")
    yield _rule(exporter_down, [matcher("alertname", conventions.REPLICA_DOWN)])
    # Nobody should act on a KPI whose value is stale or missing.
    bad_data = matcher("alertname", conventions.DATA_STALE, conventions.KPI_UNKNOWN)
    yield _rule([bad_data], _OF_A_KPI, "company", "kpi")
    # The critical alert implies the warning.
    yield _rule(
        [matcher("severity", "critical"), *_OF_A_KPI],
        [matcher("severity", "warning"), *_OF_A_KPI],
        *("company", "kpi", "segment"),
    )
    # A source that fails is overdue for that reason.
    down = [matcher("alertname", conventions.SOURCE_DOWN)]
    yield _rule(down, [matcher("alertname", conventions.SOURCE_OVERDUE_ALERT)], "company", "source")
    # A failed source explains the stale and unknown KPIs that depend on it. An inhibited alert still inhibits others.
    for company in companies:
        for source, kpis in _kpis_by_source(company).items():
            source_problem = [
                matcher(
                    "alertname",
                    conventions.SOURCE_DOWN,
                    conventions.SOURCE_OVERDUE_ALERT,
                    conventions.SOURCE_HELD_BACK_ALERT,
                ),
                matcher("company", company.name),
                matcher("source", source),
            ]
            yield _rule(source_problem, [bad_data, matcher("kpi", *kpis)], "company")


def _kpis_by_source(company: Company) -> Mapping[str, list[str]]:
    """Return the ids of the KPIs that depend on each source."""
    kpis_by_source: dict[str, list[str]] = {}
    for kpi in company.kpis.values():
        for source in company.sources_of(kpi):
            kpis_by_source.setdefault(source, []).append(kpi.id)
    return kpis_by_source


def _rule(source: Sequence[str], target: Sequence[str], *equal: str) -> Mapping[str, Any]:
    same = {"equal": list(equal)} if equal else {}
    return {"source_matchers": list(source), "target_matchers": list(target), **same}
