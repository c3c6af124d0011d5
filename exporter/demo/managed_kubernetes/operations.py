"""The platform's operations: incidents, outages, releases, backups and reports on service levels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from exporter.demo.chance import Chance
from exporter.demo.managed_kubernetes.calendar import COMPLETE, CURRENT
from exporter.demo.managed_kubernetes.customers import Book
from exporter.demo.months import Months
from exporter.demo.service import Incident, Outage

_BACKUPS_FROM = CURRENT - 6
"""The tool forgets a backup when it expires, so only the last months are ever exported."""


@dataclass(frozen=True)
class Deployment:
    id: str
    at: datetime
    failed: bool


@dataclass(frozen=True)
class Backup:
    id: str
    cluster_id: str
    finished: datetime
    succeeded: bool


@dataclass(frozen=True)
class SlaReport:
    customer_id: str
    month: date
    met: bool


@dataclass(frozen=True)
class Operations:
    incidents: list[Incident]
    outages: list[Outage]
    deployments: list[Deployment]
    backups: list[Backup]
    sla_reports: list[SlaReport]


def simulate_operations(book: Book, months: Months, chance: Chance) -> Operations:
    operations = Operations([], [], [], [], [])
    for month in range(1, CURRENT + 1):
        incidents = list(_incidents(month, months, chance))
        operations.incidents.extend(incidents)
        operations.outages.extend(_outages(incidents, month, months, chance))
        operations.deployments.extend(_deployments(month, months, chance))
        operations.sla_reports.extend(_sla_reports(book, month, months, chance))
    operations.backups.extend(_backups(book, months, chance))
    operations.incidents.sort(key=lambda incident: incident.triggered)
    return operations


_PER_MONTH = {"P1": 1, "P2": 3, "P3": 6, "P4": 4}
_HOURS_TO_RESOLVE = {"P1": (1.2, 3.2), "P2": (3.0, 7.0), "P3": (6.0, 30.0), "P4": (12.0, 60.0)}


def _incidents(month: int, months: Months, chance: Chance) -> Iterator[Incident]:
    """One P1 in most months, none in every fifth. Alerts come late: detection takes more than five minutes."""
    for priority, count in _PER_MONTH.items():
        for _ in range(0 if priority == "P1" and month % 5 == 0 else count):
            started = months.at(month, chance.between(0.05, 0.88))
            triggered = started + timedelta(seconds=round(chance.between(270, 620)))
            acknowledged = triggered + timedelta(seconds=round(chance.between(90, 540)))
            resolved = triggered + timedelta(hours=chance.between(*_HOURS_TO_RESOLVE[priority]))
            resolved = resolved.replace(microsecond=0)
            yield Incident(chance.token("Q"), priority, started, triggered, acknowledged, resolved)


def _outages(incidents: list[Incident], month: int, months: Months, chance: Chance) -> Iterator[Outage]:
    """The most urgent incident and one more took the platform down for a while; there is a night of maintenance."""
    for incident in incidents[:2]:
        ends = incident.started + timedelta(seconds=round(chance.between(480, 640)))
        yield Outage(chance.token("out-"), "outage", incident.started, ends)
    night = months.start(month) + timedelta(days=13, hours=1)
    yield Outage(chance.token("out-"), "maintenance", night, night + timedelta(minutes=50))


def _deployments(month: int, months: Months, chance: Chance) -> Iterator[Deployment]:
    """Five releases a month. Every fourth month one fails, and a repair follows within hours."""
    failing = 2 if month % 4 == COMPLETE % 4 else None
    for place in range(5):
        at = months.at(month, (place + chance.between(0.3, 0.7)) / 5)
        yield Deployment(chance.token("rel-"), at, place == failing)
        if place == failing:
            yield Deployment(chance.token("rel-"), at + chance.days(0.05, 0.2), False)


def _sla_reports(book: Book, month: int, months: Months, chance: Chance) -> Iterator[SlaReport]:
    """Every third month the level of one customer is missed."""
    starts, ends = months.start(month), months.start(month + 1)
    served = [
        customer.id
        for customer in book.customers
        if customer.starts < ends and (customer.ends is None or customer.ends > starts)
    ]
    missed = chance.one(served) if served and month % 3 == COMPLETE % 3 else None
    for customer_id in served:
        yield SlaReport(customer_id, months.first(month), customer_id != missed)


def _backups(book: Book, months: Months, chance: Chance) -> list[Backup]:
    """One run per cluster and week; every second week one of them fails."""
    until = months.start(CURRENT + 1)
    weeks: dict[int, list[Backup]] = {}
    for _, cluster in book.clusters():
        first = months.start(_BACKUPS_FROM) + chance.days(0, 7)
        for week in range(int((until - first) / timedelta(weeks=1)) + 1):
            finished = first + timedelta(weeks=week, minutes=round(chance.between(4, 40)))
            if cluster.starts < finished and (cluster.ends is None or finished < cluster.ends):
                name = f"weekly-{cluster.id}-{finished:%Y%m%d%H%M%S}"
                weeks.setdefault(week, []).append(Backup(name, cluster.id, finished, True))
    found: list[Backup] = []
    for week, runs in weeks.items():
        failing = chance.one(runs).id if week % 2 == 0 else None
        found += [Backup(run.id, run.cluster_id, run.finished, run.id != failing) for run in runs]
    return sorted(found, key=lambda run: (run.finished, run.id))
