"""Stores and articles: sales by day, stock at the ends of months, and what a unit of each article brings and costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from exporter.demo.kit.ledger import cents
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Row
from exporter.demo.unit_economics.base_plan import (
    ARTICLES,
    COMPLETE,
    COST_OF_GOODS,
    PAYMENT_FEE,
    PAYMENT_RATE,
    SHOPS,
    STOCK_GROWTH,
    STORE_GROWTH,
    TURNS,
    Shop,
)

_LONG_BEFORE = timedelta(days=2000)


def shops(months: Months) -> Iterator[Row]:
    """Export every store."""
    for shop in SHOPS:
        yield {
            "id": shop.id,
            "type": shop.format,
            "opened": months.first(shop.opened) if shop.opened else months.launch - _LONG_BEFORE,
            "closed": months.first(shop.closed) if shop.closed else None,
            "sqft": shop.area,
        }


def sales(months: Months, rng: Rng) -> Iterator[Row]:
    """Export a total per store and day."""
    for shop in SHOPS:
        for month in _open(shop):
            for day in months.days(month, month):
                usd = _daily(shop, month) * rng.between(0.9, 1.1)
                cost = usd * COST_OF_GOODS[shop.format] * rng.between(0.98, 1.02)
                receipts = f"{shop.id}/{day}"
                yield {"receipts": receipts, "shop": shop.id, "day": day, "usd": cents(usd), "cost": cents(cost)}


def stock(months: Months, rng: Rng) -> Iterator[Row]:
    """Export a count at each end of month; a store that closed has nothing left."""
    for shop in SHOPS:
        for month in _open(shop):
            beyond = 1 + STOCK_GROWTH * max(0, month - COMPLETE + 12) / 12
            yearly_cost = 365 * _daily(shop, month) * COST_OF_GOODS[shop.format]
            usd = yearly_cost / TURNS[shop.format] * beyond * rng.between(0.99, 1.01)
            yield {"shop": shop.id, "day": months.last(month), "usd": cents(usd)}
        if shop.closed:
            yield {"shop": shop.id, "day": months.first(shop.closed), "usd": Decimal(0)}


def articles(months: Months, rng: Rng) -> Iterator[Row]:
    """Export the units sold per article and month, with the economics of a unit."""
    for month in months.numbers:
        for article in ARTICLES:
            yield {
                "sku": article.sku,
                "month": months.day(month, 1),
                "units": round(article.units * rng.between(0.9, 1.1)),
                "price": article.price,
                "cogs": article.unit_cost,
                "shipping": article.shipping,
                "payment_rate": PAYMENT_RATE,
                "payment_fee": PAYMENT_FEE,
                "support": article.other,
            }


def _open(shop: Shop) -> range:
    return range(max(shop.opened, 1), shop.closed or COMPLETE + 2)


def _daily(shop: Shop, month: int) -> float:
    return float(shop.sales / 365 * (1 + STORE_GROWTH) ** ((month - COMPLETE) / 12))
