"""Support requests, how soon they are answered and solved, and what customers say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from exporter.demo.kit.cutoff import Cutoff
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.kit.subscribers import Subscriber, active
from exporter.demo.kit.surveys import PROMOTERS, Score, nps
from exporter.demo.kit.tickets import Ticket
from exporter.demo.vmcloud.launch_plan import ABANDONED, TICKETS, of_month

_HOURS = {
    "P1": ((0.1, 0.23), (1.5, 4.5)),
    "P2": ((0.3, 1.1), (4.0, 9.0)),
    "P3": ((1.0, 4.5), (8.0, 26.0)),
    "P4": ((2.0, 8.0), (20.0, 58.0)),
}
"""Per priority, the hours to the first answer and to the solution."""
_PRIORITIES = {"P1": 0.04, "P2": 0.16, "P3": 0.5}
_MORE_CONTACTS = {2: 0.26, 3: 0.08}
_RATINGS = {2: 0.06, 3: 0.06, 4: 0.36}
_LIKELIHOODS = {PROMOTERS: 0.6, (2, 4, 6): 0.15}


def simulate_support(
    customers: list[Subscriber], months: Months, rng: Rng
) -> tuple[list[Ticket], list[Score], list[Score]]:
    """Return tickets, and the answers to the surveys of satisfaction and of recommendation."""
    tickets: list[Ticket] = []
    csat: list[Score] = []
    recommendations: list[Score] = []
    for month in months.numbers:
        present = active(customers, months.start(month + 1))
        new = list(_tickets([customer.id for customer, _ in present], month, months, rng))
        tickets += sorted(new, key=lambda ticket: ticket.opened)
        csat += _csat(new, rng)
        if months.is_mid_quarter(month):
            paying = [None for _, item in present if item.price]
            recommendations += nps(paying, _LIKELIHOODS, month, months, rng)
    return tickets, csat, recommendations


def ticket_exports(tickets: list[Ticket], cut: Cutoff) -> Iterator[Row]:
    """Export every ticket; how many contacts it took is recorded when it is solved."""
    for ticket in tickets:
        if cut.past(ticket.opened):
            solved = cut.past(ticket.resolved)
            yield {
                "id": ticket.id,
                "account": ticket.customer_id,
                "priority": ticket.priority,
                "opened": ticket.opened,
                "replied": cut.past(ticket.answered),
                "solved": solved,
                "contacts": ticket.contacts if solved else None,
            }


def _tickets(customers: list[str], month: int, months: Months, rng: Rng) -> Iterator[Ticket]:
    count = of_month(TICKETS, month)
    priorities = rng.mix(count, _PRIORITIES, rest="P4")
    abandoned = ABANDONED
    for priority, contacts in zip(priorities, rng.mix(count, _MORE_CONTACTS, rest=1), strict=True):
        opened = months.at(month, rng.between(0, 0.9))
        answer, solution = (rng.hours(*limits) for limits in _HOURS[priority])
        resolved: datetime | None = opened + solution
        if priority == "P4" and abandoned:
            abandoned, resolved = abandoned - 1, None
        customer = rng.one(customers)
        yield Ticket(rng.token("tkt-"), customer, priority, opened, opened + answer, resolved, contacts)


def _csat(tickets: list[Ticket], rng: Rng) -> Iterator[Score]:
    """Survey every second customer who was helped."""
    solved = [(ticket, ticket.resolved) for ticket in tickets if ticket.resolved][::2]
    for (ticket, resolved), score in zip(solved, rng.mix(len(solved), _RATINGS, rest=5), strict=True):
        at = resolved + rng.days(0.02, 0.4)
        yield Score(rng.token("sat-"), ticket.id, score, at)
