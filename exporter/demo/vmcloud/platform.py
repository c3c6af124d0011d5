"""The platform: virtual machines and GPUs rented out, what they take of its capacity, and how fast its API answers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from exporter.demo.chance import Chance
from exporter.demo.months import Months
from exporter.demo.vmcloud.customers import Book
from exporter.demo.vmcloud.launch_plan import (
    CAPACITY,
    CURRENT,
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

_KEPT_FROM = CURRENT - 3
"""The monitoring forgets what is older."""
_EVERY = timedelta(hours=6)
_TRANSFER_PER_VM = 3_300_000_000
"""Bytes per day."""
_REQUESTS_PER_VM = 110
_REGIONS = ("fr-par-1", "fr-par-2")


@dataclass(frozen=True)
class Rental:
    """A machine or GPU, asked for at `requested` and rented from `starts` up to `ends`."""

    id: str
    kind: str
    model: str | None
    customer_id: str
    requested: datetime
    starts: datetime
    ends: datetime | None


@dataclass(frozen=True)
class Sample:
    resource: str
    at: datetime
    used: int


@dataclass(frozen=True)
class Transfer:
    region: str
    on: date
    bytes: int


@dataclass(frozen=True)
class Answers:
    """The API's answers of a day in one class of duration; `seconds` is the sum of their durations."""

    on: date
    up_to: str
    requests: int
    failed: int
    seconds: Decimal


@dataclass(frozen=True)
class Platform:
    rentals: list[Rental]
    samples: list[Sample]
    transfers: list[Transfer]
    answers: list[Answers]


def simulate_platform(book: Book, months: Months, chance: Chance) -> Platform:
    rentals = [*_machines(book, chance), *_gpus(book, months, chance)]
    counts = _Counts(rentals)
    platform = Platform(rentals, list(_samples(counts, months)), [], [])
    day, over = months.first(_KEPT_FROM), months.first(CURRENT + 1)
    while day < over:
        machines = counts.at("vm", months.midnight(day))
        for region in _REGIONS:
            amount = round(machines * _TRANSFER_PER_VM / len(_REGIONS) * chance.between(0.9, 1.1))
            platform.transfers.append(Transfer(region, day, amount))
        platform.answers.extend(_answers(day, machines * _REQUESTS_PER_VM, chance))
        day += timedelta(days=1)
    return platform


class _Counts:
    """How many rentals of a kind, or GPUs of a model, there are at an instant."""

    def __init__(self, rentals: list[Rental]) -> None:
        kinds = {rental.model or rental.kind for rental in rentals}
        self._begun = {
            kind: sorted(each.starts for each in rentals if (each.model or each.kind) == kind) for kind in kinds
        }
        self._over = {
            kind: sorted(each.ends for each in rentals if each.ends and (each.model or each.kind) == kind)
            for kind in kinds
        }

    def at(self, kind: str, at: datetime) -> int:
        return bisect_right(self._begun[kind], at) - bisect_right(self._over[kind], at)


def _rental(kind: str, model: str | None, customer: str, at: datetime, ends: datetime | None, chance: Chance) -> Rental:
    starts = at + timedelta(seconds=round(chance.between(25, 75)))
    return Rental(chance.token(f"{kind}-"), kind, model, customer, at, starts, ends)


def _machines(book: Book, chance: Chance) -> Iterator[Rental]:
    """As long as the customer stays."""
    for customer in book.customers:
        for _ in range(chance.one(VMS[customer.tier])):
            yield _rental("vm", None, customer.id, customer.starts, customer.ends, chance)


def _gpus(book: Book, months: Months, chance: Chance) -> Iterator[Rental]:
    """By enterprises, which stay; in the second half of a month, when its first one is there."""
    rented = 0
    for month in range(1, HORIZON + 1):
        while rented < of_month(GPUS, month):
            known = [
                each for each in book.customers if each.tier == ENTERPRISE and each.starts < months.start(month + 1)
            ]
            customer = chance.one(known)
            at = max(months.at(month, chance.between(0.5, 0.97)), customer.starts)
            yield _rental("gpu", GPU_MODELS[rented % len(GPU_MODELS)], customer.id, at, None, chance)
            rented += 1


def _samples(counts: _Counts, months: Months) -> Iterator[Sample]:
    at, over = months.start(_KEPT_FROM), months.start(CURRENT + 1)
    while at < over:
        for resource in CAPACITY:
            machines = counts.at("vm", at)
            used = machines * PER_VM[resource] if resource in PER_VM else counts.at(resource, at)
            yield Sample(resource, at, used)
        at += _EVERY


def _answers(day: date, total: int, chance: Chance) -> Iterator[Answers]:
    """Within a class, answers take four fifths of its limit on average."""
    for up_to, share in REQUESTS.items():
        requests = round(total * share * chance.between(0.97, 1.03))
        failed = round(requests * ERRORS * chance.between(0.95, 1.05))
        yield Answers(
            day, up_to, requests, failed, (Decimal(up_to) * requests * Decimal("0.8")).quantize(Decimal("0.001"))
        )
