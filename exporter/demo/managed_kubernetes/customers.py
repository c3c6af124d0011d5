"""Customers and their clusters, won, grown and lost as the base plan has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from exporter.demo.chance import Chance
from exporter.demo.managed_kubernetes.base_plan import (
    BUNDLES,
    CLUSTER_COSTS,
    GROWTH,
    LOSSES,
    SMALL,
    STARTER,
    STEPS,
    SUPPORT,
    WINS,
    monthly_price,
)
from exporter.demo.managed_kubernetes.calendar import HORIZON, local_day, midnight
from exporter.demo.months import Months

_LOYAL = timedelta(days=240)
"""Nobody grows or leaves before the onboarding is long over."""


@dataclass
class Cluster:
    """One cluster, in service and paid for from `starts` up to `ends`."""

    id: str
    type: str
    starts: datetime
    ends: datetime | None = None

    @property
    def price(self) -> Decimal:
        """EUR per month."""
        return Decimal(monthly_price(self.type))

    @property
    def cost(self) -> Decimal:
        """EUR per month."""
        return Decimal(CLUSTER_COSTS[self.type])


@dataclass
class Customer:
    """One customer, with one contract that runs from `starts`, the day after it was won."""

    id: str
    subscription: str
    tier: str
    won_at: datetime
    starts: datetime
    ends: datetime | None = None
    clusters: list[Cluster] = field(default_factory=list)

    @property
    def support(self) -> Decimal:
        """The fee of the support tier, EUR per month."""
        return Decimal(SUPPORT[self.tier])

    @property
    def running(self) -> list[Cluster]:
        """The clusters in service where the simulation stands."""
        return [cluster for cluster in self.clusters if cluster.ends is None]


@dataclass(frozen=True)
class Growth:
    """A customer who took more; `annual` is what that brings per year in EUR."""

    customer: Customer
    at: datetime
    annual: Decimal


@dataclass(frozen=True)
class Book:
    customers: list[Customer]
    growth: list[Growth]

    def clusters(self) -> Iterator[tuple[Customer, Cluster]]:
        return ((customer, cluster) for customer in self.customers for cluster in customer.clusters)


def simulate_customers(months: Months, chance: Chance) -> Book:
    """All that happens from the launch to the horizon, in order of time."""
    book = Book([], [])
    for month in range(1, HORIZON + 1):
        for place, letter in enumerate(WINS[month]):
            share = (place + chance.between(0.3, 0.7)) / len(WINS[month])
            book.customers.append(_win(letter, months.at(month, 0.05 + 0.85 * share), chance))
        for place, letter in enumerate(GROWTH[month]):
            share = (place + chance.between(0.3, 0.7)) / len(GROWTH[month])
            _grow(book, letter, months.at(month, 0.05 + 0.85 * share), chance)
        if month in LOSSES:
            _lose(book, months.at(month, chance.between(0.5, 0.9)), chance)
    return book


def _win(letter: str, at: datetime, chance: Chance) -> Customer:
    tier, types = BUNDLES[letter]
    starts = midnight(local_day(at) + timedelta(days=1))
    customer = Customer(chance.token("cus_"), chance.token("sub_"), tier, at, starts)
    customer.clusters += [Cluster(chance.token("k8s-"), each, starts) for each in types]
    return customer


def _grow(book: Book, letter: str, at: datetime, chance: Chance) -> None:
    tier, size, replaced, type_ = STEPS[letter]
    starts = midnight(local_day(at) + timedelta(days=1))
    candidates = [customer for customer in _loyal(book, at) if _can_take(customer, tier, size, replaced)]
    customer = chance.one(candidates[: (len(candidates) + 1) // 2])  # the longer they are here, the more they grow
    gain = Decimal(monthly_price(type_))
    if replaced is not None:
        old = next(cluster for cluster in customer.running if cluster.type == replaced)
        old.ends = starts
        gain -= old.price
    customer.clusters.append(Cluster(chance.token("k8s-"), type_, starts))
    book.growth.append(Growth(customer, at, 12 * gain))


def _can_take(customer: Customer, tier: str, size: int, replaced: str | None) -> bool:
    """Starters stay small: they grow at exactly that number of clusters, the others from it on."""
    running = customer.running
    fits = len(running) == size if tier == STARTER else len(running) >= size
    return customer.tier == tier and fits and (replaced is None or replaced in [each.type for each in running])


def _lose(book: Book, at: datetime, chance: Chance) -> None:
    small = [each for each in _loyal(book, at) if [cluster.type for cluster in each.running] == [SMALL]]
    customer = chance.one(small)
    customer.ends = midnight(local_day(at))
    for cluster in customer.running:
        cluster.ends = customer.ends


def _loyal(book: Book, at: datetime) -> list[Customer]:
    return [customer for customer in book.customers if customer.ends is None and customer.starts < at - _LOYAL]
