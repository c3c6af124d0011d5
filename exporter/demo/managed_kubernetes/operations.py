"""The platform's operations: incidents, outages, releases, backups and reports on service levels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from exporter.demo.kit.cutoff import Cutoff
from exporter.demo.kit.incidents import Incident, Outage
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.managed_kubernetes.base_plan import COMPLETE
from exporter.demo.managed_kubernetes.customers import Customer, clusters

_RETENTION = timedelta(days=120)
"""After which the backup tool forgets a run."""
_BACKUPS_FROM = COMPLETE - 5
"""A month that is older than the retention, so that no earlier run is ever exported."""
_PER_MONTH = {"P1": 1, "P2": 3, "P3": 6, "P4": 4}
_HOURS_TO_RESOLVE = {"P1": (1.2, 3.2), "P2": (3.0, 7.0), "P3": (6.0, 30.0), "P4": (12.0, 60.0)}


def simulate_operations(
    customers: list[Customer], months: Months, rng: Rng
) -> tuple[list[Incident], list[Outage], list[Row], list[Row]]:
    """Return incidents, outages, releases, and reports on service levels."""
    incidents: list[Incident] = []
    outages: list[Outage] = []
    releases: list[Row] = []
    reports: list[Row] = []
    for month in months.numbers:
        new = list(_incidents(month, months, rng))
        incidents += new
        outages += _outages(new, month, months, rng)
        releases += _releases(month, months, rng)
        of_month = list(_sla_reports(customers, month, months, rng))
        reports += of_month if month <= months.complete else []  # a month is reported on when it is over
    incidents.sort(key=lambda incident: incident.triggered)
    return incidents, outages, releases, reports


def backups(customers: list[Customer], months: Months, cut: Cutoff, rng: Rng) -> Iterator[Row]:
    """Export the runs that the backup tool still has."""
    for finished, name, cluster, succeeded in sorted(_runs(customers, months, rng)):
        if cut.now - _RETENTION < finished <= cut.now:
            phase = "Completed" if succeeded else "PartiallyFailed"
            yield {
                "metadata": {"name": name, "labels": {"cluster": cluster}},
                "status": {"phase": phase, "completionTimestamp": finished},
            }


def _incidents(month: int, months: Months, rng: Rng) -> Iterator[Incident]:
    """Simulate one P1 in most months, none in every fifth. Alerts come late: detection takes over five minutes."""
    for priority, count in _PER_MONTH.items():
        for _ in range(0 if priority == "P1" and month % 5 == 0 else count):
            started = months.at(month, rng.between(0.05, 0.88))
            triggered = started + rng.seconds(270, 620)
            acknowledged = triggered + rng.seconds(90, 540)
            resolved = triggered + timedelta(hours=rng.between(*_HOURS_TO_RESOLVE[priority]))
            resolved = resolved.replace(microsecond=0)
            yield Incident(rng.token("Q"), priority, started, triggered, acknowledged, resolved)


def _outages(incidents: list[Incident], month: int, months: Months, rng: Rng) -> Iterator[Outage]:
    """Simulate an outage for the most urgent incident and one more, and a night of maintenance."""
    for incident in incidents[:2]:
        ends = incident.started + rng.seconds(480, 640)
        yield Outage(rng.token("out-"), "outage", incident.started, ends)
    night = months.start(month) + timedelta(days=13, hours=1)
    yield Outage(rng.token("out-"), "maintenance", night, night + timedelta(minutes=50))


def _releases(month: int, months: Months, rng: Rng) -> Iterator[Row]:
    """Export five releases a month; every fourth month one fails, and a repair follows within hours."""
    failing = 2 if month % 4 == COMPLETE % 4 else None
    for place in range(5):
        at = months.at(month, (place + rng.between(0.3, 0.7)) / 5)
        yield _release(rng.token("rel-"), at, place == failing)
        if place == failing:
            yield _release(rng.token("rel-"), at + rng.days(0.05, 0.2), False)


def _release(name: str, at: datetime, failed: bool) -> Row:
    return {"sync_id": name, "application": "platform", "finished_at": at, "rolled_back": failed}


def _sla_reports(customers: list[Customer], month: int, months: Months, rng: Rng) -> Iterator[Row]:
    """Export a report per customer; every third month the level of one is missed."""
    starts, ends = months.start(month), months.start(month + 1)
    present = [each.id for each in customers if each.starts < ends and (each.ends is None or each.ends > starts)]
    missed = rng.one(present) if present and month % 3 == COMPLETE % 3 else None
    for customer in present:
        yield {"account": customer, "month": months.first(month), "objective_met": customer != missed}


def _runs(customers: list[Customer], months: Months, rng: Rng) -> Iterator[tuple[datetime, str, str, bool]]:
    """Simulate a run per cluster and week, with its end, name, cluster and success; every second week one fails."""
    until = months.start(months.current + 1)
    weeks: dict[int, list[tuple[datetime, str, str]]] = {}
    for _, cluster in clusters(customers):
        first = months.start(_BACKUPS_FROM) + rng.days(0, 7)
        for week in range(int((until - first) / timedelta(weeks=1)) + 1):
            finished = first + timedelta(weeks=week, minutes=round(rng.between(4, 40)))
            if cluster.holds(finished):
                name = f"weekly-{cluster.id}-{finished:%Y%m%d%H%M%S}"
                weeks.setdefault(week, []).append((finished, name, cluster.id))
    for week, runs in weeks.items():
        failing = rng.one(runs) if week % 2 == 0 else None
        yield from ((*run, run != failing) for run in runs)
