"""The alerts on a KPI in words: the condition of each, the action, and who is notified by which channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markupsafe import Markup

from exporter.alerts.alert import KpiAlert, action
from exporter.alerts.bound_alert import BoundAlert
from exporter.alerts.kpi_alerts import kpi_alerts
from exporter.calendar.hours import WEEKDAYS, Hours
from exporter.catalogue.alert_routing import Alerting
from exporter.catalogue.connection import connected_part
from exporter.catalogue.language.thresholds import with_unit
from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.schema.alerting import Channels
from exporter.generate.notifications.channels import paging_channels
from exporter.generate.notifications.recipients import NotificationKind, notification_kind, recipient
from exporter.generate.runbooks import kpi_section

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "link", "autolink"])
_BELOW = {"h2": "h3", "h3": "h4"}
"""The tag of each heading of a runbook below the heading of its alert."""


@dataclass(frozen=True)
class AlertSeverity:
    """One severity of an alert: the condition as the catalogue writes it, the expression in PromQL, the recipients."""

    severity: str
    condition: str
    expression: str
    recipients: str


@dataclass(frozen=True)
class AlertView:
    """An alert with its severities; `runbook` is the generated page, `runbook_url` where the company publishes it."""

    name: str
    action: str
    owner: str
    severities: Sequence[AlertSeverity]
    runbook: Markup
    runbook_url: str


def alerts(company: Company, kpi: Kpi) -> Sequence[AlertView]:
    """Return the alerts on the KPI's value, one per alert name with all its severities."""
    by_name: dict[str, list[KpiAlert]] = {}
    for each in kpi_alerts(connected_part(company)):
        if each.kpi.id == kpi.id:
            by_name.setdefault(each.name, []).append(each)
    return [
        AlertView(
            name=name,
            action=action(kpi),
            owner=kpi.owner or "",
            severities=[_severity(company, each) for each in of_name],
            runbook=_rendered(kpi_section(of_name)),
            runbook_url=company.runbook_url(name),
        )
        for name, of_name in by_name.items()
    ]


def _severity(company: Company, alert: KpiAlert) -> AlertSeverity:
    segment = alert.labels.get("segment", "")
    written = alert.bound.text if isinstance(alert, BoundAlert) else alert.condition.text
    condition = with_unit(written, alert.kpi.unit)
    return AlertSeverity(
        severity=alert.severity,
        condition=f"{condition} · {segment}" if segment else condition,
        expression=alert.expression,
        recipients=recipients(company, alert),
    )


def recipients(company: Company, alert: KpiAlert) -> str:
    """Describe who is notified, when and through which channels.

    Addresses are left out, as many people read the page.
    """
    alerting = company.alerting
    if not alerting.people:
        return "nobody, as the catalogue names no people"
    team = recipient(company, alert.kpi.owner)
    how = notification_kind(company, alert.labels)
    channels = " and ".join(_channels(company, alerting.people[team], how))
    return f"{team}, {_when(alerting, how)}, by {channels}"


def _when(alerting: Alerting, how: NotificationKind) -> str:
    match how:
        case NotificationKind.PAGE:
            return "at any hour"
        case NotificationKind.TICKET:
            return f"as a ticket in business hours ({_hours(alerting.business_hours)})"
        case NotificationKind.DIGEST:
            return f"in the digest ({_days(alerting.digest)} {alerting.digest.starts})"


def _hours(hours: Hours) -> str:
    return f"{_days(hours)} {hours.starts} to {hours.ends}"


def _days(hours: Hours) -> str:
    names = [WEEKDAYS[day][:3].capitalize() for day in hours.days]
    in_a_row = len(names) > 2 and hours.days == tuple(range(hours.days[0], hours.days[-1] + 1))
    return f"{names[0]} to {names[-1]}" if in_a_row else ", ".join(names)


def _channels(company: Company, channels: Channels, how: NotificationKind) -> Iterator[str]:
    paging = paging_channels(company, channels)
    if how is NotificationKind.PAGE and paging.page:
        yield from (
            name for name, channel in (("PagerDuty", paging.pagerduty), ("Opsgenie", paging.opsgenie)) if channel
        )
        return
    if channels.slack:
        yield f"Slack {channels.slack.channel}"
    if channels.teams:
        yield "Microsoft Teams"
    if channels.email:
        yield "e-mail"
    people = channels.slack or channels.teams or channels.email
    if channels.webhook and (how is not NotificationKind.DIGEST or not people):
        yield "the ticket system"


def _rendered(markdown: str) -> Markup:
    """Return the section of the runbook without its title as HTML, with every text of the catalogue escaped."""
    tokens = _MARKDOWN.parse(markdown.partition("\n")[2])
    for token in tokens:
        token.tag = _BELOW.get(token.tag, token.tag)
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704 - the renderer escapes
