"""What people read of a period that runs, `12 so far, 17 at this pace, plan 20 (13.2 by now)`, and of the close."""

from __future__ import annotations

from exporter.catalogue.language.plans import Scenario
from exporter.kpis.projection import MEDIAN
from exporter.kpis.reading import Reading
from exporter.quantities import display


def so_far(reading: Reading) -> str:
    """Return the value in the period that runs, where that will end, and its plan; empty where it is unknown."""
    text, part, unit = amount_so_far(reading), reading.to_date, reading.kpi.unit
    if text and reading.projected:
        text += f", {display.amount(reading.projected[MEDIAN], unit)} at this pace"
    planned = reading.plan.get(Scenario.BASE)
    if not text or part is None or planned is None:
        return text
    due = "" if part.plan in (None, planned) else f" ({display.amount(part.plan or 0, unit)} by now)"
    return f"{text}, plan {display.amount(planned, unit)}{due}"


def amount_so_far(reading: Reading) -> str:
    """Return the value in the period that runs, `12 so far`; empty where there is none, or it is unknown."""
    part = reading.to_date
    return "" if part is None or part.value is None else f"{display.amount(part.value, reading.kpi.unit)} so far"


def why_not_so_far(reading: Reading) -> str:
    """Return why nobody knows how far a period has come whose complete one is known; empty for any other KPI."""
    part = reading.to_date
    return part.unknown.detail if part and part.unknown and reading.value is not None else ""


def at_close(reading: Reading) -> str:
    """Return the value at the end of the last complete month; empty where the KPI has none."""
    return "" if reading.at_close is None else display.amount(reading.at_close, reading.kpi.unit)
