"""Receivers: for every team and kind of notification, its channels and their texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from exporter.catalogue.model import Company
from exporter.catalogue.schema.alerting import Channels, Opsgenie, Pagerduty, Slack, Smtp, Teams, Webhook
from exporter.generate.notifications.recipients import (
    EVERY_DEFAULT,
    NotificationKind,
    operating_teams,
    receiver,
    watchdog_receiver,
)

Config = Mapping[str, Any]


def receivers(company: Company) -> Iterator[Config]:
    """Yield every receiver that the company's routes may name."""
    for person in company.alerting.people:
        for kind in NotificationKind:
            yield {"name": receiver(company, person, kind), **_channels(company, person, kind)}
    if company.alerting.watchdog is not None:
        # A dead man's switch needs no resolved message.
        yield {
            "name": watchdog_receiver(company),
            "webhook_configs": [_webhook(company.alerting.watchdog, send_resolved=False)],
        }


def every_default(companies: Sequence[Company]) -> Config:
    """Return the receiver with the channels for tickets of every team that operates."""
    merged: dict[str, list[Config]] = {}
    for company, team in operating_teams(companies):
        for kind, configs in _channels(company, team, NotificationKind.TICKET).items():
            merged.setdefault(kind, []).extend(configs)
    return {"name": EVERY_DEFAULT, **merged}


def _channels(company: Company, person: str, kind: NotificationKind) -> Mapping[str, list[Config]]:
    channels = company.alerting.people[person]
    if kind is NotificationKind.PAGE and (pages := _pages(paging_channels(company, channels))):
        return pages
    # A digest cannot report a resolved alert outside its hour; the next digest no longer lists it.
    send_resolved = kind is not NotificationKind.DIGEST
    configs: dict[str, list[Config]] = {}
    if channels.slack is not None:
        configs["slack_configs"] = [_slack(channels.slack, send_resolved=send_resolved)]
    if channels.teams is not None:
        configs["msteamsv2_configs"] = [_teams(channels.teams, send_resolved=send_resolved)]
    if channels.email and company.alerting.smtp is not None:
        configs["email_configs"] = [_email(channels.email, company.alerting.smtp, send_resolved=send_resolved)]
    if channels.webhook is not None and (kind is not NotificationKind.DIGEST or not configs):
        configs["webhook_configs"] = [_webhook(channels.webhook, send_resolved=send_resolved)]
    return configs


def paging_channels(company: Company, channels: Channels) -> Channels:
    """Return the team's channels if it can be paged, else the default team's."""
    if channels.page or not company.alerting.default:
        return channels
    return company.alerting.people[company.alerting.default]


def _pages(channels: Channels) -> Mapping[str, list[Config]]:
    pages: dict[str, list[Config]] = {}
    if channels.pagerduty is not None:
        pages["pagerduty_configs"] = [_pagerduty(channels.pagerduty)]
    if channels.opsgenie is not None:
        pages["opsgenie_configs"] = [_opsgenie(channels.opsgenie)]
    return pages


def _pagerduty(channel: Pagerduty) -> Config:
    return {
        "send_resolved": True,
        "routing_key_file": channel.routing_key_file.get_secret_value(),
        "description": _words("kpi.title"),
        "severity": _words("kpi.pagerduty.severity"),
        "client": "kpi-exporter",
        "client_url": _words("kpi.dashboard"),
        "class": "{{ .CommonLabels.alertname }}",
        "component": "{{ .CommonLabels.kpi }}",
        "group": "{{ .CommonLabels.area }}",
        "details": {
            "firing": _words("kpi.text.firing"),
            "resolved": _words("kpi.text.resolved"),
        },
        "links": [
            {"href": _words("kpi.runbook"), "text": "Runbook"},
            {"href": _words("kpi.dashboard"), "text": "Dashboard"},
        ],
    }


def _opsgenie(channel: Opsgenie) -> Config:
    return {
        "send_resolved": True,
        "api_key_file": channel.api_key_file.get_secret_value(),
        **({"api_url": channel.api_url} if channel.api_url else {}),
        "message": _words("kpi.title"),
        "description": _words("kpi.text"),
        "source": "kpi-exporter",
        "priority": _words("kpi.opsgenie.priority"),
        "tags": "{{ .CommonLabels.area }}",
        "entity": "{{ .CommonLabels.kpi }}",
        "details": {"Runbook": _words("kpi.runbook"), "Dashboard": _words("kpi.dashboard")},
    }


def _teams(channel: Teams, *, send_resolved: bool) -> Config:
    return {
        "send_resolved": send_resolved,
        "webhook_url_file": channel.webhook_url_file.get_secret_value(),
        "title": _words("kpi.title"),
        "text": _words("kpi.teams.text"),
    }


def _slack(channel: Slack, *, send_resolved: bool) -> Config:
    return {
        "send_resolved": send_resolved,
        "api_url_file": channel.api_url_file.get_secret_value(),
        "channel": channel.channel,
        "color": _words("kpi.slack.color"),
        "title": _words("kpi.title"),
        "title_link": _words("kpi.dashboard"),
        "fallback": _words("kpi.title"),
        "text": _words("kpi.slack.text"),
    }


def _email(addresses: Sequence[str], smtp: Smtp, *, send_resolved: bool) -> Config:
    login: dict[str, str] = {}
    if smtp.username is not None:
        login["auth_username"] = smtp.username
    if smtp.password_file is not None:
        login["auth_password_file"] = smtp.password_file.get_secret_value()
    return {
        "send_resolved": send_resolved,
        "to": ", ".join(addresses),
        "from": smtp.sender,
        "smarthost": smtp.smarthost,
        **login,
        "require_tls": smtp.require_tls,
        "headers": {"Subject": _words("kpi.title")},
        "html": _words("kpi.email.html"),
        "text": _words("kpi.text"),
    }


def _webhook(channel: Webhook, *, send_resolved: bool) -> Config:
    token: SecretStr | None = channel.credentials_file
    login = {} if token is None else {"http_config": {"authorization": {"credentials_file": token.get_secret_value()}}}
    return {"send_resolved": send_resolved, "url": channel.url, **login}


def _words(template: str) -> str:
    return f'{{{{ template "{template}" . }}}}'
