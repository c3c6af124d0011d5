"""Tests of health alerts: each fires after its `for` and not before, survives a missed scrape, and resolves.

Prometheus scrapes two replicas of the exporter, a and b.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from exporter import conventions
from exporter.alerts.company_alerts import company_alerts
from exporter.alerts.early_alerts import early_alerts, warning_kpis
from exporter.alerts.exporter_alerts import LEAST_FREE, exporter_alerts
from exporter.alerts.health import HealthAlert
from exporter.alerts.missing import MissingAlert, missing_alerts
from exporter.alerts.promql import of_replica, selector
from exporter.catalogue.model import Company
from exporter.catalogue.schema.company import Early
from exporter.generate.rule_tests.threshold_tests import REPLICAS
from exporter.generate.rule_tests.timeline import LOOKBACK_MINUTES, SeriesTimeline, Step, Test, expectation

Labels = Mapping[str, str]

Phase = tuple[int, Step]
"""The minutes of a phase, and the step that repeats in it."""

_SOURCE, _KPI, _REASON = "crm", "mrr", "no_data"
_WHY = "amount is missing"
_NOTHING: Step = {}


def company_tests(company: Company) -> Iterator[Test]:
    """Yield a test per health alert of the company."""
    exporter_down, source_down, source_overdue, held_back, rejected, *on_kpis = company_alerts(company)
    yield _exporter_down(exporter_down)
    yield _source_test(source_down, conventions.SOURCE_UP, ok=1)
    yield _source_test(source_overdue, conventions.SOURCE_OVERDUE, ok=0)
    yield _table_test(held_back, conventions.SOURCE_HELD_BACK)
    yield _table_test(rejected, conventions.SOURCE_REJECTED)
    if on_kpis:
        data_stale, kpi_unknown, series_absent = on_kpis
        yield _data_stale(data_stale)
        yield _kpi_unknown(kpi_unknown)
        yield _series_absent(series_absent)
    yield from map(_expected_beyond, early_alerts(company))
    missing = list(missing_alerts(company))
    yield from (_missing(alert, [each for each in missing if each != alert]) for alert in missing)


def exporter_tests(company: Company) -> Iterator[Test]:
    """Yield a test per alert on exporters, with this company's links."""
    replica_down, reload_failed, store_down, space_low, watchdog = exporter_alerts(company)
    yield _replica_test(replica_down, selector("up", job=conventions.JOB), lookback=0)
    for name in (conventions.RELOAD_SUCCESS, conventions.WEB_CONFIG_SUCCESS):
        yield _replica_test(reload_failed, selector(name, job=conventions.JOB), lookback=LOOKBACK_MINUTES)
    yield _replica_test(store_down, selector(conventions.STORE_UP, job=conventions.JOB), lookback=LOOKBACK_MINUTES)
    yield _space_test(space_low)
    yield _health_test(watchdog, [(60, _NOTHING)], [range(60)])


def _space_test(alert: HealthAlert) -> Test:
    """Return a test of a small store, which needs `LEAST_FREE`, and of one that takes more than that."""
    free, size = (selector(name, job=conventions.JOB) for name in (conventions.STORE_FREE, conventions.STORE_SIZE))
    large = 3 * LEAST_FREE
    small_one, large_one = on_replicas(size, LEAST_FREE, LEAST_FREE / 2), on_replicas(size, LEAST_FREE, large)
    phases: list[Phase] = [
        (2, {**small_one, **on_replicas(free, large, LEAST_FREE)}),
        (4, {**small_one, **on_replicas(free, large, LEAST_FREE - 1)}),
        (1, {**small_one, **on_replicas(free, large, LEAST_FREE)}),
        (8, {**small_one, **on_replicas(free, large, LEAST_FREE - 1)}),
        (2, {**large_one, **on_replicas(free, large, large)}),
        (7, {**large_one, **on_replicas(free, large, large - 1)}),
        (7, {**large_one, **on_replicas(free, large, None)}),
        (1, {**large_one, **on_replicas(free, large, large)}),
        (8, {**large_one, **on_replicas(free, large, large - 1)}),
        (7, {**on_replicas(size, LEAST_FREE, None), **on_replicas(free, large, large - 1)}),
    ]
    labels = {"job": conventions.JOB, "instance": REPLICAS[1]}
    spans = [range(12, 15), range(22, 24 + LOOKBACK_MINUTES), range(37, 40 + LOOKBACK_MINUTES)]
    return _health_test(alert, phases, spans, labels, lambda minute: (LEAST_FREE if minute < 15 else large) - 1)


