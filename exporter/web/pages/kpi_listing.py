"""The KPIs of the board as a table, for spreadsheets and scripts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exporter.kpis.display_status import display_status
from exporter.kpis.pace import at_this_pace
from exporter.kpis.reading import CompanyReading, Reading
from exporter.web.pages import kpi_text
from exporter.web.pages.board import worst_first
from exporter.web.pages.board_filter import BoardFilter
from exporter.web.pages.tables import Amount, Cell, TableView

_BESIDE = ("so far", "plan so far", "at close")
"""The columns of the period that runs, and of the last close."""


def table(companies: Sequence[CompanyReading], choice: BoardFilter, now: datetime) -> TableView:
    """Return the KPIs that pass the filter, in the order of the board."""
    columns = ("company", "kpi", "title", "area", "status", "value", "previous", "target", "target is", "warning")
    rows = [
        _row(company, reading, now)
        for company in worst_first(companies)
        if choice.company in ("", company.company.name)
        for reading in company.kpis
        if choice.includes(reading)
    ]
    return TableView("KPIs", (*columns, "critical", "window", "data as of", "why unknown", "expected", *_BESIDE), rows)


def _row(company: CompanyReading, reading: Reading, now: datetime) -> Sequence[Cell]:
    kpi = reading.kpi
    conditions = (kpi.target, kpi.warning, kpi.critical)
    target, warning, critical = (each.text if each else None for each in conditions)
    part = reading.to_date
    so_far = (part.value, part.plan) if part else (None, None)
    numbers = (reading.value, reading.previous, *so_far, reading.at_close)
    value, previous, *beside = (None if number is None else Amount(number, kpi.unit) for number in numbers)
    return (
        company.company.name,
        kpi.id,
        kpi.title,
        kpi.area,
        display_status(reading),
        value,
        previous,
        target,
        kpi_text.verdict(reading) or None,
        warning,
        critical,
        kpi.window.text,
        kpi_text.age(reading.as_of, now, company.company.calendar.zone),
        kpi_text.why_unknown(reading) or None,
        at_this_pace(reading, company.company.calendar.zone) or None,
        *beside,
    )
