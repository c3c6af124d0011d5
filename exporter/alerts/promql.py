"""PromQL as text: selectors, aggregations over replicas that survive a missed scrape, and exact numbers."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from exporter import conventions
from exporter.catalogue.model import Company, Kpi
from exporter.quantities.comparison import Comparison

LOOKBACK_MINUTES = 10
"""How long a series keeps its last value for the rules.

A missed scrape or a restart must not resolve an alert. It is twice the `for` of the health alerts that mute alerts on
values: they fire before these values end, so that nobody is told that an alert is over when its data is gone.
"""

LOOKBACK = f"{LOOKBACK_MINUTES}m"

_SPANS = {"d": 1440, "h": 60, "m": 1}


def number(value: Decimal) -> str:
    """Return the shortest literal that Prometheus reads as the exporter's number."""
    return repr(float(value)).removesuffix(".0")


def duration(minutes: int) -> str:
    """Format minutes as a duration: `30m`, `1h30m`, `7d`."""
    text = ""
    for unit, length in _SPANS.items():
        count, minutes = divmod(minutes, length)
        text += f"{count}{unit}" if count else ""
    return text


def selector(name: str, **labels: str) -> str:
    """Format a selector: `kpi_plan{company="acme",kpi="arr"}`."""
    matchers = ",".join(f'{label}="{_escaped(value)}"' for label, value in labels.items())
    return f"{name}{{{matchers}}}"


def of_replica(series: str, instance: str) -> str:
    """Restrict a selector to one replica of the exporter."""
    return f'{series.removesuffix("}")},instance="{_escaped(instance)}"}}'


def of_kpis(name: str, company: Company, kpis: Iterable[Kpi], **labels: str) -> str:
    """Return a selector of the series of that name of these KPIs."""
    ids = [kpi.id for kpi in kpis]
    if len(ids) == 1:
        return selector(name, company=company.name, kpi=ids[0], **labels)
    return f'{selector(name, company=company.name, **labels).removesuffix("}")},kpi=~"{"|".join(ids)}"}}'


def last_value(series: str) -> str:
    """Return the last value of each series, for as long as `LOOKBACK` after it ended."""
    return f"last_over_time({series}[{LOOKBACK}])"


def values(company: Company, kpi: Kpi, segment: str = "", **labels: str) -> str:
    """Return a selector of the KPI's value, or with `segment` of that segment's, on every replica of the exporter."""
    if not segment or kpi.segments is None:
        return selector(kpi.metric(), company=company.name, **labels)
    of_segment = {kpi.segments: segment}
    return selector(kpi.metric(kpi.segments), company=company.name, **of_segment, **labels)


def worst_replica(comparison: Comparison, *series: str) -> str:
    """Return the replicas' last value of any of the series that is nearest to breaching a limit, per company."""
    return f"{'max' if comparison.upward else 'min'} by (company) ({' or '.join(map(last_value, series))})"


def max_of_replicas(series: str, *labels: str) -> str:
    """Return the greatest last value among replicas, per company and the further labels."""
    return f"max by ({', '.join((conventions.COMPANY, *labels))}) ({last_value(series)})"


def min_of_replicas(series: str, *labels: str) -> str:
    """Return the least last value among replicas, per company and the further labels."""
    return f"min by ({', '.join((conventions.COMPANY, *labels))}) ({last_value(series)})"


def present(series: str, *labels: str) -> str:
    """Return 1 where any replica has had the series within `LOOKBACK`, per company and the further labels."""
    return f"group by ({', '.join((conventions.COMPANY, *labels))}) ({last_value(series)})"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