def _replica_test(alert: HealthAlert, series: str, lookback: int) -> Test:
    healthy, failing, gone = on_replicas(series, 1, 1), on_replicas(series, 1, 0), on_replicas(series, 1, None)
    labels = {"job": conventions.JOB, "instance": REPLICAS[1]}
    return _health_test(
        alert, [(2, healthy), (4, failing), (1, healthy), (8, failing), (7, gone)], [range(12, 15 + lookback)], labels
    )


def _exporter_down(alert: HealthAlert) -> Test:
    info = selector(conventions.INFO, company=alert.company.name, kpi=_KPI)
    two, one = on_replicas(info, 1, 1), on_replicas(info, None, 1)
    return _health_test(alert, [(2, two), (7, one), (4, _NOTHING), (1, two), (8, _NOTHING), (2, one)], [range(19, 22)])


def _source_test(alert: HealthAlert, name: str, ok: int) -> Test:
    """Return a test of a series that is `ok`, 0 or 1, while the source is healthy."""
    series, other = (selector(name, company=alert.company.name, source=s) for s in (_SOURCE, "billing"))
    healthy, one_failing = on_replicas(series, ok, ok), on_replicas(series, 1 - ok, ok)
    failing = on_replicas(series, 1 - ok, 1 - ok)
    phases = [
        (2, healthy),
        (7, one_failing),
        (7, failing),
        (2, _NOTHING),
        (1, failing),
        (2, one_failing),
        (7, failing),
        (7, _NOTHING),
    ]
    with_other = [(minutes, {**on_replicas(other, ok, ok), **step}) for minutes, step in phases]
    return _health_test(alert, with_other, [range(14, 19), range(26, 33)], {"source": _SOURCE})


def _table_test(alert: HealthAlert, name: str) -> Test:
    """Return a test in which one replica reports one row of a table, while another table has none."""
    about, other = ({"company": alert.company.name, "source": _SOURCE, "table": each} for each in ("deals", "leads"))
    series, of_other = selector(name, **about), on_replicas(selector(name, **other), 0, 0)
    reason = on_replicas(selector(conventions.SOURCE_REJECTED_REASON, **about, reason=_WHY), None, 1)
    kpis = merged(on_replicas(selector(conventions.AFFECTED, **about, kpi=each), None, 1) for each in (_KPI, "arr"))
    failing = {**on_replicas(series, 0, 1), **reason, **kpis}
    healthy, gone = on_replicas(series, 0, 0), on_replicas(series, 0, None)
    phases = [(2, healthy), (4, failing), (1, healthy), (8, failing), (7, gone)]
    labels, looked_up = {"source": _SOURCE, "table": "deals"}, {"kpis": f"arr, {_KPI}", "reason": _WHY}
    with_other = [(minutes, {**of_other, **step}) for minutes, step in phases]
    return _health_test(alert, with_other, [range(12, 15 + LOOKBACK_MINUTES)], labels, lambda _: 1, looked_up)


def _data_stale(alert: HealthAlert) -> Test:
    """Return a test with data of minute 0, stale after two minutes, then of minute 5; then its series end."""
    read = selector(conventions.DATA_TIMESTAMP, company=alert.company.name, kpi=_KPI)
    limit = selector(conventions.STALE_AFTER, company=alert.company.name, kpi=_KPI)
    limits = on_replicas(limit, 120, 60)
    early, late = on_replicas(read, 0, -60), on_replicas(read, 300, 0)
    phases = [(5, {**early, **limits}), (4, {**late, **limits}), (7, limits), (7, late), (7, _NOTHING)]
    spans = [range(3, 5), range(8, 14), range(16, 21)]
    return _health_test(alert, phases, spans, {"kpi": _KPI}, lambda minute: 60 * minute - (0 if minute < 5 else 300))


def _kpi_unknown(alert: HealthAlert) -> Test:
    name = alert.company.name
    unknown = selector(conventions.UNKNOWN, company=name, kpi=_KPI, reason=_REASON)
    status = selector(conventions.STATUS, company=name, kpi=_KPI)
    quiet = merged(
        on_replicas(selector(conventions.UNKNOWN, company=name, kpi=kpi, reason=reason), 1, 1)
        for kpi, reason in (("ltv", "undefined"), ("nrr", "too_young"))
    )
    on_one = {**on_replicas(unknown, 1, None), **on_replicas(status, None, 0)}
    on_both = on_replicas(unknown, 1, 1)
    phases = [(18, on_one), (17, on_both), (2, _NOTHING), (1, on_both), (2, on_one), (17, on_both), (7, _NOTHING)]
    with_quiet = [(minutes, {**quiet, **step}) for minutes, step in phases]
    return _health_test(alert, with_quiet, [range(33, 38), range(55, 62)], {"kpi": _KPI, "reason": _REASON})


