"""Early warnings replayed: for each KPI of a calendar period how right its projections were, and its warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from exporter.analysis.backtest.early_figures import EarlyFigures, figures
from exporter.analysis.backtest.early_replay import POINTS, Limit, ReplayedPeriod, Sign, replay
from exporter.analysis.backtest.request import BacktestRequest, check_kpis, moments
from exporter.analysis.backtest.text import table
from exporter.catalogue.connection import connected_part
from exporter.catalogue.loading import load
from exporter.catalogue.model import Company, Kpi
from exporter.kpis.kpi_series import KpiSeries, kpi_series
from exporter.kpis.projection_past import KpiHistory
from exporter.quantities import display
from exporter.records.store import Store

_TOGETHER = 60
"""Moments computed at once: more take memory and save little time."""


@dataclass(frozen=True)
class EarlyBacktest:
    """The replayed periods of each KPI, by its id."""

    company: Company
    since: datetime
    until: datetime
    periods: Mapping[str, Sequence[ReplayedPeriod]]


def early_backtest(request: BacktestRequest, store: Store, now: datetime) -> EarlyBacktest:
    """Replay the KPIs of the company's file as it stands now, from the records of the store.

    Raises `CatalogueError` for a file that cannot be used, and `ValueError` with what is wrong with the question.
    """
    company = connected_part(load(request.company.file, not_set=[]))
    check_kpis(company, request.kpis)
    instants = moments(request, company.calendar, now)
    wanted = [
        kpi
        for kpi in company.kpis.values()
        if kpi.window.running is not None and (not request.kpis or kpi.id in request.kpis)
    ]
    histories = kpi_histories(company, store, instants, [kpi.id for kpi in wanted])
    periods = {kpi.id: list(replay(histories[kpi.id], kpi.window, company.calendar, limits(kpi))) for kpi in wanted}
    return EarlyBacktest(company, instants[0], instants[-1], periods)


def kpi_histories(
    company: Company, store: Store, instants: Sequence[datetime], ids: Sequence[str]
) -> Mapping[str, KpiHistory]:
    """Return the history of KPIs at these moments, the oldest first, from today's records."""
    parts: dict[str, list[KpiSeries]] = {id_: [] for id_ in ids}
    for start in range(0, len(instants), _TOGETHER):
        for id_, series in kpi_series(company, store, instants[start : start + _TOGETHER], ids).items():
            parts[id_].append(series)
    return {
        id_: KpiHistory(
            [at for each in series for at in each.at],
            [value for each in series for value in each.value],
            [value for each in series for value in each.to_date],
        )
        for id_, series in parts.items()
    }


def limits(kpi: Kpi) -> Sequence[Limit]:
    """Return the levels of a KPI's thresholds that hold at all times and of the headline."""
    return [
        Limit(severity, bound.comparison, float(bound.level), kpi.accumulates, kpi.unit.text == "count")
        for severity, condition in kpi.thresholds.items()
        for bound in condition.bounds
        if bound.level is not None and bound.scope.stretch is None and not bound.scope.segment
    ]


def early_document(answer: EarlyBacktest) -> dict[str, Any]:
    """Return `{"company", "since", "until", "early": [{"kpi", "periods", "held", ...}], "all"}`; leads are in days."""
    every = [period for each in answer.periods.values() for period in each]
    return {
        "company": answer.company.name,
        "since": answer.since.astimezone(UTC).isoformat(),
        "until": answer.until.astimezone(UTC).isoformat(),
        "early": [{"kpi": id_, **_figures(figures(each))} for id_, each in answer.periods.items()],
        "all": _figures(figures(every)),
    }


def _figures(result: EarlyFigures) -> dict[str, Any]:
    return {
        "periods": result.periods,
        "projected": dict(result.projected),
        "held": dict(result.held),
        "crossings": result.crossings,
        "warnings": {
            sign.value: {"count": each.warnings, "false": each.false, "lead": each.lead}
            for sign, each in result.signs.items()
        },
    }


_HEAD = ("KPI", "periods", *(f"held at {point}" for point in POINTS), "crossed", *Sign, "false", "days ahead")


def early_text(document: dict[str, Any]) -> str:
    """Return the document as a table, a line per KPI, and below what it says."""
    rows = [_row(each["kpi"], each) for each in document["early"] if each["periods"]]
    if not rows:
        return "No KPI has seven complete periods yet; write an earlier --since.\n"
    lines = table([_HEAD, *rows, _row("all", document["all"])], 1)
    return "\n".join([f"{document['company']}, replayed day by day", "", *lines, "", *_LEGEND]) + "\n"


_LEGEND = (
    "held: how often the final value lay in the band of 80%; crossed: thresholds that final values crossed.",
    "false: warnings of what did not come; days ahead: the median of the right ones, before the period ended.",
)


def _row(name: str, each: Mapping[str, Any]) -> Sequence[str]:
    counts = [each["warnings"][sign.value] for sign in Sign]
    return (
        name,
        str(each["periods"]),
        *(_share(each["held"][point]) for point in POINTS),
        str(each["crossings"]),
        *(str(count["count"]) for count in counts),
        str(sum(count["false"] for count in counts)),
        " / ".join(_leads(counts)),
    )


def _leads(counts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for count in counts:
        yield "-" if count["lead"] is None else display.number(count["lead"], 1)


def _share(share: float | None) -> str:
    return "" if share is None else display.percentage(round(share, 3))
