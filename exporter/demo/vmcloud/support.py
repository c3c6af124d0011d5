"""Support requests, how soon they are answered and solved, and what customers say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from exporter.demo.chance import Chance
from exporter.demo.months import Months
from exporter.demo.vmcloud.customers import Book
from exporter.demo.vmcloud.launch_plan import ABANDONED, CURRENT, TICKETS, of_month

_HOURS = {
    "P1": ((0.1, 0.23), (1.5, 4.5)),
    "P2": ((0.3, 1.1), (4.0, 9.0)),
    "P3": ((1.0, 4.5), (8.0, 26.0)),
    "P4": ((2.0, 8.0), (20.0, 58.0)),
}
"""Per priority, the hours to the first answer and to the solution."""
_PRIORITIES = {"P1": 0.04, "P2": 0.16, "P3": 0.5}
_MORE_CONTACTS = {2: 0.26, 3: 0.08}
_SCORES = {2: 0.06, 3: 0.06, 4: 0.36}
_MOODS = {"promoter": 0.6, "detractor": 0.15}


@dataclass(frozen=True)
class Ticket:
    """`resolved` is None for one that nobody gets to."""

    id: str
    customer_id: str
    priority: str
    opened: datetime
    answered: datetime
    resolved: datetime | None
    contacts: int


@dataclass(frozen=True)
class Score:
    """An answer to a survey; `about` is the respondent (nps) or the ticket (csat), an opaque id."""

    id: str
    about: str
    score: int
    at: datetime


@dataclass(frozen=True)
class Support:
    tickets: list[Ticket]
    csat: list[Score]
    nps: list[Score]


def simulate_support(book: Book, months: Months, chance: Chance) -> Support:
    support = Support([], [], [])
    for month in range(1, CURRENT + 1):
        tickets = list(_tickets(book, month, months, chance))
        support.tickets.extend(sorted(tickets, key=lambda ticket: ticket.opened))
        support.csat.extend(_csat([ticket for ticket in tickets if ticket.resolved], chance))
        if months.first(month).month % 3 == 2:
            support.nps.extend(_nps(book, month, months, chance))
    return support


def _tickets(book: Book, month: int, months: Months, chance: Chance) -> Iterator[Ticket]:
    asking = book.present(months.start(month + 1))
    count = of_month(TICKETS, month)
    drawn = zip(
        chance.mix(count, _PRIORITIES, rest="P4"), chance.mix(count, _MORE_CONTACTS, rest=1), range(count), strict=True
    )
    abandoned = ABANDONED
    for priority, contacts, _ in drawn:
        opened = months.at(month, chance.between(0, 0.9))
        answer, solution = (timedelta(seconds=round(3600 * chance.between(*span))) for span in _HOURS[priority])
        resolved: datetime | None = opened + solution
        if priority == "P4" and abandoned:
            abandoned, resolved = abandoned - 1, None
        customer = chance.one(asking).id
        yield Ticket(chance.token("tkt-"), customer, priority, opened, opened + answer, resolved, contacts)


def _csat(solved: list[Ticket], chance: Chance) -> Iterator[Score]:
    """Every second one who was helped says how it was."""
    asked = solved[::2]
    for ticket, score in zip(asked, chance.mix(len(asked), _SCORES, rest=5), strict=True):
        at = (ticket.resolved or ticket.opened) + chance.days(0.02, 0.4)
        yield Score(chance.token("sat-"), ticket.id, score, at)


def _nps(book: Book, month: int, months: Months, chance: Chance) -> Iterator[Score]:
    """The survey in the middle month of every calendar quarter."""
    asked = book.paying(months.start(month + 1))
    for mood in chance.mix(len(asked), _MOODS, rest="passive"):
        scores = {"promoter": (9, 10), "passive": (7, 8), "detractor": (2, 4, 6)}
        at = months.at(month, chance.between(0.2, 0.8))
        yield Score(chance.token("nps-"), chance.token("r-"), chance.one(scores[mood]), at)
