"""PromQL as text: selectors, and numbers without the noise of binary fractions."""

from __future__ import annotations

from decimal import Decimal

from exporter import conventions
from exporter.catalogue.comparison import Comparison
from exporter.catalogue.model import Company, Kpi


def number(value: Decimal) -> str:
    """The shortest literal that Prometheus reads as the same number as the exporter computes with."""
    return repr(float(value)).removesuffix(".0")


def selector(name: str, **labels: str) -> str:
    """`kpi_plan{company="acme",kpi="arr"}`."""
    matchers = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels.items())
    return f"{name}{{{matchers}}}"


def values(company: Company, kpi: Kpi, segment: str = "", **labels: str) -> str:
    """The KPI's value, or with `segment` that of one of its segments, from every replica of the exporter."""
    if not segment or kpi.segments is None:
        return selector(conventions.metric(kpi), company=company.name, **labels)
    of_segment = {kpi.segments: segment}
    return selector(conventions.metric(kpi, kpi.segments), company=company.name, **of_segment, **labels)


def worst(comparison: Comparison) -> str:
    """Which of several replicas' values is nearest to crossing a limit."""
    return "max" if comparison.upward else "min"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
