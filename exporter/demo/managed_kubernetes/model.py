"""The whole simulated company, from its launch to the horizon; what lies ahead of now is in it too."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.demo.chance import Chance
from exporter.demo.managed_kubernetes.care import Care, simulate_care
from exporter.demo.managed_kubernetes.customers import Book, simulate_customers
from exporter.demo.managed_kubernetes.finance import Finance, simulate_finance
from exporter.demo.managed_kubernetes.funnel import Funnel, simulate_funnel
from exporter.demo.managed_kubernetes.operations import Operations, simulate_operations
from exporter.demo.months import Months


@dataclass(frozen=True)
class Model:
    months: Months
    book: Book
    funnel: Funnel
    operations: Operations
    care: Care
    finance: Finance


def simulate_company(months: Months, seed: int) -> Model:
    chance = Chance(seed)
    book = simulate_customers(months, chance)
    funnel = simulate_funnel(book, months, chance)
    operations = simulate_operations(book, months, chance)
    care = simulate_care(book, months, chance)
    return Model(months, book, funnel, operations, care, simulate_finance(book, funnel, months, chance))
