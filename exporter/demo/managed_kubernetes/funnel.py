"""The sales funnel: leads, and the deals that come of them, won, lost or still open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from exporter.demo.kit.cutoff import Cutoff
from exporter.demo.kit.months import Months, quarter_end
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.managed_kubernetes.base_plan import (
    BUNDLES,
    COLD_LEADS,
    ENTERPRISE,
    LOST_AFTER_DEMO,
    LOST_BEFORE_DEMO,
    PROFESSIONAL,
    STARTER,
    SUPPORT,
    monthly_price,
    year,
)
from exporter.demo.managed_kubernetes.customers import Customer, Growth

_ANNUAL = {
    tier: 12 * (SUPPORT[tier] + sum(map(monthly_price, types))) for tier, types in (BUNDLES[letter] for letter in "spe")
}


@dataclass(frozen=True)
class Lead:
    """Somebody interested; `qualified` is when marketing judged the interest serious, if ever."""

    id: str
    created: datetime
    qualified: datetime | None


@dataclass(frozen=True)
class Deal:
    """`amount` is the annual value in EUR. `closed` may lie ahead of now, for the deal is then still open."""

    id: str
    customer_id: str | None
    lead_id: str | None
    new: bool
    amount: Decimal
    created: datetime
    demo: datetime | None
    closed: datetime
    won: bool


@dataclass(frozen=True)
class Funnel:
    """All leads and deals, in order of time."""

    leads: list[Lead]
    deals: list[Deal]


def simulate_funnel(customers: list[Customer], growth: list[Growth], months: Months, rng: Rng) -> Funnel:
    """Simulate the deals behind every customer and its growth, and beside them those that are lost."""
    funnel = Funnel([], [])
    for customer in customers:
        _won_deal(funnel, customer, rng)
    funnel.deals.extend(_expansion_deal(each, rng) for each in growth)
    for month in months.numbers:
        lost = LOST_AFTER_DEMO[year(month)]
        tiers = rng.mix(lost, {ENTERPRISE: 0.34, PROFESSIONAL: 0.34}, rest=STARTER)
        for place, tier in enumerate(tiers):
            _lost_deal(funnel, tier, months.at(month, (place + rng.between(0, 1)) / lost), True, rng)
        for _ in range(LOST_BEFORE_DEMO[year(month)]):
            _lost_deal(funnel, STARTER, months.at(month, rng.between(0, 1)), False, rng)
        _cold_leads(funnel, month, months, rng)
    funnel.leads.sort(key=lambda lead: (lead.created, lead.id))
    funnel.deals.sort(key=lambda deal: (deal.created, deal.id))
    return funnel


def deals(funnel: Funnel, cut: Cutoff) -> Iterator[Row]:
    """Export every deal; somebody left the value of one more, on purpose, to be discussed."""
    opened = [deal for deal in funnel.deals if cut.past(deal.created)]
    for deal in opened:
        yield {"id": deal.id, "properties": _properties(deal, cut)}
    yield {"id": "deal-draft", "properties": {**_properties(opened[-1], cut), "amount": "tbd"}}


def _properties(deal: Deal, cut: Cutoff) -> Row:
    """Export the fields of a deal; an open one is expected this quarter after a demonstration, else in the next."""
    closed, demo = cut.past(deal.closed), cut.past(deal.demo)
    expected = quarter_end(cut.today)
    if closed:
        expected = cut.months.local_day(closed)
    elif not demo:
        expected = quarter_end(expected + timedelta(days=1))
    return {
        "dealtype": "newbusiness" if deal.new else "existingbusiness",
        "amount": deal.amount,
        "company_id": deal.customer_id if (closed and deal.won) or not deal.new else None,
        "contact_id": deal.lead_id,
        "createdate": deal.created,
        "demo_date": demo,
        "closedate": expected,
        "closed_at": closed,
        "is_closed_won": deal.won if closed else None,
    }


def _won_deal(funnel: Funnel, customer: Customer, rng: Rng) -> None:
    created = customer.won_at - rng.days(25, 39)
    first = [cluster.price for cluster in customer.clusters if cluster.starts == customer.starts]
    referred = rng.happens(0.1)
    deal = Deal(
        id=rng.token("deal-"),
        customer_id=customer.id,
        lead_id=None if referred else _lead_of_deal(funnel, created, rng),
        new=True,
        amount=12 * (customer.support + sum(first)),
        created=created,
        demo=created + rng.days(6, 14),
        closed=customer.won_at,
        won=True,
    )
    funnel.deals.append(deal)


def _expansion_deal(growth: Growth, rng: Rng) -> Deal:
    created = growth.at - rng.days(12, 30)
    return Deal(rng.token("deal-"), growth.customer.id, None, False, growth.annual, created, None, growth.at, True)


def _lost_deal(funnel: Funnel, tier: str, created: datetime, demonstrated: bool, rng: Rng) -> None:
    demo = created + rng.days(7, 15) if demonstrated else None
    deal = Deal(
        id=rng.token("deal-"),
        customer_id=None,
        lead_id=_lead_of_deal(funnel, created, rng),
        new=True,
        amount=Decimal(round(_ANNUAL[tier] * rng.between(0.85, 1.25))),
        created=created,
        demo=demo,
        closed=demo + rng.days(96, 114) if demo else created + rng.days(15, 45),
        won=False,
    )
    funnel.deals.append(deal)


def _lead_of_deal(funnel: Funnel, deal_created: datetime, rng: Rng) -> str:
    """Add a lead that became a deal; return its id."""
    qualified = deal_created - rng.days(0.2, 3)
    lead = Lead(rng.token("lead-"), qualified - rng.days(0.1, 6), qualified)
    funnel.leads.append(lead)
    return lead.id


def _cold_leads(funnel: Funnel, month: int, months: Months, rng: Rng) -> None:
    """Add leads that come to nothing; marketing qualified a few of them."""
    for qualifies in rng.mix(COLD_LEADS[year(month)], {True: 0.22}, rest=False):
        created = months.at(month, rng.between(0, 0.85))
        qualified = created + rng.days(0.1, 4) if qualifies else None
        funnel.leads.append(Lead(rng.token("lead-"), created, qualified))
