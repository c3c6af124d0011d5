"""HELP of a KPI's series: the definition, the window, and how often its sources are read."""

from __future__ import annotations

from exporter.calendar.schedule import DEFAULT_EVERY
from exporter.catalogue.model import Company, Kpi
from exporter.quantities.display import duration
from exporter.sources.interface import Options


def headline_help(company: Company, kpi: Kpi) -> str:
    """Return HELP of a KPI's value."""
    return f"{_sentence(kpi.definition)} {_circumstances(company, kpi)}"


def breakdown_help(company: Company, kpi: Kpi, dimension: str) -> str:
    """Return HELP of a KPI's breakdown by a dimension."""
    return f"{_sentence(kpi.definition)} By {dimension}. {_circumstances(company, kpi)}"


def _circumstances(company: Company, kpi: Kpi) -> str:
    schedules = sorted({schedule(company.sources[name]) for name in company.sources_of(kpi)})
    polled = f"Polled {' and '.join(schedules)}." if schedules else "Has no source."
    return f"Window: {kpi.window.text}. {polled}"


def schedule(options: Options) -> str:
    """Describe when a source is polled: `every 5m`, or `by cron 0 6 * * *`."""
    if options.cron is not None:
        return f"by cron {options.cron}"
    return f"every {duration(options.every or DEFAULT_EVERY)}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
