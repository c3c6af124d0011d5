"""How people find the company: visitors, leads, search positions and articles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from exporter.demo.chance import Chance
from exporter.demo.months import Months
from exporter.demo.vmcloud.launch_plan import CHANNELS, CURRENT, LEADS_PER_VISITOR, POSITIONS, VISITORS

_TUESDAY, _THURSDAY = 1, 3


@dataclass(frozen=True)
class Visits:
    on: date
    channel: str
    visitors: int


@dataclass(frozen=True)
class Lead:
    id: str
    at: datetime


@dataclass(frozen=True)
class Position:
    keyword: str
    on: date
    position: Decimal
    impressions: int


@dataclass(frozen=True)
class Article:
    id: str
    at: datetime


@dataclass(frozen=True)
class Marketing:
    visits: list[Visits]
    leads: list[Lead]
    positions: list[Position]
    articles: list[Article]


def simulate_marketing(months: Months, chance: Chance) -> Marketing:
    marketing = Marketing([], [], [], [])
    for month in range(1, CURRENT + 1):
        days = [months.first(month) + timedelta(days=n) for n in range(months.last(month).day)]
        visitors = VISITORS[month - 1]
        for day in days:
            for channel, share in CHANNELS.items():
                count = round(visitors * share / len(days) * chance.between(0.85, 1.15))
                marketing.visits.append(Visits(day, channel, count))
            marketing.positions.extend(_positions(day, months, chance))
        for _ in range(round(visitors * LEADS_PER_VISITOR)):
            marketing.leads.append(Lead(chance.token("lead-"), months.at(month, chance.between(0, 1))))
        marketing.articles.extend(_articles(days, months, chance))
    marketing.leads.sort(key=lambda lead: (lead.at, lead.id))
    return marketing


def _positions(day: date, months: Months, chance: Chance) -> Iterator[Position]:
    """In a straight line from the launch to the end of the current month, with the noise of every day."""
    share = (day - months.first(1)) / (months.last(CURRENT) - months.first(1))
    for keyword, (first, last) in POSITIONS.items():
        position = max(1.0, (first + (last - first) * share) * chance.between(0.94, 1.06))
        yield Position(keyword, day, Decimal(str(round(position, 1))), round(chance.between(20, 160)))


def _articles(days: list[date], months: Months, chance: Chance) -> Iterator[Article]:
    """Two a week where three are planned."""
    for day in days:
        if day.weekday() in (_TUESDAY, _THURSDAY):
            yield Article(chance.token("post-"), months.midnight(day) + timedelta(hours=9))
