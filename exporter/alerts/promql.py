"""PromQL as text: selectors, values that outlast a missed scrape, and numbers without the noise of binary fractions."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from exporter import conventions
from exporter.catalogue.model import Company, Kpi
from exporter.quantities.comparison import Comparison

LOOKBACK = "5m"
"""How long a series is taken to have its last value: a missed scrape or a restart must not resolve an alert."""

_SPANS = {"d": 1440, "h": 60, "m": 1}


def number(value: Decimal) -> str:
    """The shortest literal that Prometheus reads as the same number as the exporter computes with."""
    return repr(float(value)).removesuffix(".0")


def duration(minutes: int) -> str:
    """`30m`, `1h30m`, `7d`."""
    text = ""
    for unit, length in _SPANS.items():
        count, minutes = divmod(minutes, length)
        text += f"{count}{unit}" if count else ""
    return text


def selector(name: str, **labels: str) -> str:
    """`kpi_plan{company="acme",kpi="arr"}`."""
    matchers = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels.items())
    return f"{name}{{{matchers}}}"


def of_replica(series: str, instance: str) -> str:
    """The series as one replica of the exporter gives it."""
    return f'{series.removesuffix("}")},instance="{_escaped(instance)}"}}'


def of_kpis(name: str, company: Company, kpis: Iterable[Kpi]) -> str:
    """The series of that name of these KPIs."""
    every, ids = selector(name, company=company.name).removesuffix("}"), "|".join(kpi.id for kpi in kpis)
    return f'{every},kpi=~"{ids}"}}'


def last_value(series: str) -> str:
    """The last value of each of the series, for as long as `BRIDGE` after it ended."""
    return f"last_over_time({series}[{LOOKBACK}])"


def values(company: Company, kpi: Kpi, segment: str = "", **labels: str) -> str:
    """The series of the KPI's value, or with `segment` of one of its segments, from every replica of the exporter."""
    if not segment or kpi.segments is None:
        return selector(kpi.metric(), company=company.name, **labels)
    of_segment = {kpi.segments: segment}
    return selector(kpi.metric(kpi.segments), company=company.name, **of_segment, **labels)


def worst_replica(comparison: Comparison, series: str) -> str:
    """Of several replicas' recent values the one that is nearest to crossing a limit."""
    return f"{'max' if comparison.upward else 'min'} by (company) ({last_value(series)})"


def max_of_replicas(series: str, *labels: str) -> str:
    """The greatest recent value among replicas, per company and the further labels."""
    return f"max by ({', '.join((conventions.COMPANY, *labels))}) ({last_value(series)})"


def min_of_replicas(series: str, *labels: str) -> str:
    """The least recent value among replicas, per company and the further labels."""
    return f"min by ({', '.join((conventions.COMPANY, *labels))}) ({last_value(series)})"


def present(series: str, *labels: str) -> str:
    """1 where any replica has lately had such a series, per company and the further labels."""
    return f"group by ({', '.join((conventions.COMPANY, *labels))}) ({last_value(series)})"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
