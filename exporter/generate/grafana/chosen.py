"""The KPI that the variable `$kpi` chooses: its series and its unit in queries of the detail board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from exporter import conventions
from exporter.alerts.promql import selector
from exporter.catalogue.model import Company
from exporter.generate.grafana.fields import Override, override_by_regexp, unit_properties
from exporter.generate.grafana.queries import or_unknown, over_time
from exporter.quantities.prometheus import style

CHOSEN = "$kpi"


def variable(company: Company) -> Mapping[str, Any]:
    """Return the variable: KPIs by title, with the id as value."""
    options = [
        {"selected": not place, "text": kpi.title, "value": kpi.id} for place, kpi in enumerate(company.kpis.values())
    ]
    written = [f"{kpi.title.replace(',', chr(92) + ',')} : {kpi.id}" for kpi in company.kpis.values()]
    return {
        "current": options[0] if options else {},
        "hide": 0,
        "includeAll": False,
        "label": "KPI",
        "multi": False,
        "name": "kpi",
        "options": options,
        "query": ", ".join(written),
        "type": "custom",
    }


def headline(company: Company, dimensions: Sequence[str] = ()) -> str:
    """Return a selector of the chosen KPI, or of its breakdowns by a name such as `kpi_mrr_by_plan_eur`."""
    if not dimensions:
        return selector(conventions.VALUE, company=company.name, kpi=CHOSEN)
    by = f"_by_({'|'.join(dimensions)})"
    suffixes = "|".join(sorted({kpi.unit.suffix for kpi in company.kpis.values() if kpi.unit.suffix}))
    unit = f"({suffixes})?" if suffixes else ""
    return f'{{__name__=~"kpi_{CHOSEN}{by}{unit}",company="{company.name}"}}'


def value_over_time(company: Company) -> str:
    """Return a query of the chosen KPI's value over the time range, NaN where unknown."""
    return or_unknown(over_time(company, "max", headline(company)))


def in_unit(company: Company, series: str) -> str:
    """Add the unit of the chosen KPI to the series as a label, by which panels format them."""
    info = selector(conventions.INFO, company=company.name, kpi=CHOSEN)
    return f"({series}) * on () group_left (unit) group by (unit) ({info} @ end())"


def unit_overrides(company: Company) -> list[Override]:
    """Return overrides that format a line by the unit in its name."""
    units = {kpi.unit.text: style(kpi.unit).grafana for kpi in company.kpis.values()}
    return [
        override_by_regexp(rf"(^|\(){_escaped(unit)}\)?$", **unit_properties(grafana))
        for unit, grafana in units.items()
        if grafana != "none"
    ]


def _escaped(unit: str) -> str:
    return reduce(lambda text, sign: text.replace(sign, f"\\{sign}"), "./", unit)
