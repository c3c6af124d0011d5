"""Tests of the health alerts of a company: on its sources, its KPIs as a whole, early warnings, and missing limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from exporter import conventions
from exporter.alerts.company_alerts import company_alerts
from exporter.alerts.early_alerts import early_alerts, warning_kpis
from exporter.alerts.health import HealthAlert
from exporter.alerts.lookups import MOST_LISTED
from exporter.alerts.missing import MissingAlert, missing_alerts
from exporter.alerts.promql import LOOKBACK_MINUTES, selector
from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.schema.company import Early
from exporter.generate.rule_tests.health_test import GONE, Phase, health_test, merged, on_replicas
from exporter.generate.rule_tests.timeline import Step, Test

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
        kpi_unknown, series_absent = on_kpis
        yield from (_kpi_unknown(kpi_unknown, kpi) for kpi in _with_and_without_thresholds(company))
        yield _series_absent(series_absent)
    yield from map(_expected_beyond, early_alerts(company))
    missing = list(missing_alerts(company))
    yield from (_missing(alert, [each for each in missing if each != alert]) for alert in missing)


def _exporter_down(alert: HealthAlert) -> Test:
    info = selector(conventions.INFO, company=alert.company.name, kpi=_KPI)
    two, one = on_replicas(info, 1, 1), on_replicas(info, None, 1)
    return health_test(alert, [(2, two), (7, one), (4, _NOTHING), (1, two), (8, _NOTHING), (2, one)], [range(19, 22)])


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
        (GONE, _NOTHING),
    ]
    resting = _resting(alert.company)
    inputs = merged(
        on_replicas(selector(conventions.INPUT, company=alert.company.name, kpi=kpi.id, source=_SOURCE), None, 1)
        for kpi in resting
    )
    always = {**on_replicas(other, ok, ok), **_infos(alert.company, *_resting_or_not(alert.company)), **inputs}
    spans = [range(14, 19), range(26, 28 + LOOKBACK_MINUTES)]
    with_other = [(minutes, {**always, **step}) for minutes, step in phases]
    return health_test(alert, with_other, spans, {"source": _SOURCE}, looked_up={"kpis": _listed(resting)})


def _resting(company: Company) -> Sequence[Kpi]:
    """Return KPIs that rest on what an alert is about: more than a message lists, where the company has so many."""
    return _resting_or_not(company)[1:]


def _resting_or_not(company: Company) -> Sequence[Kpi]:
    """Return those KPIs, after one that does not rest on it."""
    return list(company.kpis.values())[: MOST_LISTED + 2]


def _listed(kpis: Sequence[Kpi]) -> str:
    """Return how a message lists them."""
    titles = sorted({kpi.title for kpi in kpis})
    return ", ".join(titles[:MOST_LISTED]) + (" and more" if len(titles) > MOST_LISTED else "") or "none"


def _table_test(alert: HealthAlert, name: str) -> Test:
    """Return a test in which one replica reports one row of a table, while another table has none."""
    about, other = ({"company": alert.company.name, "source": _SOURCE, "table": each} for each in ("deals", "leads"))
    series, of_other = selector(name, **about), on_replicas(selector(name, **other), 0, 0)
    reason = on_replicas(selector(conventions.SOURCE_REJECTED_REASON, **about, reason=_WHY), None, 1)
    resting = _resting(alert.company)[:2]
    kpis = merged(on_replicas(selector(conventions.AFFECTED, **about, kpi=each.id), None, 1) for each in resting)
    failing = {**on_replicas(series, 0, 1), **reason, **kpis, **_infos(alert.company, *_resting_or_not(alert.company))}
    healthy, gone = on_replicas(series, 0, 0), on_replicas(series, 0, None)
    phases = [(2, healthy), (4, failing), (1, healthy), (8, failing), (GONE, gone)]
    labels, looked_up = {"source": _SOURCE, "table": "deals"}, {"kpis": _listed(resting), "reason": _WHY}
    with_other = [(minutes, {**of_other, **step}) for minutes, step in phases]
    return health_test(alert, with_other, [range(12, 15 + LOOKBACK_MINUTES)], labels, lambda _: 1, looked_up)


def _kpi_unknown(alert: HealthAlert, kpi: Kpi) -> Test:
    name = alert.company.name
    unknown = selector(conventions.UNKNOWN, company=name, kpi=kpi.id, reason=_REASON)
    value = selector(conventions.VALUE, company=name, kpi=kpi.id, unit=kpi.unit.text)
    quiet = merged(
        on_replicas(selector(conventions.UNKNOWN, company=name, kpi=kpi, reason=reason), 1, 1)
        for kpi, reason in (("ltv", "undefined"), ("nrr", "too_young"))
    )
    on_one = {**on_replicas(unknown, 1, None), **on_replicas(value, None, 0)}
    on_both = on_replicas(unknown, 1, 1)
    phases = [(8, on_one), (7, on_both), (2, _NOTHING), (1, on_both), (2, on_one), (7, on_both), (GONE, _NOTHING)]
    with_quiet = [(minutes, {**quiet, **_infos(alert.company, kpi), **step}) for minutes, step in phases]
    looked_up = {
        "title": kpi.title,
        "reason": _REASON.replace("_", " "),
        "unwatched": "; its thresholds are not watched" if kpi.thresholds else "",
    }
    spans = [range(13, 18), range(25, 27 + LOOKBACK_MINUTES)]
    return health_test(alert, with_quiet, spans, {"kpi": kpi.id, "reason": _REASON}, looked_up=looked_up)


def _with_and_without_thresholds(company: Company) -> Iterable[Kpi]:
    """Return the first KPI that has thresholds, and the first that has none, where there are such."""
    return {bool(kpi.thresholds): kpi for kpi in reversed(list(company.kpis.values()))}.values()


def _infos(company: Company, *kpis: Kpi) -> Step:
    """Return that the KPIs are of the catalogue, each with its title."""
    return merged(
        on_replicas(selector(conventions.INFO, company=company.name, kpi=kpi.id, title=kpi.title), 1, 1) for kpi in kpis
    )


def _series_absent(alert: HealthAlert) -> Test:
    company = alert.company
    infos = [selector(conventions.INFO, company=company.name, kpi=kpi) for kpi in company.kpis]
    not_connected = selector(conventions.INFO, company=company.name, kpi="not_connected", connected="false")
    without_first = merged(on_replicas(info, None, 1) for info in infos[1:])
    of_one = {**without_first, **on_replicas(infos[0], None, 1)}
    all_infos = {**of_one, **on_replicas(infos[0], 1, 1)}
    phases = [
        (1, all_infos),
        (18, of_one),
        (LOOKBACK_MINUTES + 17, without_first),
        (2, _NOTHING),
        (1, without_first),
        (2, all_infos),
        (LOOKBACK_MINUTES + 20, _NOTHING),
    ]
    with_another = [(minutes, {**on_replicas(not_connected, 1, 1), **step}) for minutes, step in phases]
    spans = [range(34 + LOOKBACK_MINUTES, 39 + LOOKBACK_MINUTES)] if len(infos) > 1 else []
    return health_test(alert, with_another, spans, value=lambda _: len(infos) - 1)


def _expected_beyond(alert: HealthAlert) -> Test:
    """Return a test in which one replica expects one KPI to cross its critical threshold, and not its warning."""
    warning_early = warning_kpis(alert.company, Early(alert.notify))
    kpi = [kpi for kpi in warning_early if (kpi.owner, kpi.area) == (alert.own.get("owner"), alert.own["area"])][-1]
    warning, critical = (
        selector(conventions.EXPECTED_BEYOND, company=alert.company.name, kpi=kpi.id, level=level)
        for level in conventions.SEVERITIES
    )
    none, expected = on_replicas(critical, 0, 0), on_replicas(critical, 0, 1)
    phases = [(2, none), (4, expected), (1, none), (8, expected), (GONE, on_replicas(critical, 0, None))]
    always = {**on_replicas(warning, 0, 0), **_infos(alert.company, kpi)}
    with_warning = [(minutes, {**always, **step}) for minutes, step in phases]
    labels, looked_up = {"kpi": kpi.id, "level": "critical"}, {"title": kpi.title}
    return health_test(alert, with_warning, [range(12, 15 + LOOKBACK_MINUTES)], labels, looked_up=looked_up)


def _missing(alert: MissingAlert, others: Sequence[MissingAlert]) -> Test:
    """Return a test in which the limits of other alerts always exist."""
    other_limits = merged(on_replicas(each.limit_series, 1, 1) for each in others)
    value, limit = on_replicas(alert.value_series, 1, 1), on_replicas(alert.limit_series, 1, 1)
    in_force, not_in_force = on_replicas(alert.in_force_series, 1, 0), on_replicas(alert.in_force_series, 0, 0)
    length = LOOKBACK_MINUTES
    phases: list[Phase] = [
        (2, {**value, **limit, **in_force}),
        (length + 18, {**value, **in_force}),
        (1, {**value, **limit, **in_force}),
        (length + 22, {**value, **not_in_force}),
        (length + 17, value),
        (7, {**value, **limit}),
        (length + 18, value),
        (length + 22, in_force),
    ]
    spans = [
        range(17 + length, 20 + length),
        range(58 + 3 * length, 60 + 3 * length),
        range(82 + 4 * length, 85 + 5 * length),
    ]
    return health_test(alert, [(minutes, {**other_limits, **step}) for minutes, step in phases], spans)
