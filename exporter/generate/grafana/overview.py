"""The overview: tables by area with each KPI's status, value, target, plan and thresholds, the worst first.

A column of Grafana has one unit, so the KPIs of an area with the same unit share a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from exporter import conventions
from exporter.alerts.promql import of_kpis
from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.language.thresholds import Condition, with_unit
from exporter.catalogue.model import Company, Kpi
from exporter.generate.grafana.board import COLUMNS, Layout, board
from exporter.generate.grafana.fields import Override, no_number_mapping, override_by_name, table_query, unit_properties
from exporter.generate.grafana.links import to_chosen_kpi
from exporter.generate.grafana.panels import Panel, table
from exporter.generate.grafana.status import STATES
from exporter.quantities import display
from exporter.quantities.prometheus import style

OVERVIEW = "overview"

_LINE, _FURTHER, _AROUND, _ROW = 36, 22, 92, 38
"""Pixels: of a line of a table and each further one in it, of what is around them, and of a row of Grafana's grid."""
_PER_LINE = 28
"""The letters of a target or threshold that fit side by side."""

_IN_WORDS = {"percentunit": "percent", "s": "durations", "none": "numbers", "decbytes": "bytes"}


@dataclass(frozen=True)
class _Column:
    """A column with a number per KPI, in the unit of the table unless it is a status."""

    title: str
    query: str
    missing: str = "–"


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the boards by path, one per company."""
    return dict(
        board(
            company,
            OVERVIEW,
            "overview",
            f"Every KPI of {company.title} beside its target, plan and thresholds.",
            _panels(company),
            since="now-90d",
        )
        for company in companies
    )


def _panels(company: Company) -> Sequence[Panel]:
    layout = Layout()
    for area, kpis in company.areas().items():
        for unit, of_unit in _by_unit(kpis).items():
            height = ceil((_AROUND + sum(map(_line_height, of_unit))) / _ROW)
            layout.add(f"{area} in {unit}", _table(company, area, unit, of_unit), COLUMNS, height)
    return layout.panels


def _line_height(kpi: Kpi) -> int:
    """Return how high the line of a KPI is, of which a long target or threshold takes more."""
    longest = max((len(with_unit(condition.text, kpi.unit)) for condition in _levels(kpi).values()), default=0)
    return _LINE + _FURTHER * (longest // _PER_LINE)


def _by_unit(kpis: Sequence[Kpi]) -> Mapping[str, Sequence[Kpi]]:
    """Group KPIs by the unit in which Grafana writes them."""
    groups: dict[str, list[Kpi]] = {}
    for kpi in kpis:
        groups.setdefault(style(kpi.unit).grafana, []).append(kpi)
    return groups


def in_words(unit: str) -> str:
    """Return what stands in a table, by Grafana's unit: `€`, `percent`, `months`."""
    return _IN_WORDS.get(unit) or unit.rpartition(":")[2]


def _table(company: Company, area: str, unit: str, kpis: Sequence[Kpi]) -> Panel:
    numbers = {each.title.lower(): each for each in _numbers(company, kpis)}
    levels = [level for level in ("target", "warning", "critical") if any(level in _levels(kpi) for kpi in kpis)]
    queries = [table_query("info", f"group by (kpi, title) ({of_kpis(conventions.INFO, company, kpis)})")]
    queries += [table_query(reference, column.query) for reference, column in numbers.items()]
    if levels:
        labels = ", ".join(["kpi", *levels])
        queries.append(table_query("levels", f"group by ({labels}) ({of_kpis(conventions.LEVELS, company, kpis)})"))
    columns = {"kpi": "id", "title": "KPI"}
    columns |= {f"Value #{reference}": column.title for reference, column in numbers.items()}
    return table(
        f"{display.heading(area)}: {in_words(unit)}",
        "The KPIs of the area that have this unit, the worst first. A click on a name opens its details.",
        queries,
        columns | {level: level.capitalize() for level in levels},
        overrides=[
            override_by_name("id", custom__hidden=True, custom__hideFrom=_NOWHERE),
            override_by_name("KPI", custom__width=360, links=[to_chosen_kpi(company)]),
            *(_override(column, unit) for column in numbers.values()),
            *(override_by_name(level.capitalize(), mappings=[no_number_mapping("–")], **_WRAPPED) for level in levels),
        ],
        sort=_STATUS,
    )


_STATUS = "Status"

_WRAPPED = {"custom__wrapText": True, "custom__cellOptions": {"type": "auto", "wrapText": True}}
"""Long texts in several lines: a property of newer versions of Grafana, and one of older ones."""

_NOWHERE = {"viz": True, "legend": False, "tooltip": False}
"""What newer versions of Grafana hide a column by; older ones have a property `hidden`."""


def _numbers(company: Company, kpis: Sequence[Kpi]) -> Iterator[_Column]:
    """Yield the columns of numbers; each has a row per KPI, NaN where it has no number."""
    every = f"max by (kpi) ({of_kpis(conventions.INFO, company, kpis)}) * NaN"

    def of_each(name: str, **labels: str) -> str:
        series = of_kpis(name, company, kpis, **labels)
        return f"max by (kpi) ({series}) or {every}"

    yield _Column(_STATUS, of_each(conventions.DISPLAY_STATUS), "? unknown")
    yield _Column("Value", of_each(conventions.VALUE), "unknown")
    if any(kpi.plans or kpi.recorded_plan for kpi in kpis):
        yield _Column("Plan", of_each(conventions.PLAN, scenario=Scenario.BASE.value, segment=""))
    yield _Column("Before", of_each(conventions.PREVIOUS))


def _override(column: _Column, unit: str) -> Override:
    missing = no_number_mapping(column.missing)
    if column.title == _STATUS:
        cell = {"type": "color-text"}
        return override_by_name(_STATUS, mappings=[STATES, missing], custom__cellOptions=cell, custom__width=150)
    return override_by_name(column.title, mappings=[missing], **unit_properties(unit))


def _levels(kpi: Kpi) -> Mapping[str, Condition]:
    return kpi.thresholds if kpi.target is None else {"target": kpi.target, **kpi.thresholds}
