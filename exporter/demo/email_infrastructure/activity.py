"""What customers do: mail they send, campaigns, domains, team members, and the features that they use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from exporter.demo.chance import Chance
from exporter.demo.email_infrastructure.course import (
    ADOPTERS,
    BAD_SENDERS,
    CORE_FEATURES,
    CURRENT,
    DELIVERED,
    DELIVERED_BADLY,
    FAILED_LAUNCHES,
    LAUNCHED,
    MAILS_PER_DAY,
    OTHER_FEATURES,
    SENDING_DAYS,
)
from exporter.demo.email_infrastructure.customers import Customer, Stretch
from exporter.demo.files import Row
from exporter.demo.months import Months


def present(customers: list[Customer], at: datetime) -> list[tuple[Customer, Stretch]]:
    """Who pays at an instant, and in which size."""
    return [(each, stretch) for each in customers if (stretch := each.at(at))]


def mail(customers: list[Customer], months: Months, chance: Chance) -> Iterator[Row]:
    """Some days of each month per customer; a few send to bad lists, and one row of the log is garbled."""
    lists = chance.mix(len(customers), {DELIVERED_BADLY: BAD_SENDERS}, rest=DELIVERED)
    rates = {customer.id: rate for customer, rate in zip(customers, lists, strict=True)}
    for month in range(1, CURRENT + 1):
        for customer, stretch in present(customers, months.at(month, 0.5)):
            offset = int(chance.between(0, 4))
            for place in range(SENDING_DAYS):
                sent = round(chance.between(*MAILS_PER_DAY[stretch.size]))
                rate = chance.between(*rates[customer.id])
                day = months.day(month, 1 + offset + 4 * place)
                yield {"workspace": customer.id, "day": day, "sent": sent, "accepted": round(sent * rate)}
    yield {"workspace": customers[0].id, "day": months.launch - timedelta(days=1), "sent": 10, "accepted": 12}


def campaigns(customers: list[Customer], months: Months, chance: Chance) -> Iterator[Row]:
    """One a month and customer: most are launched, some launches fail, a few are cancelled."""
    for month in range(1, CURRENT + 1):
        active = present(customers, months.at(month, 0.5))
        outcomes = chance.mix(len(active), {"launched": LAUNCHED, "failed": FAILED_LAUNCHES}, rest="cancelled")
        for (customer, _), outcome in zip(active, outcomes, strict=True):
            due = months.at(month, chance.between(0.02, 0.95))
            yield {"campaign": chance.token("cmp_"), "workspace": customer.id, "due": due, "outcome": outcome}


def setups(customers: list[Customer], chance: Chance) -> Iterator[Row]:
    """The basic setup at sign-up, and an extended one for each customer that became an enterprise."""
    for customer in customers:
        for place, stretch in enumerate(customer.stretches):
            minutes = chance.between(22, 85) if place == 0 else chance.between(200, 900)
            yield {
                "job": chance.token("job_"),
                "workspace": customer.id,
                "kind": "extended" if place else "basic",
                "requested": stretch.starts,
                "ready": stretch.starts + timedelta(seconds=round(60 * minutes)),
            }


def domains(customers: list[Customer], months: Months, chance: Chance) -> Iterator[Row]:
    """Two at sign-up, and now and then one more."""
    for customer in customers:
        for _ in range(2):
            yield _domain(customer, customer.signed_up + chance.days(0.01, 0.3), chance)
    for month in range(2, CURRENT + 1):
        for customer, _ in present(customers, months.start(month)):
            if chance.happens(0.12):
                yield _domain(customer, months.at(month, chance.between(0, 0.95)), chance)


def _domain(customer: Customer, at: datetime, chance: Chance) -> Row:
    return {"domain": chance.token("dom_"), "workspace": customer.id, "added": at}


def members(customers: list[Customer], months: Months, chance: Chance) -> Iterator[Row]:
    """One or two people at sign-up, and more as the months go by; all leave with the customer."""
    for customer in customers:
        for _ in range(chance.one((1, 2, 2))):
            yield _member(customer, customer.signed_up, chance)
    for month in range(2, CURRENT + 1):
        for customer, _ in present(customers, months.start(month)):
            if chance.happens(0.09):
                at = months.at(month, chance.between(0, 0.95))
                if customer.at(at):
                    yield _member(customer, at, chance)


def _member(customer: Customer, at: datetime, chance: Chance) -> Row:
    return {"member": chance.token("u_"), "workspace": customer.id, "joined": at, "left": customer.left}


def uses(customers: list[Customer], team: list[Row], months: Months, chance: Chance) -> Iterator[Row]:
    """Per month, adopters use two core features and the others one; everybody sees to something else besides."""
    people: dict[str, list[Row]] = {}
    for row in team:
        people.setdefault(str(row["workspace"]), []).append(row)
    for month in range(1, CURRENT + 1):
        active = present(customers, months.at(month, 0.5))
        adopts = chance.mix(len(active), {True: ADOPTERS}, rest=False)
        for (customer, _), adopter in zip(active, adopts, strict=True):
            used = CORE_FEATURES[:2] if adopter else (chance.one(CORE_FEATURES),)
            for person in people[customer.id]:
                for feature in (*used, chance.one(OTHER_FEATURES)):
                    at = months.at(month, chance.between(0, 0.93))
                    if _there(person, at):
                        yield {
                            "user": person["member"],
                            "workspace": customer.id,
                            "feature": feature,
                            "core": feature in CORE_FEATURES,
                            "day": months.local_day(at),
                        }


def _there(person: Row, at: datetime) -> bool:
    joined, left = person["joined"], person["left"]
    assert isinstance(joined, datetime)
    return joined <= at and (not isinstance(left, datetime) or left > at)
