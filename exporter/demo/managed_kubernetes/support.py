"""Support: onboardings, tickets and what surveys say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.kit.surveys import PROMOTERS, Score, nps
from exporter.demo.kit.tickets import Ticket
from exporter.demo.managed_kubernetes.base_plan import ENTERPRISE, PROFESSIONAL, STARTER
from exporter.demo.managed_kubernetes.customers import Customer

_DAYS_TO_VALUE = {STARTER: (5.0, 9.0), PROFESSIONAL: (8.0, 13.0), ENTERPRISE: (16.0, 25.0)}
_TICKETS_PER_CUSTOMER = 0.8
_RATINGS = {2: 0.04, 4: 0.24}
_RESPONDENTS = 2
"""People per customer who get the survey."""
_LIKELIHOODS = {PROMOTERS: 0.66, (3, 5, 6): 0.08}


def onboardings(customers: list[Customer], rng: Rng) -> Iterator[Row]:
    """Export a project per customer, which ends with the first value."""
    for customer in customers:
        kickoff = customer.starts + timedelta(hours=9)
        go_live = kickoff + rng.days(*_DAYS_TO_VALUE[customer.tier])
        project = rng.token("onb-")
        yield {"project_id": project, "account_id": customer.id, "kickoff": kickoff, "go_live": go_live}


def simulate_support(
    customers: list[Customer], months: Months, rng: Rng
) -> tuple[list[Ticket], list[Score], list[Score]]:
    """Return tickets, and the answers to the surveys of satisfaction and of recommendation."""
    tickets: list[Ticket] = []
    csat: list[Score] = []
    recommendations: list[Score] = []
    people = {customer.id: [rng.token("r-") for _ in range(_RESPONDENTS)] for customer in customers}
    for month in months.numbers:
        present = [customer.id for customer in customers if customer.holds(months.start(month))]
        new = [_ticket(present, month, months, rng) for _ in range(int(len(present) * _TICKETS_PER_CUSTOMER))]
        tickets += sorted(new, key=lambda ticket: ticket.opened)
        csat += _csat(new, rng)
        if months.is_mid_quarter(month):
            respondents = [person for customer in present for person in people[customer]]
            recommendations += nps(respondents, _LIKELIHOODS, month, months, rng)
    return tickets, csat, recommendations


def _ticket(customers: list[str], month: int, months: Months, rng: Rng) -> Ticket:
    opened = months.at(month, rng.between(0, 0.9))
    answered = opened + timedelta(minutes=round(rng.between(8, 150)))
    priority = rng.one(("P2", "P3", "P3", "P3", "P4"))
    resolved = answered + rng.days(0.05, 1.8)
    return Ticket(rng.token("tkt-"), rng.one(customers), priority, opened, answered, resolved)


def _csat(tickets: list[Ticket], rng: Rng) -> Iterator[Score]:
    for ticket, score in zip(tickets, rng.mix(len(tickets), _RATINGS, rest=5), strict=True):
        yield Score(rng.token("sat-"), ticket.id, score, (ticket.resolved or ticket.opened) + rng.days(0.05, 0.6))
