"""Tests of the health alerts: each fires after its time and not before, outlasts a missed scrape, and resolves.

Two replicas of the exporter, a and b, are scraped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from exporter import conventions
from exporter.alerts.company_alerts import company_alerts
from exporter.alerts.exporter_alerts import exporter_alerts
from exporter.alerts.health import HealthAlert
from exporter.alerts.missing import MissingAlert, missing_alerts
from exporter.alerts.promql import of_replica, selector
from exporter.catalogue.model import Company
from exporter.generate.rule_tests.threshold_tests import REPLICAS
from exporter.generate.rule_tests.timeline import LOOKBACK_MINUTES, Step, Test, Timeline, expected

Labels = Mapping[str, str]

Phase = tuple[int, Step]
"""For how many minutes the series show what."""

_SOURCE, _KPI, _REASON = "crm", "mrr", "no_data"
_WHY = "amount is missing"
_NOTHING: Step = {}


def company_tests(company: Company) -> Iterator[Test]:
    """A test per health alert of the company."""
    exporter_down, source_down, source_overdue, held_back, rejected, *of_data = company_alerts(company)
    data_stale, kpi_unknown, series_absent = of_data
    yield _exporter_down(exporter_down)
    yield _of_a_source(source_down, conventions.SOURCE_UP, well=1)
    yield _of_a_source(source_overdue, conventions.SOURCE_OVERDUE, well=0)
    yield _of_a_table(held_back, conventions.SOURCE_HELD_BACK)
    yield _of_a_table(rejected, conventions.SOURCE_REJECTED)
    yield _data_stale(data_stale)
    yield _kpi_unknown(kpi_unknown)
    yield _series_absent(series_absent)
    missing = list(missing_alerts(company))
    yield from (_missing(alert, [each for each in missing if each != alert]) for alert in missing)


def exporter_tests(company: Company) -> Iterator[Test]:
    """A test per alert on exporters, with the links of this company."""
    replica_down, reload_failed, watchdog = exporter_alerts(company)
    yield _of_one_replica(replica_down, selector("up", job=conventions.JOB), bridged=0)
    yield _of_one_replica(
        reload_failed, selector(conventions.RELOAD_SUCCESS, job=conventions.JOB), bridged=LOOKBACK_MINUTES
    )
    yield _health_test(watchdog, [(60, _NOTHING)], [range(60)])


def _of_one_replica(alert: HealthAlert, series: str, bridged: int) -> Test:
    well, ill, gone = both(series, 1, 1), both(series, 1, 0), both(series, 1, None)
    labels = {"job": conventions.JOB, "instance": REPLICAS[1]}
    return _health_test(alert, [(2, well), (4, ill), (1, well), (8, ill), (7, gone)], [range(12, 15 + bridged)], labels)


def _exporter_down(alert: HealthAlert) -> Test:
    info = selector(conventions.INFO, company=alert.company.name, kpi=_KPI)
    two, one = both(info, 1, 1), both(info, None, 1)
    return _health_test(alert, [(2, two), (7, one), (4, _NOTHING), (1, two), (8, _NOTHING), (2, one)], [range(19, 22)])


def _of_a_source(alert: HealthAlert, name: str, well: int) -> Test:
    """The series says 1 or 0; whatever is not `well` is ill."""
    series, other = (selector(name, company=alert.company.name, source=s) for s in (_SOURCE, "billing"))
    healthy, half, ill = both(series, well, well), both(series, 1 - well, well), both(series, 1 - well, 1 - well)
    scenes = [(2, healthy), (7, half), (7, ill), (2, _NOTHING), (1, ill), (2, half), (7, ill), (7, _NOTHING)]
    found = [(minutes, {**both(other, well, well), **frame}) for minutes, frame in scenes]
    return _health_test(alert, found, [range(14, 19), range(26, 33)], {"source": _SOURCE})


def _of_a_table(alert: HealthAlert, name: str) -> Test:
    """One row of a table is told of by one replica, while another table has none."""
    about, other = ({"company": alert.company.name, "source": _SOURCE, "table": each} for each in ("deals", "leads"))
    series, of_other = selector(name, **about), both(selector(name, **other), 0, 0)
    reason = both(selector(conventions.SOURCE_REJECTED_REASON, **about, reason=_WHY), None, 1)
    kpis = all_of(both(selector(conventions.AFFECTED, **about, kpi=each), None, 1) for each in (_KPI, "arr"))
    well, ill, gone = both(series, 0, 0), {**both(series, 0, 1), **reason, **kpis}, both(series, 0, None)
    scenes = [(2, well), (4, ill), (1, well), (8, ill), (7, gone)]
    labels, found = {"source": _SOURCE, "table": "deals"}, {"kpis": f"arr, {_KPI}", "reason": _WHY}
    frames = [(minutes, {**of_other, **frame}) for minutes, frame in scenes]
    return _health_test(alert, frames, [range(12, 15 + LOOKBACK_MINUTES)], labels, lambda _: 1, found)


def _data_stale(alert: HealthAlert) -> Test:
    """Data of the first second, due again after two minutes, then data of minute 5; its age ends, then its limit."""
    read = selector(conventions.DATA_TIMESTAMP, company=alert.company.name, kpi=_KPI)
    limit = selector(conventions.STALE_AFTER, company=alert.company.name, kpi=_KPI)
    limits = both(limit, 120, 60)
    early, late = both(read, 0, -60), both(read, 300, 0)
    scenes = [(5, {**early, **limits}), (4, {**late, **limits}), (7, limits), (7, late), (7, _NOTHING)]
    spans = [range(3, 5), range(8, 14), range(16, 21)]
    return _health_test(alert, scenes, spans, {"kpi": _KPI}, lambda minute: 60 * minute - (0 if minute < 5 else 300))


def _kpi_unknown(alert: HealthAlert) -> Test:
    name = alert.company.name
    unknown = selector(conventions.UNKNOWN, company=name, kpi=_KPI, reason=_REASON)
    known = selector(conventions.STATUS, company=name, kpi=_KPI)
    undefined = both(selector(conventions.UNKNOWN, company=name, kpi="ltv", reason="undefined"), 1, 1)
    on_one = {**both(unknown, 1, None), **both(known, None, 0)}
    on_both = both(unknown, 1, 1)
    scenes = [(18, on_one), (17, on_both), (2, _NOTHING), (1, on_both), (2, on_one), (17, on_both), (7, _NOTHING)]
    found = [(minutes, {**undefined, **frame}) for minutes, frame in scenes]
    return _health_test(alert, found, [range(33, 38), range(55, 62)], {"kpi": _KPI, "reason": _REASON})


def _series_absent(alert: HealthAlert) -> Test:
    company = alert.company
    infos = [selector(conventions.INFO, company=company.name, kpi=kpi) for kpi in company.kpis]
    infos.append(selector(conventions.INFO, company=company.name, kpi="one_that_the_rules_do_not_know"))
    every = all_of(both(info, 1, 1) for info in infos)
    of_one = all_of(both(info, 1 if info != infos[0] else None, 1) for info in infos)
    without = all_of(both(info, 1, 1) for info in infos[1:])
    scenes = [(1, every), (18, of_one), (22, without), (2, _NOTHING), (1, without), (2, every), (25, _NOTHING)]
    return _health_test(alert, scenes, [range(39, 44)] if len(company.kpis) > 1 else [])


def _missing(alert: MissingAlert, others: Sequence[MissingAlert]) -> Test:
    """The limits of others are always there."""
    there = all_of(both(each.limit_series, 1, 1) for each in others)
    value, limit = both(alert.value_series, 1, 1), both(alert.limit_series, 1, 1)
    begun, not_begun = both(alert.in_force_series, 1, 0), both(alert.in_force_series, 0, 0)
    scenes: list[Phase] = [(2, {**value, **limit, **begun}), (23, {**value, **begun}), (1, {**value, **limit, **begun})]
    scenes += [(27, {**value, **not_begun}), (22, value), (7, {**value, **limit}), (23, value), (27, begun)]
    spans = [range(22, 25), range(73, 75), range(102, 110)]
    return _health_test(alert, [(minutes, {**there, **frame}) for minutes, frame in scenes], spans)


def _health_test(
    alert: HealthAlert,
    scenes: Sequence[Phase],
    spans: Sequence[range],
    labels: Labels = MappingProxyType({}),
    value: Callable[[int], float] = lambda _: 0,
    found: Mapping[str, str] = MappingProxyType({}),
) -> Test:
    """The alert fires with these labels in the minutes of the spans, where its value is what `value` says.

    `found` is what its words say that are looked up.

    Checked is the first and the last minute of every scene, and both sides of every change.
    """
    film, edges = Timeline(), {edge - before for span in spans for edge in (span.start, span.stop) for before in (0, 1)}
    for minutes, frame in scenes:
        edges |= {film.minutes, film.minutes + minutes - 1}
        film.show(frame, minutes)
    return {
        "name": alert.title,
        "interval": "30s",
        "input_series": film.input_series(),
        "alert_rule_test": [
            expected(
                minute,
                alert.name,
                [({**alert.labels, **labels}, alert.printed({**labels, **found}, value(minute)))]
                if any(minute in span for span in spans)
                else [],
            )
            for minute in sorted(edges)
            if 0 <= minute < film.minutes
        ],
    }


def both(series: str, first: float | None, second: float | None) -> Step:
    """What the two replicas show of a series."""
    return dict(zip((of_replica(series, replica) for replica in REPLICAS), (first, second), strict=True))


def all_of(frames: Iterable[Step]) -> Step:
    return {series: value for frame in frames for series, value in frame.items()}
