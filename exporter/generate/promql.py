"""PromQL as text: selectors, and numbers without the noise of binary fractions."""

from __future__ import annotations

from decimal import Decimal

from exporter import conventions
from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.thresholds import Bound


def number(value: Decimal) -> str:
    """The shortest literal that Prometheus reads as the same number as the exporter computes with."""
    return repr(float(value)).removesuffix(".0")


def selector(name: str, **labels: str) -> str:
    """`kpi_plan{company="acme",kpi="arr"}`."""
    matchers = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{name}{{{matchers}}}"


def headline(company: Company, kpi: Kpi) -> str:
    """The KPI's value, from every replica of the exporter."""
    return selector(conventions.metric(kpi), company=company.name)


def worst(bound: Bound) -> str:
    """Which of several replicas' values is nearest to crossing the bound."""
    return "max" if bound.comparison.upward else "min"
