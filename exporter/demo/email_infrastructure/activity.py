"""What customers do: mail they send, campaigns, domains, team members, and the features that they use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from exporter.demo.email_infrastructure.assumptions import (
    ADOPTERS,
    BAD_SENDERS,
    CORE_FEATURES,
    DELIVERED,
    DELIVERED_BADLY,
    FAILED_LAUNCHES,
    LAUNCHED,
    MAILS_PER_DAY,
    OTHER_FEATURES,
    SENDING_DAYS,
)
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.kit.subscribers import Subscriber, active


def mail(customers: list[Subscriber], months: Months, rng: Rng) -> Iterator[Row]:
    """Export the mail of some days per customer and month; a few send to bad lists, and one row is wrong on purpose."""
    lists = rng.mix(len(customers), {DELIVERED_BADLY: BAD_SENDERS}, rest=DELIVERED)
    rates = {customer.id: rate for customer, rate in zip(customers, lists, strict=True)}
    for month in months.numbers:
        for customer, item in active(customers, months.at(month, 0.5)):
            offset = int(rng.between(0, 4))
            for place in range(SENDING_DAYS):
                sent = round(rng.between(*MAILS_PER_DAY[item.plan]))
                rate = rng.between(*rates[customer.id])
                day = months.day(month, 1 + offset + 4 * place)
                yield {"workspace": customer.id, "day": day, "sent": sent, "accepted": round(sent * rate)}
    yield {"workspace": customers[0].id, "day": months.launch - timedelta(days=1), "sent": 10, "accepted": 12}


def campaigns(customers: list[Subscriber], months: Months, rng: Rng) -> Iterator[Row]:
    """Export a campaign per month and customer: most are launched, some launches fail, a few are cancelled."""
    for month in months.numbers:
        senders = active(customers, months.at(month, 0.5))
        outcomes = rng.mix(len(senders), {"launched": LAUNCHED, "failed": FAILED_LAUNCHES}, rest="cancelled")
        for (customer, _), outcome in zip(senders, outcomes, strict=True):
            due = months.at(month, rng.between(0.02, 0.95))
            yield {"campaign": rng.token("cmp_"), "workspace": customer.id, "due": due, "outcome": outcome}


def setups(customers: list[Subscriber], rng: Rng) -> Iterator[Row]:
    """Export the basic setup at sign-up, and an extended one for each customer that became an enterprise."""
    for customer in customers:
        for place, item in enumerate(customer.items):
            minutes = rng.between(22, 85) if place == 0 else rng.between(200, 900)
            yield {
                "job": rng.token("job_"),
                "workspace": customer.id,
                "kind": "extended" if place else "basic",
                "requested": item.starts,
                "ready": item.starts + timedelta(seconds=round(60 * minutes)),
            }


def domains(customers: list[Subscriber], months: Months, rng: Rng) -> Iterator[Row]:
    """Export two domains per customer at sign-up, and now and then one more."""
    for customer in customers:
        for _ in range(2):
            yield _domain(customer, customer.starts + rng.days(0.01, 0.3), rng)
    for month in months.numbers[1:]:
        for customer, _ in active(customers, months.start(month)):
            if rng.happens(0.12):
                yield _domain(customer, months.at(month, rng.between(0, 0.95)), rng)


def _domain(customer: Subscriber, at: datetime, rng: Rng) -> Row:
    return {"domain": rng.token("dom_"), "workspace": customer.id, "added": at}


def members(customers: list[Subscriber], months: Months, rng: Rng) -> Iterator[Row]:
    """Export one or two members per customer at sign-up, and more later; all leave with the customer."""
    for customer in customers:
        for _ in range(rng.one((1, 2, 2))):
            yield _member(customer, customer.starts, rng)
    for month in months.numbers[1:]:
        for customer, _ in active(customers, months.start(month)):
            if rng.happens(0.09):
                at = months.at(month, rng.between(0, 0.95))
                if customer.item_at(at):
                    yield _member(customer, at, rng)


def _member(customer: Subscriber, at: datetime, rng: Rng) -> Row:
    return {"member": rng.token("u_"), "workspace": customer.id, "joined": at, "left": customer.ends}


def usage(customers: list[Subscriber], team: list[Row], months: Months, rng: Rng) -> Iterator[Row]:
    """Export days of use: adopters use two core features a month, others one, and everybody something else besides."""
    people: dict[str, list[Row]] = {}
    for row in team:
        people.setdefault(str(row["workspace"]), []).append(row)
    for month in months.numbers:
        users = active(customers, months.at(month, 0.5))
        adopters = rng.mix(len(users), {True: ADOPTERS}, rest=False)
        for (customer, _), adopter in zip(users, adopters, strict=True):
            core = CORE_FEATURES[:2] if adopter else (rng.one(CORE_FEATURES),)
            for person in people[customer.id]:
                for feature in (*core, rng.one(OTHER_FEATURES)):
                    at = months.at(month, rng.between(0, 0.93))
                    if _is_member(person, at):
                        yield {
                            "user": person["member"],
                            "workspace": customer.id,
                            "feature": feature,
                            "core": feature in CORE_FEATURES,
                            "day": months.local_day(at),
                        }


def _is_member(person: Row, at: datetime) -> bool:
    joined, left = person["joined"], person["left"]
    assert isinstance(joined, datetime)
    return joined <= at and (not isinstance(left, datetime) or left > at)
