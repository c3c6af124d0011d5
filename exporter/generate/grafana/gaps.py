"""Gaps: when a KPI had no value, and why; its line over time has a gap there."""

from __future__ import annotations

from collections.abc import Iterable

from exporter import conventions
from exporter.alerts.promql import of_kpis
from exporter.catalogue.model import Company, Kpi
from exporter.generate.grafana.colours import GREY
from exporter.generate.grafana.fields import query, value_mapping
from exporter.generate.grafana.panels import Panel, timeline

GAPS = value_mapping({"0": ("has a value", "green"), "1": ("no value", GREY)})
"""Maps the numbers of `kpi_exporter_kpi_unknown`, and 0 where there is none, to words and colours."""


def gaps(company: Company, kpis: Iterable[Kpi]) -> Panel:
    """Return a panel with a band for each of the KPIs that had no value, and the reason."""
    unknown = of_kpis(conventions.UNKNOWN, company, kpis)
    series = f"max by (kpi, reason) ({unknown}) or on () {no_reason('kpi', 'all KPIs')}"
    words = "When a KPI had no value, and why; its line has a gap there. Where nothing ran, there is no band either."
    return timeline("Gaps", words, [query("A", series, "{{kpi}} {{reason}}")], [GAPS])


def no_reason(label: str, word: str) -> str:
    """Return a series of 0 with the word as its label, in place of reasons."""
    return f'label_replace(vector(0), "{label}", "{word}", "", "")'
