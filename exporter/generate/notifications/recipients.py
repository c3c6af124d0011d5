"""The recipients of an alert: the kind of notification that it makes, and the receiver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from exporter.alerts.operator import operating_company
from exporter.catalogue.model import Company
from exporter.catalogue.schema.alerting import Channels, Severity, Smtp, Webhook
from exporter.catalogue.schema.company import Notify

NOBODY = "nobody"
"""The receiver without channels: Alertmanager shows its alerts and sends nothing."""

EVERY_DEFAULT = "every default"
"""The receiver with the channels of all companies' defaults, for what no route takes where nobody is the operator."""


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


def operating_teams(companies: Sequence[Company]) -> list[tuple[Company, str]]:
    """Return who receives the exporter's own alerts, as companies and their teams.

    That is the operator, if a company names it, else the default of each company, each distinct team once.
    """
    operating = operating_company(companies)
    if operating is not None and operating.alerting.operator is not None:
        return [(operating, operating.alerting.operator)]
    by_channels: dict[tuple[Channels, Smtp | None], tuple[Company, str]] = {}
    for company in companies:
        if company.alerting.people:
            team = recipient(company, None)
            by_channels.setdefault((company.alerting.people[team], company.alerting.smtp), (company, team))
    return list(by_channels.values())


def root_receiver(companies: Sequence[Company]) -> str:
    """Return the receiver of what no route takes: the operator's, that of all defaults, or nobody."""
    teams = operating_teams(companies)
    if len(teams) > 1:
        return EVERY_DEFAULT
    return receiver(*teams[0], NotificationKind.TICKET) if teams else NOBODY


def companies_with_watchdog(companies: Sequence[Company]) -> list[Company]:
    """Return the companies that have a dead man's switch, each distinct switch once."""
    by_channels: dict[Webhook, Company] = {}
    for company in companies:
        if company.alerting.watchdog is not None:
            by_channels.setdefault(company.alerting.watchdog, company)
    return list(by_channels.values())
