"""The backtest of a company: the history of every alert, as its file has them and as a trial would."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from exporter.alerts.alert import KpiAlert
from exporter.alerts.kpi_alerts import kpi_alerts
from exporter.analysis.backtest.episodes import AlertHistory
from exporter.analysis.backtest.past import evaluate_past
from exporter.analysis.backtest.request import BacktestRequest, check_kpis, moments
from exporter.analysis.backtest.trial import company_with
from exporter.calendar.windows import MONTH_IN_DAYS
from exporter.catalogue.connection import connected_part
from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.conventions import SEVERITIES
from exporter.mistakes import did_you_mean
from exporter.records.store import Store


@dataclass(frozen=True)
class Total:
    """What the alerts of one severity come to: how often they notify, and how long KPIs have that status.

    `evaluated` is how long the status of the KPIs is known; both are sums over the KPIs.
    """

    severity: str
    notifications: int
    lasted: timedelta
    evaluated: timedelta


@dataclass(frozen=True)
class Backtest:
    """The alerts in the order of the catalogue; `trial` has those of the thresholds that were tried, else nothing."""

    company: Company
    moments: Sequence[datetime]
    step: str
    histories: Sequence[AlertHistory]
    trial: Sequence[AlertHistory] | None = None

    @property
    def months(self) -> float:
        """The length of the whole history."""
        return (self.moments[-1] - self.moments[0]) / timedelta(days=float(MONTH_IN_DAYS))


def backtest(request: BacktestRequest, store: Store, now: datetime) -> Backtest:
    """Evaluate the thresholds of the company's file, as it stands now, on the records of the store.

    Raises `CatalogueError` for a file that cannot be used, and `ValueError` with what is wrong with the question.
    """
    name, file = request.company.name, request.company.file
    company = load(file, not_set=[])
    if company.name != name:
        raise ValueError(f"{file} is not about {name!r}{did_you_mean(name, [company.name])}")
    check_kpis(company, request.kpis)
    instants = moments(request, company.calendar, now)
    trial = company_with(file, company, request.thresholds) if request.thresholds else None
    ids = request.kpis or tuple(setting.split(".")[0].strip() for setting in request.thresholds)
    present = _alerts(company, ids)
    other = _alerts(trial, ids) if trial else []
    past = evaluate_past(company, store, instants, [*present, *other])
    histories, tried_histories = (
        [AlertHistory(each, past.samples(each)) for each in alerts] for alerts in (present, other)
    )
    return Backtest(company, instants, request.step, histories, tried_histories if trial else None)


def _alerts(company: Company, ids: Collection[str]) -> Sequence[KpiAlert]:
    """Return the alerts on these KPIs, connected or not; without ids, on all that are connected."""
    if not ids:
        return list(kpi_alerts(connected_part(company)))
    return [alert for alert in kpi_alerts(company) if alert.kpi.id in ids]


def totals(histories: Iterable[AlertHistory]) -> Sequence[Total]:
    """Return the totals per severity, warnings first. A KPI's status is that of its worst alert at a moment."""
    by_kpi: dict[str, list[AlertHistory]] = {}
    for history in histories:
        by_kpi.setdefault(history.alert.kpi.id, []).append(history)
    stretches = [stretch for each in by_kpi.values() for stretch in _stretches(each)]
    evaluated = sum((length for _, length in stretches), timedelta())
    return [
        Total(
            severity,
            sum(len(each.episodes) for of_kpi in by_kpi.values() for each in of_kpi if each.alert.severity == severity),
            sum((length for worst, length in stretches if worst == severity), timedelta()),
            evaluated,
        )
        for severity in SEVERITIES
    ]


def _stretches(histories: Sequence[AlertHistory]) -> Iterator[tuple[str | None, timedelta]]:
    """Yield the worst severity that fires of one KPI, None for none, and for how long.

    Stretches in which no alert can be evaluated are left out.
    """
    for together in zip(*(pairwise(each.samples) for each in histories), strict=True):
        firing = [each.alert.severity for each, (now, _) in zip(histories, together, strict=True) if now.firing]
        if any(now.firing is not None for now, _ in together):
            now, following = together[0]
            yield max(firing, key=SEVERITIES.index, default=None), following.at - now.at
