"""Who receives a company's alerts, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.calendar.hours import Hours
from exporter.catalogue.schema.alerting import Channels, Severity, Smtp, Webhook

BUSINESS_HOURS = Hours((0, 1, 2, 3, 4), "09:00", "17:00")


DIGEST = Hours((0,), "09:00", "10:00")


@dataclass(frozen=True)
class MonthClose:
    """Tickets and digests of these areas and owners wait from the `first` to the `last` day of a month."""

    first: int
    last: int
    areas: frozenset[str]
    owners: frozenset[str]


@dataclass(frozen=True)
class Alerting:
    """Who receives a company's alerts, and when.

    `people` are channels by owner; `default` is one of them, and None only if there are none. `operator` is one of them
    if the company says who runs the exporter.
    """

    people: Mapping[str, Channels] = field(default_factory=dict)
    default: str | None = None
    operator: str | None = None
    page_at: Severity = Severity.CRITICAL
    business_hours: Hours = BUSINESS_HOURS
    digest: Hours = DIGEST
    month_close: MonthClose | None = None
    smtp: Smtp | None = None
    watchdog: Webhook | None = None
