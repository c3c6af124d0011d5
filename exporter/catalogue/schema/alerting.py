"""Who is told of an alert, through which channel and when, as a catalogue writes it: `people` and `alerting`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from exporter.strict_model import StrictModel

_TEAM = r"^\w[\w .&-]*$"
_MAILBOX = r"^[^@\s,]+@[^@\s,]+$"
_HOST = r"^[^\s:/]+:\d+$"
_OPEN_ADDRESS = r"^https?://[^\s/@]+(/\S*)?$"

PATTERNS: Mapping[str, str] = {
    _TEAM: "should be letters, digits, spaces and . & -, with a letter or digit first",
    _MAILBOX: "should be an e-mail address, such as team@example.com",
    _HOST: "should be a host and a port, such as smtp.example.com:587",
    _OPEN_ADDRESS: "should be an address that begins with https:// or http:// and holds no login",
}
"""Each pattern of these parts in words."""


def _absolute(path: SecretStr) -> SecretStr:
    if not path.get_secret_value().startswith("/"):
        message = "should be the path of a file on Alertmanager's machine, such as /etc/alertmanager/secrets/pagerduty"
        raise ValueError(f"{message}; the secret itself stands in that file")
    return path


def _listed(addresses: Any) -> Any:
    return (addresses,) if isinstance(addresses, str) else addresses or ()


def _mailboxes(addresses: tuple[str, ...]) -> tuple[str, ...]:
    if not all(re.fullmatch(_MAILBOX, address) for address in addresses):
        raise ValueError(PATTERNS[_MAILBOX])
    return addresses


Mailboxes = Annotated[
    tuple[str, ...],
    BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...] | None),
    AfterValidator(_mailboxes),
]
"""One address or a list of them."""

Team = Annotated[str, Field(pattern=_TEAM)]
"""The owner of KPIs; a part of receivers' names."""

SecretFile = Annotated[SecretStr, AfterValidator(_absolute)]
"""A path is no secret; what is written there by mistake may be one, so no error shows it."""


class Severity(StrEnum):
    """How bad it is: a missed target, or the red flag."""

    WARNING = "warning"
    CRITICAL = "critical"


class Pagerduty(StrictModel):
    """A service of PagerDuty, by its events API (v2)."""

    routing_key_file: SecretFile
    """the file with the integration key"""


class Opsgenie(StrictModel):
    """An integration of Opsgenie, or of a service that takes the same calls."""

    api_key_file: SecretFile
    """the file with the integration's key"""
    api_url: Annotated[str, Field(pattern=_OPEN_ADDRESS)] | None = None
    """the address, where it is not https://api.opsgenie.com/"""


class Teams(StrictModel):
    """A channel of Microsoft Teams, by a workflow that takes a webhook; needs Alertmanager 0.28."""

    webhook_url_file: SecretFile
    """the file with the workflow's address"""


class Slack(StrictModel):
    """A channel of Slack, by an incoming webhook."""

    channel: str
    """the channel's name, in quotes: "#platform\""""
    api_url_file: SecretFile
    """the file with the webhook's address"""


class Webhook(StrictModel):
    """Anything that takes Alertmanager's webhook, such as a ticket system."""

    url: Annotated[str, Field(pattern=_OPEN_ADDRESS)]
    """the address; it stands in the generated file, so it must not be a secret itself"""
    credentials_file: SecretFile | None = None
    """the file with a bearer token"""


class Channels(StrictModel):
    """How a team is told: pages go to PagerDuty and Opsgenie, everything else to the other channels, each of them."""

    pagerduty: Pagerduty | None = None
    """where pages go"""
    opsgenie: Opsgenie | None = None
    """where pages go, too"""
    slack: Slack | None = None
    """where tickets and digests are posted"""
    teams: Teams | None = None
    """where tickets and digests are posted, too"""
    email: Mailboxes = ()
    """the team's address, or a list of them, for tickets and digests; needs `alerting.smtp`"""
    webhook: Webhook | None = None
    """the ticket system; told of a digest only where there is no other channel"""

    @property
    def page(self) -> bool:
        """Whether there is a channel for pages only."""
        return self.pagerduty is not None or self.opsgenie is not None


class Smtp(StrictModel):
    """The server that takes e-mail."""

    smarthost: Annotated[str, Field(pattern=_HOST)]
    """host and port"""
    sender: Annotated[str, Field(pattern=_MAILBOX)]
    """the address that e-mail comes from"""
    username: str | None = None
    """the login, where it wants one"""
    password_file: SecretFile | None = None
    """the file with the login's password"""
    require_tls: bool = True
    """whether the server must offer STARTTLS"""


class HoursDocument(StrictModel):
    """A stretch of the week, in the company's time zone."""

    days: str = "monday to friday"
    """days of the week: `monday to friday`, or `monday, thursday`"""
    hours: str = "09:00 to 17:00"
    """from when to when"""


class DigestDocument(StrictModel):
    """When digests are sent, in the company's time zone."""

    days: str = "monday"
    """days of the week, such as `monday`, or `monday to friday`"""
    at: str = "09:00"
    """the hour in which they are sent begins then"""


class MonthCloseDocument(StrictModel):
    """The days on which the books of the month before are not final; what rests on them is told afterwards."""

    days: str | int
    """days of the month: `1 to 3`"""
    areas: tuple[str, ...] = ()
    """the areas whose tickets and digests wait"""
    owners: tuple[str, ...] = ()
    """the owners whose tickets and digests wait"""


class AlertingDocument(StrictModel):
    """When people are told, and what they share."""

    default: str | None = None
    """who of `people` is told of the exporter's own alerts, and of KPIs whose owner is not among `people`"""
    operator: str | None = None
    """who of `people` runs the exporter: is told of the exporter's own alerts in place of each company's `default`, and
    of what no route takes; of several companies, one names it"""
    page_at: Severity = Severity.CRITICAL
    """from which severity on a KPI with `notify: page` pages; below, it is a ticket"""
    business_hours: HoursDocument = HoursDocument()
    """when tickets are sent; what comes at another time waits"""
    digest: DigestDocument = DigestDocument()
    """when digests are sent"""
    month_close: MonthCloseDocument | None = None
    """when numbers that rest on the books are not final; `null` if they always are"""
    smtp: Smtp | None = None
    """the server for e-mail"""
    watchdog: Webhook | None = None
    """a dead man's switch: it is told every few minutes that alerts get through, and raises the alarm when not"""
