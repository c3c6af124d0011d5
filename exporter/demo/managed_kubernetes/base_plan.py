"""The base plan that the company follows: prices, costs, and what happens in which month.

Fees, support tiers, infrastructure margins, costs and sizes are those of the operating model behind the catalogue
`managed-kubernetes`. Who wins, grows and leaves when is fixed here, so that every seed ends near the planned numbers.
Amounts are in EUR, per month unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
COMPLETE = 36
HORIZON = COMPLETE + 3
"""The last month for which customers are won: what is open now is decided by then."""

DEVELOPMENT, STAGING, ON_PREM = "development", "staging", "on-prem"
SMALL, STANDARD, LARGE = "production small", "production standard", "production large"
STARTER, PROFESSIONAL, ENTERPRISE = "starter", "professional", "enterprise"

FEES: Mapping[str, int] = {
    DEVELOPMENT: 500,
    STAGING: 500,
    SMALL: 1200,
    STANDARD: 1800,
    LARGE: 2500,
    ON_PREM: 3500,
}
INFRASTRUCTURE_MARGINS: Mapping[str, int] = {DEVELOPMENT: 4, STAGING: 4, SMALL: 9, STANDARD: 14, LARGE: 23}
SUPPORT: Mapping[str, int] = {STARTER: 0, PROFESSIONAL: 800, ENTERPRISE: 2500}

CLUSTER_COSTS: Mapping[str, int] = {
    DEVELOPMENT: 114,
    STAGING: 114,
    SMALL: 160,
    STANDARD: 185,
    LARGE: 235,
    ON_PREM: 300,
}
CUSTOMER_COSTS: Mapping[str, int] = {STARTER: 20, PROFESSIONAL: 54, ENTERPRISE: 9}
"""What serving a customer costs beside the clusters, so that both make 294, 652 and 1470."""
COST_OVERRUN = Decimal("1.13")
"""What serving really costs, against the plan: engineers need somewhat more hours."""

BUNDLES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "s": (STARTER, (SMALL, DEVELOPMENT)),
    "o": (STARTER, (SMALL,)),
    "p": (PROFESSIONAL, (STANDARD, STANDARD, STAGING, DEVELOPMENT)),
    "e": (ENTERPRISE, (LARGE, LARGE, LARGE, STAGING, STAGING, DEVELOPMENT, DEVELOPMENT, ON_PREM)),
}
"""What a new customer takes: the tier and the clusters."""

WINS: Mapping[int, str] = dict(
    enumerate(
        (
            *("s", "s", "sp", "o", "s", "p", "o", "e", "s", "o", "s", "o"),
            *("oe", "so", "op", "es", "oo", "po", "es", "oo", "se", "op", "oe", "s"),
            *("oe", "so", "ps", "eso", "os", "ps", "oes", "sp", "sos", "sos", "eo", "ppp"),
            *("sp", "oes", "ps"),
        ),
        start=1,
    )
)
"""Per month, the bundles of the customers won."""

LOSSES = (17, 22, 26, 29, 31, 34, 36, 39)
"""The months in which a starter with a single cluster leaves."""

GROWTH: Mapping[int, str] = dict(
    enumerate(
        (
            *("", "", "", "", "", "", "", "", "", "u", "u", "P"),
            *("u", "L", "u", "L", "L", "u", "", "uE", "L", "L", "", "LL"),
            *("Pd", "d", "EP", "d", "Pu", "dLE", "PE", "du", "Pd", "dE", "Pu", "Pd"),
            *("L", "Pd", "u"),
        ),
        start=1,
    )
)
"""Per month, what old customers take more of; the letters are those of `STEPS`."""

STEPS: Mapping[str, tuple[str, int, str | None, str]] = {
    "d": (STARTER, 1, None, DEVELOPMENT),
    "u": (STARTER, 2, SMALL, STANDARD),
    "P": (PROFESSIONAL, 4, None, STANDARD),
    "L": (PROFESSIONAL, 4, STANDARD, LARGE),
    "E": (ENTERPRISE, 8, None, LARGE),
}
"""Who grows (the tier, and the least number of clusters), which cluster is replaced if any, and the new one."""

HIRES: Mapping[str, tuple[int, ...]] = {
    "engineering": (1, 1, 7, 13, 16, 20, 29, 31, 33, 35),
    "support": (7, 18, 31),
    "sales": (15, 33),
    "marketing": (35,),
    "management": (1,),
}
"""Per team, the months in which somebody begins: 3 people at first, then 5, 10 and 17 after years 1, 2 and 3."""

FIXED_COSTS: Mapping[int, int] = {3: 22_000, 5: 36_000, 10: 75_000, 17: 133_000}
"""By size of the team."""

SALES_COST_PER_DEAL = (4000, 6500, 9500)
PRESALES_COST_PER_DEAL = (1000, 1800, 2600)
COST_PER_LEAD = (200, 150, 120)
"""What winning a customer costs, by year."""

COLD_LEADS = (12, 14, 14)
LOST_AFTER_DEMO = (3, 6, 10)
LOST_BEFORE_DEMO = (2, 3, 3)
"""Leads that never become a deal, and deals that are lost, per month, by year."""

NEW_CUSTOMERS_PLAN: Mapping[int, int] = {1: 1, 7: 1, 13: 2, 25: 2}
MQLS_PLAN: Mapping[int, int] = {1: 5, 7: 7, 13: 10, 25: 13}
"""Per month, from the first month of each phase."""

FIRST_QUOTA, LAST_QUOTA = 120_000, 720_000
"""New annual value to be won in the quarter of the launch, and in the one that holds now."""

ONBOARDING_FEES: Mapping[str, int] = {STARTER: 6000, PROFESSIONAL: 15_000, ENTERPRISE: 40_000}
CONSULTING = (2000, 6000, 15_000)
"""Professional services: once per new customer, and per month by year."""


def monthly_price(cluster_type: str) -> int:
    """Return what a cluster of a type brings."""
    return FEES[cluster_type] + INFRASTRUCTURE_MARGINS.get(cluster_type, 0)


def year(month: int) -> int:
    """Return the index of a month's year, 0 for the first; the third goes on after its end."""
    return min((month - 1) // 12, 2)


def people(month: int) -> int:
    """Return the size of the team in a month."""
    return sum(begins <= month for team in HIRES.values() for begins in team)


def fixed_costs(month: int) -> Decimal:
    """Return the costs of the team of a month, in a straight line between the sizes that the plan states."""
    size = people(month)
    below = max(step for step in FIXED_COSTS if step <= size)
    above = min(step for step in FIXED_COSTS if step >= size)
    if below == above:
        return Decimal(FIXED_COSTS[below])
    share = Decimal(size - below) / (above - below)
    return FIXED_COSTS[below] + share * (FIXED_COSTS[above] - FIXED_COSTS[below])
