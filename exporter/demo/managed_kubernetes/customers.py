"""Customers and their clusters, won, grown and lost as the base plan has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.subscribers import Interval
from exporter.demo.managed_kubernetes.base_plan import (
    BUNDLES,
    CLUSTER_COSTS,
    GROWTH,
    HORIZON,
    LOSSES,
    SMALL,
    STARTER,
    STEPS,
    SUPPORT,
    WINS,
    monthly_price,
)

_LOYAL = timedelta(days=240)
"""Nobody grows or leaves before the onboarding is long over."""


@dataclass
class Cluster(Interval):
    """One cluster, in service and paid for while the interval lasts."""

    id: str
    type: str

    @property
    def price(self) -> Decimal:
        """EUR per month."""
        return Decimal(monthly_price(self.type))

    @property
    def cost(self) -> Decimal:
        """EUR per month."""
        return Decimal(CLUSTER_COSTS[self.type])


@dataclass
class Customer(Interval):
    """One customer, with one contract that runs from the day after it was won."""

    id: str
    subscription: str
    tier: str
    won_at: datetime
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


def simulate_customers(months: Months, rng: Rng) -> tuple[list[Customer], list[Growth]]:
    """Simulate all that happens from the launch to the horizon, in order of time."""
    customers: list[Customer] = []
    growth: list[Growth] = []
    for month in range(1, HORIZON + 1):
        customers += [_new(bundle, at, months, rng) for bundle, at in _spread(WINS[month], month, months, rng)]
        growth += [_grow(customers, step, at, months, rng) for step, at in _spread(GROWTH[month], month, months, rng)]
        if month in LOSSES:
            _lose(customers, months.at(month, rng.between(0.5, 0.9)), months, rng)
    return customers, growth


def clusters(customers: Iterable[Customer]) -> Iterator[tuple[Customer, Cluster]]:
    """Iterate over every cluster with its customer."""
    return ((customer, cluster) for customer in customers for cluster in customer.clusters)


def _spread(letters: str, month: int, months: Months, rng: Rng) -> Iterator[tuple[str, datetime]]:
    """Spread the events of a month evenly over its days."""
    for place, letter in enumerate(letters):
        share = (place + rng.between(0.3, 0.7)) / len(letters)
        yield letter, months.at(month, 0.05 + 0.85 * share)


def _next_day(at: datetime, months: Months) -> datetime:
    return months.midnight(months.local_day(at) + timedelta(days=1))


def _new(bundle: str, at: datetime, months: Months, rng: Rng) -> Customer:
    tier, types = BUNDLES[bundle]
    starts = _next_day(at, months)
    customer = Customer(rng.token("cus_"), rng.token("sub_"), tier, at, starts=starts)
    customer.clusters += [Cluster(rng.token("k8s-"), type_, starts=starts) for type_ in types]
    return customer


def _grow(customers: list[Customer], step: str, at: datetime, months: Months, rng: Rng) -> Growth:
    tier, size, replaced, type_ = STEPS[step]
    starts = _next_day(at, months)
    candidates = [customer for customer in _loyal(customers, at) if _can_take(customer, tier, size, replaced)]
    customer = rng.one(candidates[: (len(candidates) + 1) // 2])  # the longer they are here, the more they grow
    gain = Decimal(monthly_price(type_))
    if replaced is not None:
        old = next(cluster for cluster in customer.running if cluster.type == replaced)
        old.ends = starts
        gain -= old.price
    customer.clusters.append(Cluster(rng.token("k8s-"), type_, starts=starts))
    return Growth(customer, at, 12 * gain)


def _can_take(customer: Customer, tier: str, size: int, replaced: str | None) -> bool:
    """Tell whether a customer can grow; starters do so at exactly that number of clusters, the others from it on."""
    running = customer.running
    fits = len(running) == size if tier == STARTER else len(running) >= size
    return customer.tier == tier and fits and (replaced is None or replaced in [each.type for each in running])


def _lose(customers: list[Customer], at: datetime, months: Months, rng: Rng) -> None:
    small = [each for each in _loyal(customers, at) if [cluster.type for cluster in each.running] == [SMALL]]
    customer = rng.one(small)
    customer.ends = months.midnight(months.local_day(at))
    for cluster in customer.running:
        cluster.ends = customer.ends


def _loyal(customers: list[Customer], at: datetime) -> list[Customer]:
    return [customer for customer in customers if customer.ends is None and customer.starts < at - _LOYAL]
