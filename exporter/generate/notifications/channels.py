"""The channels of a team for each kind of notification, whichever program sends it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exporter.catalogue.model import Company
from exporter.catalogue.schema.alerting import Channels, Opsgenie, Pagerduty, Slack, Smtp, Teams, Webhook
from exporter.generate.notifications.recipients import NotificationKind


@dataclass(frozen=True)
class Email:
    """Holds a team's addresses and the server that takes e-mail."""

    addresses: tuple[str, ...]
    smtp: Smtp


Channel = Pagerduty | Opsgenie | Slack | Teams | Email | Webhook


def channels_of(company: Company, person: str, kind: NotificationKind) -> list[Channel]:
    """Return the channels: for pages those of on-call, if there are any, else all others."""
    channels = company.alerting.people[person]
    if kind is NotificationKind.PAGE and (pages := [*_pages(paging_channels(company, channels))]):
        return pages
    smtp = company.alerting.smtp
    email = Email(channels.email, smtp) if channels.email and smtp is not None else None
    texts = [each for each in (channels.slack, channels.teams, email) if each is not None]
    if channels.webhook is not None and (kind is not NotificationKind.DIGEST or not texts):
        return [*texts, channels.webhook]
    return [*texts]


def reports_resolved(kind: NotificationKind) -> bool:
    """Return whether people hear that an alert is over.

    A digest cannot report that outside its hour; the next digest no longer lists the alert.
    """
    return kind is not NotificationKind.DIGEST


def paging_channels(company: Company, channels: Channels) -> Channels:
    """Return the team's channels if it can be paged, else the default team's."""
    if channels.page or not company.alerting.default:
        return channels
    return company.alerting.people[company.alerting.default]


def _pages(channels: Channels) -> Iterator[Channel]:
    if channels.pagerduty is not None:
        yield channels.pagerduty
    if channels.opsgenie is not None:
        yield channels.opsgenie
