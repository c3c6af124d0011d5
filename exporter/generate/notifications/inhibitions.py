"""What is not told while something else says more: of several alerts with one cause, the one to act on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.notifications.matching import matcher, not_matcher

_OF_A_KPI = [not_matcher("kpi", ""), not_matcher("alertname", *conventions.DATA_ALERTS)]
"""An alert on a KPI's value; those on its data have the label `kpi`, too, and two alerts must not mute each other."""


def inhibitions(companies: Sequence[Company]) -> Iterator[Mapping[str, Any]]:
    """Alertmanager's `inhibit_rules`."""
    exporter_down = [matcher("alertname", conventions.EXPORTER_DOWN)]
    # Without the exporter nothing is known of the company.
    yield _rule(exporter_down, [not_matcher("alertname", conventions.EXPORTER_DOWN, conventions.WATCHDOG)], "company")
    yield _rule(exporter_down, [matcher("alertname", conventions.REPLICA_DOWN)])
    # A number that is old or missing is no reason to act on the KPI.
    bad_data = matcher("alertname", conventions.DATA_STALE, conventions.KPI_UNKNOWN)
    yield _rule([bad_data], _OF_A_KPI, "company", "kpi")
    # The red flag says more than the missed target.
    yield _rule(
        [matcher("severity", "critical"), *_OF_A_KPI],
        [matcher("severity", "warning"), *_OF_A_KPI],
        *("company", "kpi", "segment"),
    )
    # A source that cannot be read is late for that reason.
    down = [matcher("alertname", conventions.SOURCE_DOWN)]
    yield _rule(down, [matcher("alertname", conventions.SOURCE_OVERDUE_ALERT)], "company", "source")
    # A source that is down or late is the cause, and all that rests on it has no other. What is muted still mutes.
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
    """The KPIs that rest on each source."""
    kpis_by_source: dict[str, list[str]] = {}
    for kpi in company.kpis.values():
        for source in company.sources_of(kpi):
            kpis_by_source.setdefault(source, []).append(kpi.id)
    return kpis_by_source


def _rule(source: Sequence[str], target: Sequence[str], *equal: str) -> Mapping[str, Any]:
    same = {"equal": list(equal)} if equal else {}
    return {"source_matchers": list(source), "target_matchers": list(target), **same}
