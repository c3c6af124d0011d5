"""Marketing: how people reach the company, by visitors, leads, search positions and articles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.vmcloud.launch_plan import CHANNELS, LEADS_PER_VISITOR, POSITIONS, VISITORS, of_month

_TUESDAY, _THURSDAY = 1, 3


def simulate_marketing(months: Months, rng: Rng) -> tuple[list[Row], list[Row], list[Row], list[Row]]:
    """Return visitors per day and channel, leads, search positions per day, and articles."""
    visitors: list[Row] = []
    leads: list[tuple[datetime, str]] = []
    positions: list[Row] = []
    articles: list[Row] = []
    for month in months.numbers:
        days = months.days(month, month)
        total = of_month(VISITORS, month)
        for day in days:
            for channel, share in CHANNELS.items():
                count = round(total * share / len(days) * rng.between(0.85, 1.15))
                visitors.append({"date": day, "channel": channel, "visitors": count})
            positions += _positions(day, months, rng)
        for _ in range(round(total * LEADS_PER_VISITOR)):
            lead = rng.token("lead-")
            leads.append((months.at(month, rng.between(0, 1)), lead))
        articles += _articles(days, months, rng)
    return visitors, [{"lead": lead, "since": at} for at, lead in sorted(leads)], positions, articles


def draft() -> Row:
    """Return an article that nobody has published yet."""
    return {"id": "post-draft", "published": None}


def _positions(day: date, months: Months, rng: Rng) -> Iterator[Row]:
    """Export positions on a straight line from the launch to the end of the current month, with daily noise."""
    share = (day - months.launch) / (months.last(months.current) - months.launch)
    for keyword, (first, last) in POSITIONS.items():
        position = max(1.0, (first + (last - first) * share) * rng.between(0.94, 1.06))
        yield {
            "query": keyword,
            "date": day,
            "position": Decimal(str(round(position, 1))),
            "impressions": round(rng.between(20, 160)),
        }


def _articles(days: list[date], months: Months, rng: Rng) -> Iterator[Row]:
    """Export two articles a week, where three are planned."""
    for day in days:
        if day.weekday() in (_TUESDAY, _THURSDAY):
            yield {"id": rng.token("post-"), "published": months.midnight(day) + timedelta(hours=9)}
