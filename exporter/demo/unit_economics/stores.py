"""Stores and articles: sales by day, stock at the ends of months, and what a unit of each article brings and costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from exporter.demo.chance import Chance
from exporter.demo.files import Row
from exporter.demo.months import Months
from exporter.demo.unit_economics.base_plan import (
    ARTICLES,
    COST_OF_GOODS,
    PAYMENT_FEE,
    PAYMENT_RATE,
    SHOPS,
    STOCK_GROWTH,
    STORE_GROWTH,
    TURNS,
    Shop,
)
from exporter.demo.unit_economics.calendar import COMPLETE, CURRENT

_LONG_BEFORE = timedelta(days=2000)


def shops(months: Months, today: date) -> Iterator[Row]:
    """Stores that had opened by today; a closing that lies ahead is not known yet."""
    for shop in SHOPS:
        closed = months.first(shop.closed) if shop.closed else None
        yield {
            "id": shop.id,
            "type": shop.format,
            "opened": months.first(shop.opened) if shop.opened else months.launch - _LONG_BEFORE,
            "closed": closed if closed and closed <= today else None,
            "sqft": shop.area,
        }


def sales(months: Months, chance: Chance) -> Iterator[Row]:
    """A total per store and day."""
    for shop in SHOPS:
        for month in _open(shop):
            day = months.first(month)
            while day <= months.last(month):
                usd = _daily(shop, month) * chance.between(0.9, 1.1)
                cost = usd * COST_OF_GOODS[shop.format] * chance.between(0.98, 1.02)
                yield {
                    "receipts": f"{shop.id}/{day}",
                    "shop": shop.id,
                    "day": day,
                    "usd": _cents(usd),
                    "cost": _cents(cost),
                }
                day += timedelta(days=1)


def stock(months: Months, chance: Chance) -> Iterator[Row]:
    """A count at each end of month; a store that closed has nothing left."""
    for shop in SHOPS:
        for month in _open(shop):
            beyond = 1 + STOCK_GROWTH * max(0, month - COMPLETE + 12) / 12
            yearly_cost = 365 * _daily(shop, month) * COST_OF_GOODS[shop.format]
            usd = yearly_cost / TURNS[shop.format] * beyond * chance.between(0.99, 1.01)
            yield {"shop": shop.id, "day": months.last(month), "usd": _cents(usd)}
        if shop.closed:
            yield {"shop": shop.id, "day": months.first(shop.closed), "usd": Decimal(0)}


def articles(months: Months, chance: Chance) -> Iterator[Row]:
    """Units sold per article and month, with the economics of a unit."""
    for month in range(1, CURRENT + 1):
        for article in ARTICLES:
            yield {
                "sku": article.sku,
                "month": months.day(month, 1),
                "units": round(article.units * chance.between(0.9, 1.1)),
                "price": article.price,
                "cogs": article.unit_cost,
                "shipping": article.shipping,
                "payment_rate": PAYMENT_RATE,
                "payment_fee": PAYMENT_FEE,
                "support": article.other,
            }


def _open(shop: Shop) -> range:
    return range(max(shop.opened, 1), shop.closed or CURRENT + 1)


def _daily(shop: Shop, month: int) -> float:
    return float(shop.sales / 365 * (1 + STORE_GROWTH) ** ((month - COMPLETE) / 12))


def _cents(amount: float) -> Decimal:
    return Decimal(amount).quantize(Decimal("0.01"))
