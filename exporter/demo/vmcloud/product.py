"""Who tries the product and who uses it: sign-ups, trials and days of use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from exporter.demo.chance import Chance
from exporter.demo.months import Months
from exporter.demo.vmcloud.customers import Book, Customer
from exporter.demo.vmcloud.launch_plan import B2C, CONVERSION, CURRENT, HORIZON

_TRIAL = timedelta(days=14)
_ACCOUNTS_WITHOUT_TRIAL = 0.12
_ACTIVE = 0.88
"""The share of the customers who use what they have."""


@dataclass(frozen=True)
class Trial:
    id: str
    customer_id: str | None
    started: datetime
    ended: datetime
    converted: bool


@dataclass(frozen=True)
class SignUp:
    id: str
    at: datetime


@dataclass(frozen=True)
class Use:
    user_id: str
    customer_id: str
    feature: str
    on: date


@dataclass(frozen=True)
class Product:
    trials: list[Trial]
    signups: list[SignUp]
    uses: list[Use]


def simulate_product(book: Book, months: Months, chance: Chance) -> Product:
    trials = [trial for month in range(1, HORIZON + 1) for trial in _trials(book, month, months, chance)]
    trials.sort(key=lambda trial: (trial.started, trial.id))
    return Product(trials, list(_signups(trials, months, chance)), list(_uses(book, months, chance)))


def _trials(book: Book, month: int, months: Months, chance: Chance) -> Iterator[Trial]:
    """Individuals who begin to pay tried it before; the others of the month's trials run out."""
    begun = [
        customer
        for customer in book.customers
        if customer.tier == B2C
        and customer.monthly
        and months.start(month) <= customer.starts < months.start(month + 1)
    ]
    for customer in begun:
        started = max(months.start(1), customer.starts - chance.days(4, 14))
        yield Trial(chance.token("try_"), customer.id, started, customer.starts, True)
    share = CONVERSION[month - 1]
    for _ in range(round(len(begun) * (1 - share) / share)):
        ended = months.at(month, chance.between(0, 1))
        yield Trial(chance.token("try_"), None, max(months.start(1), ended - _TRIAL), ended, False)


def _signups(trials: list[Trial], months: Months, chance: Chance) -> Iterator[SignUp]:
    """An account is opened minutes before its trial; some never begin one."""
    for trial in trials:
        yield SignUp(chance.token("acc_"), trial.started - timedelta(seconds=round(chance.between(60, 900))))
        if chance.happens(_ACCOUNTS_WITHOUT_TRIAL):
            yield SignUp(chance.token("acc_"), trial.started + chance.days(0, 2))


def _uses(book: Book, months: Months, chance: Chance) -> Iterator[Use]:
    """About once a week, in the last three months: the product forgets older ones."""
    for customer in book.customers:
        if chance.happens(_ACTIVE):
            yield from _of_customer(customer, months, chance)


def _of_customer(customer: Customer, months: Months, chance: Chance) -> Iterator[Use]:
    user = chance.token("u_")
    over = min(customer.ends or months.start(CURRENT + 1), months.start(CURRENT + 1))
    at = max(customer.starts, months.start(CURRENT - 2)) + chance.days(0, 2)
    while at < over:
        yield Use(user, customer.id, chance.one(("console", "api", "terraform")), months.local_day(at))
        at += chance.days(5, 9)
