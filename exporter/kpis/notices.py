"""What a company lacks, for people: rows held back or set aside, the KPIs behind them, and amounts left out."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from exporter.catalogue.model import Company
from exporter.catalogue.reading.problems import dotted
from exporter.kpis.reading import CompanyReading, Reading
from exporter.records.state import set_aside


def notices(reading: CompanyReading) -> Iterator[str]:
    """Yield a sentence for each table that is held back, each that has bad rows, and amounts that are left out."""
    if reading.company.left_out:
        yield left_out_text(reading.company)
    for source in reading.sources:
        for held in source.held.values():
            yield f"{held.text}; {behind(reading.company, source.name, held.table)}"
        for table, reason in source.reasons.items():
            text = set_aside(source.name, table, source.rejected[table], reason)
            yield f"{text}; {behind(reading.company, source.name, table)}"


def disconnections(reading: CompanyReading) -> Iterator[str]:
    """Yield a sentence for each group of KPIs that sources of an earlier catalogue fed, and none does now."""
    zone = reading.company.calendar.zone
    groups: dict[tuple[str, ...], list[Reading]] = {}
    for each in reading.kpis:
        if each.connected_until is not None:
            groups.setdefault(reading.company.missing(each.kpi), []).append(each)
    for tables, readings in groups.items():
        until = min(each.connected_until for each in readings if each.connected_until is not None)
        ids = ", ".join(each.kpi.id for each in readings)
        yield f"no longer connected: {ids} ({', '.join(tables)}), last read on {until.astimezone(zone):%Y-%m-%d %H:%M}"


def left_out_text(company: Company) -> str:
    """Return which targets, thresholds and plans of an extended file a company leaves out for their currency."""
    amounts = company.left_out
    currencies = " and ".join(sorted({amount.currency for amount in amounts}))
    names = ", ".join(dotted(amount.path) for amount in amounts)
    files = " and ".join(sorted({amount.place.file.name for amount in amounts}))
    return f"the company is in {company.currency}, and leaves out what {files} says in {currencies}: {names}"


def behind(company: Company, source: str, table: str) -> str:
    """Return the KPIs that rest on a source's rows of a table, in words."""
    kpis = company.resting_on(source, table)
    return f"behind {', '.join(kpis)}" if kpis else "no KPI rests on it"


class NoticeLog:
    """Writes a notice into the log when it begins or changes, and when it is over; not at every poll."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._current: dict[str, frozenset[str]] = {}

    def update(self, reading: CompanyReading) -> None:
        """Log what has changed since the last reading of the company."""
        company, current = reading.company.name, frozenset(notices(reading))
        before = self._current.get(company, frozenset())
        self._current[company] = current
        for notice in sorted(current - before):
            self._log.warning("%s: %s", company, notice)
        for notice in sorted(before - current):
            self._log.info("%s: no longer: %s", company, notice)
