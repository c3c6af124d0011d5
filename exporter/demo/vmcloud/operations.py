"""Operations: incidents, the outages that some of them were, and releases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from exporter.demo.kit.incidents import Incident, Outage
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row

_PER_MONTH = {"P2": 2, "P3": 5, "P4": 3}
_RELEASES = 12
_BY_HAND = 0.1


def simulate_operations(months: Months, rng: Rng) -> tuple[list[Incident], list[Outage], list[Row]]:
    """Return incidents, outages and releases."""
    incidents: list[Incident] = []
    outages: list[Outage] = []
    releases: list[Row] = []
    for month in months.numbers:
        gravest = _incident("P1" if month % 3 == 0 else "P2", month, months, rng)
        rest = [_incident(priority, month, months, rng) for priority, n in _PER_MONTH.items() for _ in range(n)]
        incidents += sorted([gravest, *rest], key=lambda incident: incident.triggered)
        down = rng.seconds(700, 1200)
        outages.append(Outage(rng.token("out-"), "outage", gravest.started, gravest.started + down))
        night = months.start(month) + timedelta(days=9, hours=2)
        outages.append(Outage(rng.token("out-"), "maintenance", night, night + timedelta(minutes=40)))
        releases += _releases(month, months, rng)
    return incidents, outages, releases


def _incident(priority: str, month: int, months: Months, rng: Rng) -> Incident:
    started = months.at(month, rng.between(0.05, 0.9))
    triggered = started + rng.seconds(60, 400)
    acknowledged = triggered + rng.seconds(60, 600)
    resolved = acknowledged + rng.seconds(1800, 20_000)
    return Incident(rng.token("inc-"), priority, started, triggered, acknowledged, resolved)


def _releases(month: int, months: Months, rng: Rng) -> Iterator[Row]:
    """Export the releases of a month, one of which is still rolled out by hand."""
    for place, by_hand in enumerate(rng.mix(_RELEASES, {True: _BY_HAND}, rest=False)):
        at = months.at(month, (place + rng.between(0.2, 0.8)) / _RELEASES)
        trigger = "manual" if by_hand else "pipeline"
        yield {"id": rng.token("rel-"), "trigger": trigger, "at": at, "rolled_back": rng.happens(0.05)}
