"""Servers, their queues and outages, the care of customers, and the roadmap."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from exporter.demo.chance import Chance
from exporter.demo.email_infrastructure.activity import present
from exporter.demo.email_infrastructure.course import CURRENT, MVP_DONE_AT_LAUNCH, MVP_FEATURES, MVP_PER_MONTH
from exporter.demo.email_infrastructure.customers import Customer
from exporter.demo.files import Row
from exporter.demo.months import Months

_SERVERS = {"smtp": 8, "server": 14}
_CHECKED_EVERY = timedelta(hours=6)
_KEPT_MONTHS = 2
"""Checks and samples of this month and so many before are kept."""
_UNHEALTHY = 0.06


def checks(months: Months, chance: Chance) -> Iterator[Row]:
    for at in _instants(months):
        for kind, count in _SERVERS.items():
            healthy = chance.mix(count, {}, rest=True)
            if chance.happens(_UNHEALTHY * count):
                healthy[int(chance.between(0, count))] = False
            for number, passed in enumerate(healthy):
                yield {"probe": kind, "target": f"{kind}-{number + 1:02}", "at": at, "up": passed}


def queues(months: Months, chance: Chance) -> Iterator[Row]:
    for at in _instants(months):
        for number in range(_SERVERS["smtp"]):
            yield {"host": f"smtp-{number + 1:02}", "at": at, "deferred": round(chance.between(4, 160))}


def _instants(months: Months) -> Iterator[datetime]:
    at, end = months.start(CURRENT - _KEPT_MONTHS), months.start(CURRENT + 1)
    while at < end:
        yield at
        at += _CHECKED_EVERY


def outages(months: Months, chance: Chance) -> Iterator[Row]:
    """Two short ones a month: within what is aimed for, and more than enterprises were promised."""
    for month in range(1, CURRENT + 1):
        for day in (6, 21):
            begins = months.midnight(months.day(month, day)) + chance.days(0.2, 0.8)
            ends = begins + timedelta(seconds=round(chance.between(1700, 2600)))
            yield {"incident": chance.token("out-"), "began": begins, "ended": ends}


def onboardings(customers: list[Customer], chance: Chance) -> Iterator[Row]:
    """From sign-up to a completed basic setup."""
    for customer in customers:
        done = customer.signed_up + chance.days(0.5, 2.7)
        yield {"project": f"onb-{customer.id}", "workspace": customer.id, "began": customer.signed_up, "live": done}


def ratings(customers: list[Customer], months: Months, chance: Chance) -> Iterator[Row]:
    """One of three customers a month is asked how satisfied it is, and each once a quarter whether it recommends."""
    for month in range(1, CURRENT + 1):
        asked = present(customers, months.at(month, 0.5))
        for score in chance.mix(len(asked) // 3, {2: 0.05, 3: 0.08, 5: 0.5}, rest=4):
            at = months.at(month, chance.between(0, 0.95))
            yield {"response": chance.token("sat-"), "survey": "csat", "respondent": None, "score": score, "at": at}
        if months.first(month).month % 3 == 2:
            moods = chance.mix(len(asked), {10: 0.35, 9: 0.2, 5: 0.12}, rest=8)
            for (customer, _), score in zip(asked, moods, strict=True):
                at = months.at(month, chance.between(0.1, 0.9))
                who = f"r-{customer.id}"
                yield {"response": chance.token("nps-"), "survey": "nps", "respondent": who, "score": score, "at": at}


def roadmap(months: Months) -> Iterator[Row]:
    """The features of the MVP, completed in order; those still ahead have no day."""
    for number in range(MVP_FEATURES):
        month = max(1, round((number - MVP_DONE_AT_LAUNCH) / MVP_PER_MONTH) + 1)
        done = months.day(month, 20) if number >= MVP_DONE_AT_LAUNCH else months.launch
        yield {"feature": f"MVP-{number + 1:02}", "milestone": "mvp", "done": done}
