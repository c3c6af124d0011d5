"""The figures that every seed comes near: those that CloudMetrics Inc. discloses, and some stores beside.

Amounts are in USD, per year unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("UTC")
COMPLETE = 42

SMB, ENTERPRISE = "SMB", "enterprise"

FOUNDING_CUSTOMERS, FOUNDING_ARR = 4160, 40_000_000
"""Those who were there when the records begin."""

WINS_PER_MONTH = {SMB: 9, ENTERPRISE: 25}
NEW_CONTRACT: Mapping[str, int] = {SMB: 9_000, ENTERPRISE: 54_600}

EARLY_MONTHS = 20
EARLY_LOSS = 0.025
"""Of customers in their first 20 months so many leave per month, which makes about 24% a year."""
LATE_LOSSES = 12
"""Older customers who leave per month."""

EXPANSION = (800_000, 1_060_000, 960_000, 960_000)
CONTRACTION = (160_000, 190_000, 230_000, 230_000)
"""Per month, by year: what customers take more of, and less."""
GROWING, SHRINKING = 16, 50
"""Customers per month who do."""

SPENT_PER_WIN: Mapping[str, int] = {SMB: 9_800, ENTERPRISE: 56_700}
"""Sales and marketing."""

COST_SHARES: Mapping[str, Decimal] = {
    "direct_cost": Decimal("0.12"),
    "shared_cost": Decimal("0.085"),
    "services_cost": Decimal("0.015"),
    "research": Decimal("0.42"),
    "general": Decimal("0.16"),
}
"""Of revenue."""
SERVICES_SHARE = Decimal("0.02")
FIRST_BALANCE = Decimal(70_000_000)


@dataclass(frozen=True)
class Shop:
    """A store; `opened` and `closed` are months of the records, 0 for long before."""

    id: str
    format: str
    area: int
    sales: int
    opened: int = 0
    closed: int | None = None


SHOPS = (
    Shop("apparel-1", "apparel", 6_200, 2_700_000),
    Shop("apparel-2", "apparel", 5_400, 2_300_000),
    Shop("apparel-3", "apparel", 7_100, 3_000_000),
    Shop("apparel-4", "apparel", 6_600, 2_900_000, closed=35),
    Shop("apparel-5", "apparel", 3_000, 1_300_000, opened=34),
    Shop("grocery-1", "grocery", 9_800, 5_900_000),
    Shop("grocery-2", "grocery", 11_300, 6_400_000),
)
COST_OF_GOODS: Mapping[str, float] = {"apparel": 0.42, "grocery": 0.74}
TURNS: Mapping[str, float] = {"apparel": 4.2, "grocery": 11.5}
STORE_GROWTH = 0.013
"""Per year, in each store."""
STOCK_GROWTH = 0.11
"""Beyond what is sold, within the last twelve months."""


@dataclass(frozen=True)
class Article:
    """What a unit brings and costs, and units sold per month."""

    sku: str
    price: str
    unit_cost: str
    shipping: str
    units: int
    other: str = "0"


ARTICLES = (
    Article("jacket", "49.99", "18.50", "6.20", 2_400),
    Article("boots", "119.00", "61.40", "8.90", 900),
    Article("scarf", "19.90", "5.10", "3.80", 3_100),
    Article("lamp", "34.50", "21.70", "9.40", 700, "1.90"),
)
PAYMENT_RATE, PAYMENT_FEE = "0.029", "0.30"
