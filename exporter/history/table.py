"""The stored history: a row per company, KPI and moment, all of one definition."""

# ruff: noqa: S608 - names come from the layout and are quoted, values are parameters

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.reading import Status
from exporter.records.sql import instant, micros
from exporter.records.store import Store

_LATEST = datetime(9999, 1, 1, tzinfo=UTC)
_COLUMNS = ("value", "status", "plan", "previous", "to_date")


@dataclass(frozen=True)
class HistoryState:
    """How far a company's history is written.

    By which definition it was computed, when the last pass over all moments began, up to when the records were
    complete, and the latest moment. None where there is none yet.
    """

    definition: str
    begun: datetime | None = None
    complete: datetime | None = None
    latest: datetime | None = None


def state(store: Store, company: str) -> HistoryState | None:
    """Return how far a company's history is written; None if it was never begun."""
    with store.cursor() as cursor:
        row = cursor.execute(
            "SELECT definition, epoch_us(begun), epoch_us(complete), epoch_us(latest) "
            f"FROM {store.layout.kpi_history_state} WHERE company = ?",
            [company],
        ).fetchone()
    if row is None:
        return None
    definition, *instants = row
    return HistoryState(definition, *(None if at is None else instant(at) for at in instants))


def save_state(store: Store, company: str, state: HistoryState) -> None:
    """Store how far a company's history is written."""
    instants = (state.begun, state.complete, state.latest)
    with store.writing() as cursor:
        cursor.execute(
            f"INSERT OR REPLACE INTO {store.layout.kpi_history_state} "
            "VALUES (?, ?, make_timestamptz(?), make_timestamptz(?), make_timestamptz(?))",
            [company, state.definition, *(None if at is None else micros(at) for at in instants)],
        )


def reset(store: Store, company: str, definition: str) -> None:
    """Drop all values, which followed another definition."""
    with store.writing() as cursor:
        cursor.execute(f"DELETE FROM {store.layout.kpi_history} WHERE company = ?", [company])
        cursor.execute(
            f"INSERT OR REPLACE INTO {store.layout.kpi_history_state} VALUES (?, ?, NULL, NULL, NULL)",
            [company, definition],
        )


def forget_after(store: Store, company: str, latest: datetime) -> None:
    """Drop the values of moments that are yet to come, of a clock that went ahead."""
    with store.writing() as cursor:
        cursor.execute(
            f"DELETE FROM {store.layout.kpi_history} WHERE company = ? AND moment > make_timestamptz(?)",
            [company, micros(latest)],
        )


def prune(store: Store, company: str, moments: Sequence[datetime]) -> None:
    """Drop the values of all other moments."""
    with store.writing() as cursor:
        cursor.execute(
            f"DELETE FROM {store.layout.kpi_history} WHERE company = ? "
            "AND epoch_us(moment) NOT IN (SELECT unnest(?::BIGINT[]))",
            [company, [micros(at) for at in moments]],
        )


def save(store: Store, company: str, series: Mapping[str, KpiSeries]) -> None:
    """Store these series in the place of what was stored of their moments; rows that are the same are left alone."""
    rows = [
        (kpi, round(at * 1e6), *numbers)
        for kpi, one in series.items()
        for at, *numbers in zip(one.at, one.value, one.status, one.plan, one.previous, one.to_date, strict=True)
    ]
    kpis, at, *columns = ([row[index] for row in rows] for index in range(2 + len(_COLUMNS)))
    values = store.layout.kpi_history
    unchanged = " AND ".join(f"kept.{each} IS NOT DISTINCT FROM given.{each}" for each in ("kpi", "moment", *_COLUMNS))
    with store.writing() as cursor:
        cursor.execute(
            "CREATE OR REPLACE TEMP TABLE given AS SELECT kpi, make_timestamptz(micros) AS moment, value, "
            "CAST(status AS UTINYINT) AS status, plan, previous, to_date FROM (SELECT unnest(?::VARCHAR[]) AS kpi, "
            "unnest(?::BIGINT[]) AS micros, unnest(?::DOUBLE[]) AS value, unnest(?::BIGINT[]) AS status, "
            "unnest(?::DOUBLE[]) AS plan, unnest(?::DOUBLE[]) AS previous, unnest(?::DOUBLE[]) AS to_date)",
            [kpis, at, *columns],
        )
        cursor.execute(
            f"DELETE FROM {values} AS kept WHERE company = $company AND moment IN (SELECT DISTINCT moment FROM given) "
            f"AND NOT EXISTS (FROM given WHERE {unchanged})",
            {"company": company},
        )
        cursor.execute(
            f"INSERT INTO {values} SELECT $company, given.* FROM given "
            f"WHERE NOT EXISTS (FROM {values} AS kept WHERE kept.company = $company AND {unchanged})",
            {"company": company},
        )
        cursor.execute("DROP TABLE given")


def load(
    store: Store,
    company: str,
    since: datetime,
    kpis: Collection[str] | None = None,
    until: datetime = _LATEST,
) -> Mapping[str, KpiSeries]:
    """Return the stored series of a span of time, of these KPIs or of all that have any value."""
    chosen = "" if kpis is None else "AND kpi IN (SELECT unnest($kpis::VARCHAR[]))"
    has_value = " OR ".join(f"{each} IS NOT NULL" for each in _COLUMNS)
    listed = ", ".join(f"list({each} ORDER BY moment)" for each in ("epoch_us(moment)", *_COLUMNS))
    parameters: dict[str, object] = {"company": company, "since": micros(since), "until": micros(until)}
    with store.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT kpi, {listed} FROM {store.layout.kpi_history} "
            "WHERE company = $company AND moment >= make_timestamptz($since) "
            f"AND moment <= make_timestamptz($until) {chosen} "
            f"GROUP BY kpi HAVING bool_or({has_value})",
            parameters if kpis is None else {**parameters, "kpis": list(kpis)},
        ).fetchall()
    return {
        kpi: KpiSeries(
            [each / 1e6 for each in at],
            value,
            [None if each is None else Status(each) for each in status],
            plan,
            previous,
            to_date,
        )
        for kpi, at, value, status, plan, previous, to_date in rows
    }
