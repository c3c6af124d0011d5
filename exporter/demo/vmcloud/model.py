"""The whole simulated company, from its launch to the horizon; what lies ahead of now is in it too."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.demo.chance import Chance
from exporter.demo.months import Months
from exporter.demo.vmcloud.customers import Book, simulate_customers
from exporter.demo.vmcloud.finance import Finance, simulate_finance
from exporter.demo.vmcloud.marketing import Marketing, simulate_marketing
from exporter.demo.vmcloud.operations import Operations, simulate_operations
from exporter.demo.vmcloud.platform import Platform, simulate_platform
from exporter.demo.vmcloud.product import Product, simulate_product
from exporter.demo.vmcloud.support import Support, simulate_support


@dataclass(frozen=True)
class Model:
    months: Months
    book: Book
    product: Product
    platform: Platform
    operations: Operations
    support: Support
    finance: Finance
    marketing: Marketing


def simulate_company(months: Months, seed: int) -> Model:
    chance = Chance(seed)
    book = simulate_customers(months, chance)
    return Model(
        months,
        book,
        simulate_product(book, months, chance),
        simulate_platform(book, months, chance),
        simulate_operations(months, chance),
        simulate_support(book, months, chance),
        simulate_finance(book, months, chance),
        simulate_marketing(months, chance),
    )
