"""Contact points: for every team and kind of notification the channels of our receivers, with our message templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import SecretStr

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.catalogue.schema.alerting import Opsgenie, Pagerduty, Slack, Teams, Webhook
from exporter.generate.grafana_alerting.interpolation import contents, escaped
from exporter.generate.notifications.channels import Channel, Email, channels_of, reports_resolved
from exporter.generate.notifications.receivers import words
from exporter.generate.notifications.recipients import (
    EVERY_DEFAULT,
    NotificationKind,
    operating_teams,
    receiver,
    watchdog_receiver,
)

Settings = Mapping[str, Any]

_OPSGENIE = "https://api.opsgenie.com/"


def contact_points(companies: Sequence[Company]) -> Iterator[Mapping[str, Any]]:
    """Yield every contact point that policies may name."""
    default = [
        (channel, True)
        for company, team in operating_teams(companies)
        for channel in channels_of(company, team, NotificationKind.TICKET)
    ]
    yield _contact_point(EVERY_DEFAULT, default)
    for company in companies:
        for person in company.alerting.people:
            for kind in NotificationKind:
                channels = [(each, reports_resolved(kind)) for each in channels_of(company, person, kind)]
                yield _contact_point(receiver(company, person, kind), channels)
        if company.alerting.watchdog is not None:
            yield _contact_point(watchdog_receiver(company), [(company.alerting.watchdog, False)])


def _contact_point(name: str, channels: Sequence[tuple[Channel, bool]]) -> Mapping[str, Any]:
    return {"orgId": 1, "name": escaped(name), "receivers": list(_receivers(name, channels))}


def _receivers(name: str, channels: Sequence[tuple[Channel, bool]]) -> Iterator[Mapping[str, Any]]:
    for place, (channel, resolved) in enumerate(channels):
        kind, settings = _settings(channel)
        yield {
            "uid": conventions.grafana_uid(f"kpi-{name}", f"{name}/{place}/{kind}"),
            "type": kind,
            "disableResolveMessage": not resolved,
            "settings": settings,
        }


def _settings(channel: Channel) -> tuple[str, Settings]:
    """Return Grafana's type of such channels, and the channel's settings."""
    match channel:
        case Pagerduty():
            return "pagerduty", _pagerduty(channel)
        case Opsgenie():
            return "opsgenie", {
                "apiKey": _secret(channel.api_key_file),
                "apiUrl": escaped(f"{(channel.api_url or _OPSGENIE).rstrip('/')}/v2/alerts"),
                "message": words("kpi.title"),
                "description": words("kpi.text"),
            }
        case Slack():
            return "slack", {
                "url": _secret(channel.api_url_file),
                "recipient": escaped(channel.channel),
                "color": words("kpi.slack.color"),
                "title": words("kpi.title"),
                "text": words("kpi.slack.text"),
            }
        case Teams():
            texts = {"title": words("kpi.title"), "message": words("kpi.teams.text")}
            return "teams", {"url": _secret(channel.webhook_url_file), **texts}
        case Email():
            texts = {"subject": words("kpi.title"), "message": words("kpi.text")}
            return "email", {"addresses": escaped("; ".join(channel.addresses)), "singleEmail": True, **texts}
        case Webhook():
            token = channel.credentials_file
            login = {} if token is None else {"authorization_credentials": _secret(token)}
            return "webhook", {"url": escaped(channel.url), **login}


def _pagerduty(channel: Pagerduty) -> Settings:
    return {
        "integrationKey": _secret(channel.routing_key_file),
        "summary": words("kpi.title"),
        "severity": words("kpi.pagerduty.severity"),
        "class": "{{ .CommonLabels.alertname }}",
        "component": "{{ .CommonLabels.kpi }}",
        "group": "{{ .CommonLabels.area }}",
        "client": "kpi-exporter",
        "client_url": words("kpi.dashboard"),
        "details": {"firing": words("kpi.text.firing"), "resolved": words("kpi.text.resolved")},
    }


def _secret(file: SecretStr) -> str:
    return contents(file.get_secret_value())
