"""The KPIs of the board as a table, for spreadsheets and scripts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from exporter.kpis.display_status import standing
from exporter.kpis.reading import CompanyReading, Reading
from exporter.web.pages import said
from exporter.web.pages.board import worst_first
from exporter.web.pages.choice import Choice
from exporter.web.pages.tables import Amount, Cell, Table


def table(companies: Sequence[CompanyReading], choice: Choice, now: datetime) -> Table:
    """The KPIs that the reader's choice shows, as a table."""
    columns = ("company", "kpi", "title", "area", "status", "value", "previous", "target", "target is", "warning")
    rows = [
        _row(company, reading, now)
        for company in worst_first(companies)
        if choice.company in ("", company.company.name)
        for reading in company.kpis
        if choice.includes(reading)
    ]
    return Table("KPIs", (*columns, "critical", "window", "data as of", "why unknown"), rows)


def _row(company: CompanyReading, reading: Reading, now: datetime) -> Sequence[Cell]:
    kpi = reading.kpi
    conditions = (kpi.target, kpi.warning, kpi.critical)
    target, warning, critical = (each.text if each else None for each in conditions)
    value, previous = (
        None if number is None else Amount(number, kpi.unit) for number in (reading.value, reading.previous)
    )
    return (
        company.company.name,
        kpi.id,
        kpi.title,
        kpi.area,
        standing(reading),
        value,
        previous,
        target,
        said.verdict(reading) or None,
        warning,
        critical,
        kpi.window.text,
        said.age(reading.as_of, now, company.company.calendar.zone),
        said.why_unknown(reading) or None,
    )
