"""Incidents and outages of a service, as an incident tracker and a status page record them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Incident:
    """One incident, from its start until it is resolved."""

    id: str
    priority: str
    started: datetime
    triggered: datetime
    acknowledged: datetime
    resolved: datetime


@dataclass(frozen=True)
class Outage:
    """A time without service of a component; `kind` is `outage` or `maintenance`."""

    id: str
    kind: str
    starts: datetime
    ends: datetime
    component: str = "platform"
