"""Servers, their queues and outages, onboardings, surveys, and the roadmap."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from exporter.demo.email_infrastructure.assumptions import MVP_DONE_AT_LAUNCH, MVP_FEATURES, MVP_PER_MONTH
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.kit.subscribers import Subscriber, active

_SERVERS = {"smtp": 8, "server": 14}
_INTERVAL = timedelta(hours=6)
_MONTHS_BEFORE = 2
"""The monitoring forgets what is older than this month and so many before."""
_UNHEALTHY = 0.06


def checks(months: Months, rng: Rng) -> Iterator[Row]:
    """Export a check of every server, several times a day; now and then one fails."""
    for at in months.instants(months.current - _MONTHS_BEFORE, _INTERVAL):
        for kind, count in _SERVERS.items():
            healthy = rng.mix(count, {}, rest=True)
            if rng.happens(_UNHEALTHY * count):
                healthy[int(rng.between(0, count))] = False
            for number, up in enumerate(healthy):
                yield {"probe": kind, "target": f"{kind}-{number + 1:02}", "at": at, "up": up}


def queues(months: Months, rng: Rng) -> Iterator[Row]:
    """Export samples of the mail that waits on each server."""
    for at in months.instants(months.current - _MONTHS_BEFORE, _INTERVAL):
        for number in range(_SERVERS["smtp"]):
            yield {"host": f"smtp-{number + 1:02}", "at": at, "deferred": round(rng.between(4, 160))}


def outages(months: Months, rng: Rng) -> Iterator[Row]:
    """Export two short outages a month: within what is aimed for, and more than is promised to enterprises."""
    for month in months.numbers:
        for day in (6, 21):
            begins = months.midnight(months.day(month, day)) + rng.days(0.2, 0.8)
            ends = begins + rng.seconds(1700, 2600)
            yield {"incident": rng.token("out-"), "began": begins, "ended": ends}


def onboardings(customers: list[Subscriber], rng: Rng) -> Iterator[Row]:
    """Export projects that last from sign-up to a completed basic setup."""
    for customer in customers:
        done = customer.starts + rng.days(0.5, 2.7)
        yield {"project": f"onb-{customer.id}", "workspace": customer.id, "began": customer.starts, "live": done}


def ratings(customers: list[Subscriber], months: Months, rng: Rng) -> Iterator[Row]:
    """Export answers: of one in three customers a month on satisfaction, of each once a quarter on recommendation."""
    for month in months.numbers:
        respondents = active(customers, months.at(month, 0.5))
        for score in rng.mix(len(respondents) // 3, {2: 0.05, 3: 0.08, 5: 0.5}, rest=4):
            at = months.at(month, rng.between(0, 0.95))
            yield {"response": rng.token("sat-"), "survey": "csat", "respondent": None, "score": score, "at": at}
        if months.is_mid_quarter(month):
            scores = rng.mix(len(respondents), {10: 0.35, 9: 0.2, 5: 0.12}, rest=8)
            for (customer, _), score in zip(respondents, scores, strict=True):
                at = months.at(month, rng.between(0.1, 0.9))
                who = f"r-{customer.id}"
                yield {"response": rng.token("nps-"), "survey": "nps", "respondent": who, "score": score, "at": at}


def roadmap(months: Months) -> Iterator[Row]:
    """Export the features of the MVP, completed in order."""
    for number in range(MVP_FEATURES):
        month = max(1, round((number - MVP_DONE_AT_LAUNCH) / MVP_PER_MONTH) + 1)
        done = months.day(month, 20) if number >= MVP_DONE_AT_LAUNCH else months.launch
        yield {"feature": f"MVP-{number + 1:02}", "milestone": "mvp", "done": done}
