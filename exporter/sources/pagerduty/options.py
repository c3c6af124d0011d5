"""The options of a source of type `pagerduty`: a key is all that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from exporter.sources.endpoint import Url
from exporter.sources.interface import MeasureOptions
from exporter.sources.pagerduty.api import RULES, explained
from exporter.sources.pagerduty.rows import IncidentRows, Priority
from exporter.sources.pagerduty.source import PagerDuty
from exporter.sources.session import Session
from exporter.sources.vendor import VendorOptions

COLUMNS = ("incident_id", "priority", "triggered_at", "acknowledged_at", "resolved_at")
"""The columns of `incidents` that PagerDuty knows; when the impact began it does not."""

OUTAGE_COLUMNS = ("outage_id", "service", "starts_at", "ends_at")
"""The columns of `outages` that follow from an incident."""


class PagerDutyOptions(VendorOptions):
    """`key` is an API key of the account, or of a user; read-only is enough."""

    reads = "reads incidents from PagerDuty"
    product = "PagerDuty"

    type: Literal["pagerduty"]
    url: Url = Field(
        default=SecretStr("https://api.pagerduty.com"),
        description="https://api.eu.pagerduty.com for accounts in the EU's service region",
    )
    priorities: Mapping[str, Priority] = Field(
        default={}, description="name of a priority in the account: P1 to P5; those that are called so need none"
    )
    urgencies: Mapping[Literal["high", "low"], Priority] = Field(
        default={"high": "P2", "low": "P4"}, description="what an incident without a priority counts as, by urgency"
    )
    services: tuple[str, ...] = Field(default=(), description="names or ids of the services that count; all if empty")

    outages: tuple[Priority, ...] = Field(
        default=(),
        description="priorities whose incidents are outages too, from the first alert until they are resolved",
    )

    @field_validator("urgencies")
    @classmethod
    def _both_urgencies(cls, urgencies: Mapping[str, Priority]) -> Mapping[str, Priority]:
        if missing := {"high", "low"} - urgencies.keys():
            raise ValueError(f"says nothing about {' and '.join(sorted(missing))}; an incident has one of high and low")
        return urgencies

    def all_headers(self) -> Mapping[str, str]:
        """Return the header that carries the key, as PagerDuty reads it."""
        return {"Authorization": f"Token token={self.key.get_secret_value()}"}

    def record_tables(self) -> Mapping[str, tuple[str, ...]]:
        """Return the table of incidents with the columns that PagerDuty knows, and that of outages where some are."""
        return {"incidents": COLUMNS, **({"outages": OUTAGE_COLUMNS} if self.outages else {})}

    def direct_measures(self) -> Mapping[str, MeasureOptions]:
        """Return none."""
        return {}

    def build(self, name: str) -> PagerDuty:
        """Return the source; it opens nothing before its first poll."""
        return PagerDuty(Session(self, explained, rules=RULES), self.rows(), timedelta(seconds=self.history))

    def rows(self) -> IncidentRows:
        """Return what decides which incidents are rows, and what they say."""
        urgencies = {str(urgency): priority for urgency, priority in self.urgencies.items()}
        return IncidentRows(self.priorities, urgencies, self.services, self.outages)
