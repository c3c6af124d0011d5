"""Time intervals in which Alertmanager sends a company's tickets and digests, and in which it waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from exporter.calendar.hours import WEEKDAYS, Hours
from exporter.catalogue.model import Company


def business_hours(company: Company) -> str:
    """Return the name of the interval in which tickets go out."""
    return f"{company.name}/business-hours"


def digest_hour(company: Company) -> str:
    """Return the name of the interval in which digests go out."""
    return f"{company.name}/digest"


def month_close(company: Company) -> str:
    """Return the name of the interval in which the books are still open."""
    return f"{company.name}/month-close"


def intervals(company: Company) -> Iterator[Mapping[str, Any]]:
    """Yield the company's intervals, in its time zone."""
    alerting = company.alerting
    yield _interval(business_hours(company), company, _week(alerting.business_hours))
    yield _interval(digest_hour(company), company, _week(alerting.digest))
    if alerting.month_close is not None:
        days = {"days_of_month": [f"{alerting.month_close.first}:{alerting.month_close.last}"]}
        yield _interval(month_close(company), company, days)


def _interval(name: str, company: Company, stretch: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"name": name, "time_intervals": [{**stretch, "location": company.timezone}]}


def _week(hours: Hours) -> Mapping[str, Any]:
    return {
        "weekdays": [WEEKDAYS[day] for day in hours.days],
        "times": [{"start_time": hours.starts, "end_time": hours.ends}],
    }
