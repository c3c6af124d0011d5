"""Receivers: for every team and kind of notification, its channels and their texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from exporter.catalogue.model import Company
from exporter.catalogue.schema.alerting import Opsgenie, Pagerduty, Slack, Teams, Webhook
from exporter.generate.notifications.channels import Channel, Email, channels_of, reports_resolved
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
    configs: dict[str, list[Config]] = {}
    for channel in channels_of(company, person, kind):
        key, config = _config(channel, send_resolved=reports_resolved(kind))
        configs.setdefault(key, []).append(config)
    return configs


def _config(channel: Channel, *, send_resolved: bool) -> tuple[str, Config]:
    """Return Alertmanager's key for such channels, and the channel's entry."""
    match channel:
        case Pagerduty():
            return "pagerduty_configs", _pagerduty(channel)
        case Opsgenie():
            return "opsgenie_configs", _opsgenie(channel)
        case Slack():
            return "slack_configs", _slack(channel, send_resolved=send_resolved)
        case Teams():
            return "msteamsv2_configs", _teams(channel, send_resolved=send_resolved)
        case Email():
            return "email_configs", _email(channel, send_resolved=send_resolved)
        case Webhook():
            return "webhook_configs", _webhook(channel, send_resolved=send_resolved)


def _pagerduty(channel: Pagerduty) -> Config:
    return {
        "send_resolved": True,
        "routing_key_file": channel.routing_key_file.get_secret_value(),
        "description": words("kpi.title"),
        "severity": words("kpi.pagerduty.severity"),
        "client": "kpi-exporter",
        "client_url": words("kpi.dashboard"),
        "class": "{{ .CommonLabels.alertname }}",
        "component": "{{ .CommonLabels.kpi }}",
        "group": "{{ .CommonLabels.area }}",
        "details": {
            "firing": words("kpi.text.firing"),
            "resolved": words("kpi.text.resolved"),
        },
        "links": [
            {"href": words("kpi.runbook"), "text": "Runbook"},
            {"href": words("kpi.dashboard"), "text": "Dashboard"},
        ],
    }


def _opsgenie(channel: Opsgenie) -> Config:
    return {
        "send_resolved": True,
        "api_key_file": channel.api_key_file.get_secret_value(),
        **({"api_url": channel.api_url} if channel.api_url else {}),
        "message": words("kpi.title"),
        "description": words("kpi.text"),
        "source": "kpi-exporter",
        "priority": words("kpi.opsgenie.priority"),
        "tags": "{{ .CommonLabels.area }}",
        "entity": "{{ .CommonLabels.kpi }}",
        "details": {"Runbook": words("kpi.runbook"), "Dashboard": words("kpi.dashboard")},
    }


def _teams(channel: Teams, *, send_resolved: bool) -> Config:
    return {
        "send_resolved": send_resolved,
        "webhook_url_file": channel.webhook_url_file.get_secret_value(),
        "title": words("kpi.title"),
        "text": words("kpi.teams.text"),
    }


def _slack(channel: Slack, *, send_resolved: bool) -> Config:
    return {
        "send_resolved": send_resolved,
        "api_url_file": channel.api_url_file.get_secret_value(),
        "channel": channel.channel,
        "color": words("kpi.slack.color"),
        "title": words("kpi.title"),
        "title_link": words("kpi.dashboard"),
        "fallback": words("kpi.title"),
        "text": words("kpi.slack.text"),
    }


def _email(channel: Email, *, send_resolved: bool) -> Config:
    smtp = channel.smtp
    login: dict[str, str] = {}
    if smtp.username is not None:
        login["auth_username"] = smtp.username
    if smtp.password_file is not None:
        login["auth_password_file"] = smtp.password_file.get_secret_value()
    return {
        "send_resolved": send_resolved,
        "to": ", ".join(channel.addresses),
        "from": smtp.sender,
        "smarthost": smtp.smarthost,
        **login,
        "require_tls": smtp.require_tls,
        "headers": {"Subject": words("kpi.title")},
        "html": words("kpi.email.html"),
        "text": words("kpi.text"),
    }


def _webhook(channel: Webhook, *, send_resolved: bool) -> Config:
    token: SecretStr | None = channel.credentials_file
    login = {} if token is None else {"http_config": {"authorization": {"credentials_file": token.get_secret_value()}}}
    return {"send_resolved": send_resolved, "url": channel.url, **login}


def words(template: str) -> str:
    """Return the call of one of the message templates."""
    return f'{{{{ template "{template}" . }}}}'
