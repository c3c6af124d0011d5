"""The MRR bridge behind a KPI: over which period, and which customers it names."""

from __future__ import annotations

from exporter.calendar.windows import Period
from exporter.catalogue.model import Company, Kpi
from exporter.kpis.evaluation import periods_by_measure
from exporter.kpis.moments import KpiAt
from exporter.kpis.reading import Reason, Unknown
from exporter.measures.engine import MeasureFailed
from exporter.measures.mrr_bridge import Bridge, ranking_of, rests_on_ledger
from exporter.measures.session import MeasureSession


def has_bridge(company: Company, kpi: Kpi) -> bool:
    """Return whether any of the KPI's measures is computed from the revenue ledger."""
    return any(rests_on_ledger(measure) for measure in company.inputs(kpi).values())


def bridge_period(company: Company, moment: KpiAt) -> Period:
    """Return what the bridge is over: the KPI's period; of a KPI that is of an instant, the month up to it."""
    window = moment.kpi.window
    period = window.period(moment.as_of, company.calendar)
    return period if period.starts < period.ends else Period(window.before(moment.as_of, company.calendar), period.ends)


def kpi_bridge(session: MeasureSession, company: Company, moment: KpiAt) -> Bridge | Unknown:
    """Return the bridge behind the KPI, in a snapshot of measures for its `bridge_period` too."""
    periods = {
        name: each
        for name, each in periods_by_measure(company, [moment]).items()
        if rests_on_ledger(company.measures[name])
    }
    closes = {period.ends for each in periods.values() for period in each}
    ranking = ranking_of((company.measures[name] for name in periods), len(closes))
    try:
        return session.bridge(bridge_period(company, moment), ranking)
    except MeasureFailed as error:
        return Unknown(Reason.ERROR, str(error))
