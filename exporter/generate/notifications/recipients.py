"""The recipients of an alert: the kind of notification that it makes, and the receiver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from exporter.catalogue.model import Company
from exporter.catalogue.schema.alerting import Channels, Severity, Smtp, Webhook
from exporter.catalogue.schema.company import Notify

NOBODY = "nobody"
"""The receiver without channels: Alertmanager shows its alerts and sends nothing."""


class NotificationKind(StrEnum):
    """How an alert reaches people; the last part of a receiver's name."""

    PAGE = "page"
    TICKET = "ticket"
    DIGEST = "digest"


def notification_kind(company: Company, labels: Mapping[str, str]) -> NotificationKind:
    """Return the kind of notification that an alert with these labels makes.

    A KPI pages only at a severity that needs immediate action: its critical threshold, unless the catalogue's
    `page_at` includes the warning. Otherwise the page becomes a ticket.
    """
    if labels["notify"] == Notify.PAGE and labels["severity"] in paging_severities(company):
        return NotificationKind.PAGE
    return NotificationKind.DIGEST if labels["notify"] == Notify.DIGEST else NotificationKind.TICKET


def paging_severities(company: Company) -> tuple[str, ...]:
    """Return the severities at which the company's KPIs may page, from `page_at` up."""
    severities = tuple(Severity)
    return tuple(each.value for each in severities[severities.index(company.alerting.page_at) :])


def recipient(company: Company, owner: str | None) -> str:
    """Return which of the company's people receives the alerts of an owner: the owner, else the default."""
    if owner is not None and owner in company.alerting.people:
        return owner
    assert company.alerting.default is not None  # a company without one has no people, and no routes
    return company.alerting.default


def receiver(company: Company, person: str, kind: NotificationKind) -> str:
    """Return the receiver's name: `acme/platform/page`."""
    return f"{company.name}/{person}/{kind}"


def watchdog_receiver(company: Company) -> str:
    """Return the name of the receiver of the company's watchdog."""
    return f"{company.name}/watchdog"


def fallback_recipients(companies: Sequence[Company]) -> list[Company]:
    """Return the companies whose defaults receive the exporter's own alerts, each distinct team once."""
    by_channels: dict[tuple[Channels, Smtp | None], Company] = {}
    for company in companies:
        if company.alerting.people:
            by_channels.setdefault((company.alerting.people[recipient(company, None)], company.alerting.smtp), company)
    return list(by_channels.values())


def companies_with_watchdog(companies: Sequence[Company]) -> list[Company]:
    """Return the companies that have a dead man's switch, each distinct switch once."""
    by_channels: dict[Webhook, Company] = {}
    for company in companies:
        if company.alerting.watchdog is not None:
            by_channels.setdefault(company.alerting.watchdog, company)
    return list(by_channels.values())