def _series_absent(alert: HealthAlert) -> Test:
    company = alert.company
    infos = [selector(conventions.INFO, company=company.name, kpi=kpi) for kpi in company.kpis]
    infos.append(selector(conventions.INFO, company=company.name, kpi="one_that_the_rules_do_not_know"))
    all_infos = merged(on_replicas(info, 1, 1) for info in infos)
    of_one = merged(on_replicas(info, 1 if info != infos[0] else None, 1) for info in infos)
    without_first = merged(on_replicas(info, 1, 1) for info in infos[1:])
    phases = [
        (1, all_infos),
        (18, of_one),
        (22, without_first),
        (2, _NOTHING),
        (1, without_first),
        (2, all_infos),
        (25, _NOTHING),
    ]
    return _health_test(alert, phases, [range(39, 44)] if len(company.kpis) > 1 else [])


def _expected_beyond(alert: HealthAlert) -> Test:
    """Return a test in which one replica expects one KPI to cross its critical threshold, and not its warning."""
    kpi = warning_kpis(alert.company, Early(alert.notify))[-1].id
    warning, critical = (
        selector(conventions.EXPECTED_BEYOND, company=alert.company.name, kpi=kpi, level=level)
        for level in conventions.SEVERITIES
    )
    none, expected = on_replicas(critical, 0, 0), on_replicas(critical, 0, 1)
    phases = [(2, none), (4, expected), (1, none), (8, expected), (7, on_replicas(critical, 0, None))]
    with_warning = [(minutes, {**on_replicas(warning, 0, 0), **step}) for minutes, step in phases]
    labels = {"kpi": kpi, "level": "critical"}
    return _health_test(alert, with_warning, [range(12, 15 + LOOKBACK_MINUTES)], labels)


def _missing(alert: MissingAlert, others: Sequence[MissingAlert]) -> Test:
    """Return a test in which the limits of other alerts always exist."""
    other_limits = merged(on_replicas(each.limit_series, 1, 1) for each in others)
    value, limit = on_replicas(alert.value_series, 1, 1), on_replicas(alert.limit_series, 1, 1)
    in_force, not_in_force = on_replicas(alert.in_force_series, 1, 0), on_replicas(alert.in_force_series, 0, 0)
    phases: list[Phase] = [
        (2, {**value, **limit, **in_force}),
        (23, {**value, **in_force}),
        (1, {**value, **limit, **in_force}),
    ]
    phases += [(27, {**value, **not_in_force}), (22, value), (7, {**value, **limit}), (23, value), (27, in_force)]
    spans = [range(22, 25), range(73, 75), range(102, 110)]
    return _health_test(alert, [(minutes, {**other_limits, **step}) for minutes, step in phases], spans)


def _health_test(
    alert: HealthAlert,
    phases: Sequence[Phase],
    spans: Sequence[range],
    labels: Labels = MappingProxyType({}),
    value: Callable[[int], float] = lambda _: 0,
    looked_up: Mapping[str, str] = MappingProxyType({}),
) -> Test:
    """Return a test in which the alert fires in the minutes of the spans, with these labels and that `value`.

    `looked_up` holds the results of the alert's lookups, by word. The test checks the first and last minute of
    every phase, and both sides of every span's ends.
    """
    timeline = SeriesTimeline()
    edges = {edge - before for span in spans for edge in (span.start, span.stop) for before in (0, 1)}
    for minutes, step in phases:
        edges |= {timeline.minutes, timeline.minutes + minutes - 1}
        timeline.append(step, minutes)
    return {
        "name": alert.title,
        "interval": "30s",
        "input_series": timeline.input_series(),
        "alert_rule_test": [
            expectation(
                minute,
                alert.name,
                [({**alert.labels, **labels}, alert.expected_annotations({**labels, **looked_up}, value(minute)))]
                if any(minute in span for span in spans)
                else [],
            )
            for minute in sorted(edges)
            if 0 <= minute < timeline.minutes
        ],
    }


def on_replicas(series: str, first: float | None, second: float | None) -> Step:
    """Return the values of a series on the two replicas, None for no sample."""
    return dict(zip((of_replica(series, replica) for replica in REPLICAS), (first, second), strict=True))


def merged(steps: Iterable[Step]) -> Step:
    """Merge steps of different series into one."""
    return {series: value for step in steps for series, value in step.items()}
