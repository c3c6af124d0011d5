"""Operations: incidents, the outages that some of them were, and releases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from exporter.demo.chance import Chance
from exporter.demo.months import Months
from exporter.demo.service import Incident, Outage
from exporter.demo.vmcloud.launch_plan import CURRENT

_PER_MONTH = {"P2": 2, "P3": 5, "P4": 3}
_RELEASES = 12
_BY_HAND = 0.1


@dataclass(frozen=True)
class Release:
    id: str
    at: datetime
    automated: bool
    failed: bool


@dataclass(frozen=True)
class Operations:
    incidents: list[Incident]
    outages: list[Outage]
    releases: list[Release]


def simulate_operations(months: Months, chance: Chance) -> Operations:
    operations = Operations([], [], [])
    for month in range(1, CURRENT + 1):
        worst = _incident("P1" if month % 3 == 0 else "P2", month, months, chance)
        rest = [_incident(priority, month, months, chance) for priority, n in _PER_MONTH.items() for _ in range(n)]
        operations.incidents.extend(sorted([worst, *rest], key=lambda incident: incident.triggered))
        down = timedelta(seconds=round(chance.between(700, 1200)))
        operations.outages.append(Outage(chance.token("out-"), "outage", worst.started, worst.started + down))
        night = months.start(month) + timedelta(days=9, hours=2)
        operations.outages.append(Outage(chance.token("out-"), "maintenance", night, night + timedelta(minutes=40)))
        operations.releases.extend(_releases(month, months, chance))
    return operations


def _incident(priority: str, month: int, months: Months, chance: Chance) -> Incident:
    started = months.at(month, chance.between(0.05, 0.9))
    triggered = started + timedelta(seconds=round(chance.between(60, 400)))
    acknowledged = triggered + timedelta(seconds=round(chance.between(60, 600)))
    resolved = acknowledged + timedelta(seconds=round(chance.between(1800, 20_000)))
    return Incident(chance.token("inc-"), priority, started, triggered, acknowledged, resolved)


def _releases(month: int, months: Months, chance: Chance) -> Iterator[Release]:
    """One of the month is still rolled out by hand."""
    for place, by_hand in enumerate(chance.mix(_RELEASES, {True: _BY_HAND}, rest=False)):
        at = months.at(month, (place + chance.between(0.2, 0.8)) / _RELEASES)
        yield Release(chance.token("rel-"), at, not by_hand, chance.happens(0.05))
