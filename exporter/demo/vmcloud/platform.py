"""The platform: virtual machines and GPUs rented out, what they take of its capacity, and how fast its API answers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.kit.subscribers import Subscriber
from exporter.demo.vmcloud.launch_plan import (
    CAPACITY,
    COMPLETE,
    ENTERPRISE,
    ERRORS,
    GPU_MODELS,
    GPUS,
    HORIZON,
    PER_VM,
    REQUESTS,
    VMS,
    of_month,
)

_SAMPLED_FROM = COMPLETE - 2
"""The monitoring forgets what is older."""
_EVERY = timedelta(hours=6)
_TRANSFER_PER_VM = 3_300_000_000
"""Bytes per day."""
_REQUESTS_PER_VM = 110
_REGIONS = ("fr-par-1", "fr-par-2")


@dataclass(frozen=True)
class Rental:
    """A machine or GPU, ordered at `requested` and rented from `starts` up to `ends`."""

    id: str
    kind: str
    model: str | None
    customer_id: str
    requested: datetime
    starts: datetime
    ends: datetime | None


def simulate_rentals(customers: list[Subscriber], months: Months, rng: Rng) -> list[Rental]:
    """Simulate the machines of every customer, then the GPUs."""
    return [*_machines(customers, rng), *_gpus(customers, months, rng)]


def simulate_load(rentals: list[Rental], months: Months, rng: Rng) -> tuple[list[Row], list[Row], list[Row]]:
    """Return samples of the capacity in use, traffic per day and region, and the API's answers per day."""
    counts = _Counts(rentals)
    samples = list(_samples(counts, months))
    traffic: list[Row] = []
    answers: list[Row] = []
    for day in months.days(_SAMPLED_FROM, months.current):
        machines = counts.at("vm", months.midnight(day))
        for region in _REGIONS:
            octets = round(machines * _TRANSFER_PER_VM / len(_REGIONS) * rng.between(0.9, 1.1))
            traffic.append({"zone": region, "day": day, "octets": octets})
        answers += _answers(day, machines * _REQUESTS_PER_VM, rng)
    return samples, traffic, answers


def jobs(rentals: list[Rental]) -> Iterator[Row]:
    """Export how each virtual machine was provided."""
    for rental in rentals:
        if rental.kind == "vm":
            job, account = f"job-{rental.id}", rental.customer_id
            yield {"job": job, "account": account, "asked": rental.requested, "done": rental.starts}


class _Counts:
    """Counts the rentals of a kind, or the GPUs of a model, at an instant."""

    def __init__(self, rentals: list[Rental]) -> None:
        self._starts: dict[str, list[datetime]] = {}
        self._ends: dict[str, list[datetime]] = {}
        for rental in rentals:
            kind = rental.model or rental.kind
            self._starts.setdefault(kind, []).append(rental.starts)
            self._ends.setdefault(kind, []).extend([rental.ends] if rental.ends else [])
        for instants in (*self._starts.values(), *self._ends.values()):
            instants.sort()

    def at(self, kind: str, at: datetime) -> int:
        return bisect_right(self._starts[kind], at) - bisect_right(self._ends[kind], at)


def _rental(kind: str, model: str | None, customer: str, at: datetime, ends: datetime | None, rng: Rng) -> Rental:
    starts = at + rng.seconds(25, 75)
    return Rental(rng.token(f"{kind}-"), kind, model, customer, at, starts, ends)


def _machines(customers: list[Subscriber], rng: Rng) -> Iterator[Rental]:
    """Rent machines to each customer for as long as it stays."""
    for customer in customers:
        for _ in range(rng.one(VMS[customer.segment])):
            yield _rental("vm", None, customer.id, customer.starts, customer.ends, rng)


def _gpus(customers: list[Subscriber], months: Months, rng: Rng) -> Iterator[Rental]:
    """Rent GPUs to enterprises, which stay, in the second half of a month, when its first one is there."""
    enterprises = [customer for customer in customers if customer.segment == ENTERPRISE]
    count = 0
    for month in range(1, HORIZON + 1):
        while count < of_month(GPUS, month):
            customer = rng.one([each for each in enterprises if each.starts < months.start(month + 1)])
            at = max(months.at(month, rng.between(0.5, 0.97)), customer.starts)
            yield _rental("gpu", GPU_MODELS[count % len(GPU_MODELS)], customer.id, at, None, rng)
            count += 1


def _samples(counts: _Counts, months: Months) -> Iterator[Row]:
    for at in months.instants(_SAMPLED_FROM, _EVERY):
        for resource, total in CAPACITY.items():
            machines = counts.at("vm", at)
            used = machines * PER_VM[resource] if resource in PER_VM else counts.at(resource, at)
            yield {"resource": resource, "time": at, "used": used, "total": total}


def _answers(day: date, total: int, rng: Rng) -> Iterator[Row]:
    """Export the answers of a day in each class of duration; on average they take four fifths of its limit."""
    for limit, share in REQUESTS.items():
        count = round(total * share * rng.between(0.97, 1.03))
        errors = round(count * ERRORS * rng.between(0.95, 1.05))
        seconds = (Decimal(limit) * count * Decimal("0.8")).quantize(Decimal("0.001"))
        yield {"day": day, "le": limit, "count": count, "errors": errors, "sum": seconds}
