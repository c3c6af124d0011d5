"""Who tries the product and who uses it: sign-ups, trials and days of use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from exporter.demo.kit.cutoff import Cutoff
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.kit.subscribers import Subscriber
from exporter.demo.vmcloud.launch_plan import B2C, CONVERSION, HORIZON

_TRIAL = timedelta(days=14)
_ACCOUNTS_WITHOUT_TRIAL = 0.12
_ACTIVE = 0.88
"""The share of the customers who use what they have."""


@dataclass(frozen=True)
class Trial:
    """One trial; `customer_id` is the customer that it was converted to, if any."""

    id: str
    customer_id: str | None
    started: datetime
    ended: datetime


def simulate_trials(customers: list[Subscriber], months: Months, rng: Rng) -> list[Trial]:
    """Simulate the trials that end by the horizon, in order of time."""
    trials = [trial for month in range(1, HORIZON + 1) for trial in _trials(customers, month, months, rng)]
    return sorted(trials, key=lambda trial: (trial.started, trial.id))


def trial_exports(trials: Iterable[Trial], months: Months, cut: Cutoff) -> Iterator[Row]:
    """Export every trial; one more ended, on purpose, before it began."""
    for trial in trials:
        if cut.past(trial.started):
            ended = cut.past(trial.ended)
            paid = trial.customer_id is not None if ended else None
            account = trial.customer_id if ended else None
            yield {"id": trial.id, "account": account, "began": trial.started, "end": {"at": ended, "paid": paid}}
    began = months.start(2)
    end = {"at": began - timedelta(days=1), "paid": False}
    yield {"id": "try_test", "account": None, "began": began, "end": end}


def signups(trials: Iterable[Trial], rng: Rng) -> Iterator[Row]:
    """Export an account for each trial, opened minutes before it, and some that never begin one."""
    for trial in trials:
        yield {"account": rng.token("acc_"), "at": trial.started - rng.seconds(60, 900)}
        if rng.happens(_ACCOUNTS_WITHOUT_TRIAL):
            yield {"account": rng.token("acc_"), "at": trial.started + rng.days(0, 2)}


def usage(customers: list[Subscriber], months: Months, rng: Rng) -> Iterator[Row]:
    """Export about a day of use per week of the last three months: the product forgets older ones."""
    for customer in customers:
        if rng.happens(_ACTIVE):
            yield from _usage_of(customer, months, rng)


def _trials(customers: list[Subscriber], month: int, months: Months, rng: Rng) -> Iterator[Trial]:
    """Simulate the trials of a month: those of individuals who begin to pay, and others that run out."""
    buyers = [
        customer
        for customer in customers
        if customer.segment == B2C
        and customer.price
        and months.start(month) <= customer.starts < months.start(month + 1)
    ]
    for customer in buyers:
        started = max(months.start(1), customer.starts - rng.days(4, 14))
        yield Trial(rng.token("try_"), customer.id, started, customer.starts)
    share = CONVERSION[month - 1]
    for _ in range(round(len(buyers) * (1 - share) / share)):
        ended = months.at(month, rng.between(0, 1))
        yield Trial(rng.token("try_"), None, max(months.start(1), ended - _TRIAL), ended)


def _usage_of(customer: Subscriber, months: Months, rng: Rng) -> Iterator[Row]:
    user = rng.token("u_")
    over = min(customer.ends or months.start(months.current + 1), months.start(months.current + 1))
    at = max(customer.starts, months.start(months.current - 2)) + rng.days(0, 2)
    while at < over:
        feature = rng.one(("console", "api", "terraform"))
        yield {"user": user, "account": customer.id, "feature": feature, "day": months.local_day(at)}
        at += rng.days(5, 9)
