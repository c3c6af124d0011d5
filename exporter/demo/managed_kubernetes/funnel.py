"""The sales funnel: leads, and the deals that come of them, won, lost or still open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from exporter.demo.chance import Chance
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
from exporter.demo.managed_kubernetes.calendar import CURRENT
from exporter.demo.managed_kubernetes.customers import Book, Customer, Growth
from exporter.demo.months import Months

_ANNUAL = {
    tier: 12 * (SUPPORT[tier] + sum(map(monthly_price, types))) for tier, types in (BUNDLES[letter] for letter in "spe")
}


@dataclass(frozen=True)
class Lead:
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
    leads: list[Lead]
    deals: list[Deal]


def simulate_funnel(book: Book, months: Months, chance: Chance) -> Funnel:
    funnel = Funnel([], [])
    for customer in book.customers:
        _won(funnel, customer, chance)
    funnel.deals.extend(_expansion(growth, chance) for growth in book.growth)
    for month in range(1, CURRENT + 1):
        lost = LOST_AFTER_DEMO[year(month)]
        tiers = chance.mix(lost, {ENTERPRISE: 0.34, PROFESSIONAL: 0.34}, rest=STARTER)
        for place, tier in enumerate(tiers):
            _lost(funnel, tier, months.at(month, (place + chance.between(0, 1)) / lost), True, chance)
        for _ in range(LOST_BEFORE_DEMO[year(month)]):
            _lost(funnel, STARTER, months.at(month, chance.between(0, 1)), False, chance)
        _cold(funnel, month, months, chance)
    funnel.leads.sort(key=lambda lead: (lead.created, lead.id))
    funnel.deals.sort(key=lambda deal: (deal.created, deal.id))
    return funnel


def _won(funnel: Funnel, customer: Customer, chance: Chance) -> None:
    created = customer.won_at - chance.days(25, 39)
    first = [cluster.price for cluster in customer.clusters if cluster.starts == customer.starts]
    referred = chance.happens(0.1)
    deal = Deal(
        id=chance.token("deal-"),
        customer_id=customer.id,
        lead_id=None if referred else _lead(funnel, created, chance),
        new=True,
        amount=12 * (customer.support + sum(first)),
        created=created,
        demo=created + chance.days(6, 14),
        closed=customer.won_at,
        won=True,
    )
    funnel.deals.append(deal)


def _expansion(growth: Growth, chance: Chance) -> Deal:
    created = growth.at - chance.days(12, 30)
    return Deal(chance.token("deal-"), growth.customer.id, None, False, growth.annual, created, None, growth.at, True)


def _lost(funnel: Funnel, tier: str, created: datetime, demonstrated: bool, chance: Chance) -> None:
    demo = created + chance.days(7, 15) if demonstrated else None
    deal = Deal(
        id=chance.token("deal-"),
        customer_id=None,
        lead_id=_lead(funnel, created, chance),
        new=True,
        amount=Decimal(round(_ANNUAL[tier] * chance.between(0.85, 1.25))),
        created=created,
        demo=demo,
        closed=demo + chance.days(96, 114) if demo else created + chance.days(15, 45),
        won=False,
    )
    funnel.deals.append(deal)


def _lead(funnel: Funnel, deal_created: datetime, chance: Chance) -> str:
    """A lead that became a deal; its id."""
    qualified = deal_created - chance.days(0.2, 3)
    lead = Lead(chance.token("lead-"), qualified - chance.days(0.1, 6), qualified)
    funnel.leads.append(lead)
    return lead.id


def _cold(funnel: Funnel, month: int, months: Months, chance: Chance) -> None:
    """Leads that come to nothing; marketing qualified a few of them."""
    for qualifies in chance.mix(COLD_LEADS[year(month)], {True: 0.22}, rest=False):
        created = months.at(month, chance.between(0, 0.85))
        qualified = created + chance.days(0.1, 4) if qualifies else None
        funnel.leads.append(Lead(chance.token("lead-"), created, qualified))
