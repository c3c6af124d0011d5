"""Who is told of an alert: the kind of message it makes, and the receiver that takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from exporter.catalogue.model import Company
from exporter.catalogue.schema.alerting import Channels, Severity, Smtp, Webhook
from exporter.catalogue.schema.company import Notify

NOBODY = "nobody"
"""The receiver of what nobody asked to be told of; Alertmanager shows it, and sends nothing."""


class NotificationKind(StrEnum):
    """How an alert reaches people; the last part of a receiver's name."""

    PAGE = "page"
    TICKET = "ticket"
    DIGEST = "digest"


def notification_kind(company: Company, labels: Mapping[str, str]) -> NotificationKind:
    """What an alert with these labels makes.

    A KPI that pages does so where a person must act now. That is its red flag; a target that is missed can wait for
    the morning, unless the catalogue's `page_at` says otherwise.
    """
    if labels["notify"] == Notify.PAGE and labels["severity"] in paging_severities(company):
        return NotificationKind.PAGE
    return NotificationKind.DIGEST if labels["notify"] == Notify.DIGEST else NotificationKind.TICKET


def paging_severities(company: Company) -> tuple[str, ...]:
    severities = tuple(Severity)
    return tuple(each.value for each in severities[severities.index(company.alerting.page_at) :])


def recipient(company: Company, owner: str | None) -> str:
    """The one of the company's people who is told of what an owner answers for."""
    if owner is not None and owner in company.alerting.people:
        return owner
    assert company.alerting.default is not None  # a company without one has no people, and no routes
    return company.alerting.default


def receiver(company: Company, person: str, kind: NotificationKind) -> str:
    """The receiver's name: `acme/platform/page`."""
    return f"{company.name}/{person}/{kind}"


def watchdog_receiver(company: Company) -> str:
    return f"{company.name}/watchdog"


def fallback_recipients(companies: Sequence[Company]) -> list[Company]:
    """The companies whose defaults are told of the exporter's own alerts; those with the same team are told once."""
    by_channels: dict[tuple[Channels, Smtp | None], Company] = {}
    for company in companies:
        if company.alerting.people:
            by_channels.setdefault((company.alerting.people[recipient(company, None)], company.alerting.smtp), company)
    return list(by_channels.values())


def companies_with_watchdog(companies: Sequence[Company]) -> list[Company]:
    """The companies that have a dead man's switch; those that share one have it once."""
    by_channels: dict[Webhook, Company] = {}
    for company in companies:
        if company.alerting.watchdog is not None:
            by_channels.setdefault(company.alerting.watchdog, company)
    return list(by_channels.values())
