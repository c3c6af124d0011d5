"""The care of customers: onboardings, support tickets and what surveys say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from exporter.demo.chance import Chance
from exporter.demo.managed_kubernetes.base_plan import ENTERPRISE, PROFESSIONAL, STARTER
from exporter.demo.managed_kubernetes.calendar import CURRENT
from exporter.demo.managed_kubernetes.customers import Book, Customer
from exporter.demo.months import Months

_DAYS_TO_VALUE = {STARTER: (5.0, 9.0), PROFESSIONAL: (8.0, 13.0), ENTERPRISE: (16.0, 25.0)}
_TICKETS_PER_CUSTOMER = 0.8
_RESPONDENTS = 2
"""People per customer who are asked."""


@dataclass(frozen=True)
class Onboarding:
    id: str
    customer_id: str
    started: datetime
    first_value: datetime


@dataclass(frozen=True)
class Ticket:
    id: str
    customer_id: str
    priority: str
    opened: datetime
    first_response: datetime
    resolved: datetime


@dataclass(frozen=True)
class Score:
    """An answer to a survey; `about` is the respondent (nps) or the ticket (csat), an opaque id."""

    id: str
    about: str
    score: int
    at: datetime


@dataclass(frozen=True)
class Care:
    onboardings: list[Onboarding]
    tickets: list[Ticket]
    csat: list[Score]
    nps: list[Score]


def simulate_care(book: Book, months: Months, chance: Chance) -> Care:
    care = Care([], [], [], [])
    for customer in book.customers:
        started = customer.starts + timedelta(hours=9)
        value = started + chance.days(*_DAYS_TO_VALUE[customer.tier])
        care.onboardings.append(Onboarding(chance.token("onb-"), customer.id, started, value))
    people = {each.id: [chance.token("r-") for _ in range(_RESPONDENTS)] for each in book.customers}
    for month in range(1, CURRENT + 1):
        served = list(_served(book, months.start(month)))
        tickets = [_ticket(served, month, months, chance) for _ in range(int(len(served) * _TICKETS_PER_CUSTOMER))]
        care.tickets.extend(sorted(tickets, key=lambda ticket: ticket.opened))
        scores = chance.mix(len(tickets), {2: 0.04, 4: 0.24}, rest=5)
        for ticket, score in zip(tickets, scores, strict=True):
            care.csat.append(Score(chance.token("sat-"), ticket.id, score, ticket.resolved + chance.days(0.05, 0.6)))
        if months.first(month).month % 3 == 2:
            care.nps.extend(_nps(served, people, month, months, chance))
    return care


def _served(book: Book, at: datetime) -> Iterator[Customer]:
    return (each for each in book.customers if each.starts < at and (each.ends is None or each.ends > at))


def _ticket(served: list[Customer], month: int, months: Months, chance: Chance) -> Ticket:
    opened = months.at(month, chance.between(0, 0.9))
    answered = opened + timedelta(minutes=round(chance.between(8, 150)))
    priority = chance.one(("P2", "P3", "P3", "P3", "P4"))
    resolved = answered + chance.days(0.05, 1.8)
    return Ticket(chance.token("tkt-"), chance.one(served).id, priority, opened, answered, resolved)


def _nps(
    served: list[Customer], people: dict[str, list[str]], month: int, months: Months, chance: Chance
) -> Iterator[Score]:
    """The survey in the middle month of every calendar quarter: two of three promote, a few do not."""
    asked = [person for customer in served for person in people[customer.id]]
    moods = {"promoter": 0.66, "detractor": 0.08}
    for person, mood in zip(asked, chance.mix(len(asked), moods, rest="passive"), strict=True):
        scores = {"promoter": (9, 10), "passive": (7, 8), "detractor": (3, 5, 6)}
        at = months.at(month, chance.between(0.2, 0.8))
        yield Score(chance.token("nps-"), person, chance.one(scores[mood]), at)
