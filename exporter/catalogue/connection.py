"""What a company has not connected: the record tables that no source fills, and the KPIs that wait for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from exporter.catalogue.language.thresholds import Bound, Condition
from exporter.catalogue.model import Company, Kpi
from exporter.measures.library import LEDGER_LOOKUPS
from exporter.measures.model import Measure
from exporter.records.systems import SYSTEMS
from exporter.records.tables import TABLES

PLANS = "plans"
"""The record table of plan points."""


@dataclass(frozen=True)
class MissingTables:
    """Record tables that no source fills, and the KPIs that lack exactly these."""

    tables: tuple[str, ...]
    kpis: tuple[Kpi, ...]

    @property
    def title(self) -> str:
        """What to connect and how many KPIs that adds: `Connect accounting (ledger_entries) to see 6 more`."""
        systems: dict[str, list[str]] = {}
        for table in self.tables:
            systems.setdefault(SYSTEMS[table], []).append(table)
        parts = [f"{system} ({', '.join(tables)})" for system, tables in systems.items()]
        listed = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
        return f"Connect {listed} to see {len(self.kpis)} more"

    @property
    def ids(self) -> str:
        """The KPIs by id, and the tables: `runway, burn (cash_balances)`."""
        return f"{', '.join(kpi.id for kpi in self.kpis)} ({', '.join(self.tables)})"


def missing_tables(company: Company) -> Sequence[MissingTables]:
    """Group the KPIs that are not connected by the tables that they lack, the largest group first."""
    return _grouped(company.kpis.values(), company.missing)


def no_longer_connected(before: Company, after: Company) -> Sequence[MissingTables]:
    """Group the KPIs that another version of the catalogue no longer feeds, as `missing_tables` does."""
    fed = {id_ for id_, kpi in before.kpis.items() if not before.unfilled(kpi)}
    return _grouped((kpi for id_, kpi in after.kpis.items() if id_ in fed), after.unfilled)


def _grouped(kpis: Iterable[Kpi], missing: Callable[[Kpi], tuple[str, ...]]) -> Sequence[MissingTables]:
    groups: dict[tuple[str, ...], list[Kpi]] = {}
    for kpi in kpis:
        if tables := missing(kpi):
            groups.setdefault(tables, []).append(kpi)
    groups_of_tables = [MissingTables(tables, tuple(of_tables)) for tables, of_tables in groups.items()]
    return sorted(groups_of_tables, key=lambda group: (-len(group.kpis), len(group.tables)))


def why_not_connected(tables: Sequence[str]) -> str:
    """Return why a KPI that lacks these tables has no value."""
    return f"not connected: connect {' and '.join(tables)}"


def source_lines(company: Company, tables: Iterable[str]) -> str:
    """Return YAML to add under `sources:`: a source of files per table, with the columns that the table requires."""
    return "\n".join(line for table in tables for line in _source_lines(company, table)) + "\n"


def _source_lines(company: Company, table: str) -> Sequence[str]:
    name = table.replace("_", "-")
    while name in company.sources:
        name += "-2"
    required = [column.name for column in TABLES[table].columns if TABLES[table].requires(column)]
    return [
        f"  {name}:",
        "    type: files",
        "    tables:",
        f"      {table}:",
        f"        path: {table}.csv",
        "        columns:   # column of the table: column of your file",
        *(f"          {column}: {column}" for column in required),
    ]


def connected_part(company: Company) -> Company:
    """Return the company with nothing that waits for a source: what rules, boards and their tests are made from.

    It has the connected KPIs, with the breakdowns, plans and thresholds that can have values. A catalogue without
    sources is a template, and stays as it is.
    """
    if not company.sources:
        return company
    kpis = {id_: _connected_part(company, kpi) for id_, kpi in company.kpis.items() if company.connected(kpi)}
    return replace(company, kpis=kpis)


def _connected_part(company: Company, kpi: Kpi) -> Kpi:
    by = tuple(dimension for dimension in kpi.by if _has_labels(company, kpi, dimension))
    segmented = kpi.segments is None or kpi.segments in by
    planned = not kpi.recorded_plan or bool(company.fillers(PLANS))

    def can_hold(bound: Bound) -> bool:
        return (segmented or not bound.scope.segment) and (planned or bound.share is None or bool(bound.scope.segment))

    def part(condition: Condition | None) -> Condition | None:
        if condition is None or not all(company.connected(company.kpis[side.kpi]) for side in condition.divergence):
            return None
        bounds = tuple(filter(can_hold, condition.bounds))
        return replace(condition, bounds=bounds) if bounds or condition.divergence else None

    target, warning, critical = (part(condition) for condition in (kpi.target, kpi.warning, kpi.critical))
    if (by, target, warning, critical, planned) == (kpi.by, kpi.target, kpi.warning, kpi.critical, True):
        return kpi
    return replace(
        kpi,
        by=by,
        segments=kpi.segments if segmented else None,
        segment_plans=kpi.segment_plans if segmented else {},
        target=target,
        warning=warning,
        critical=critical,
        recorded_plan=kpi.recorded_plan and planned,
    )


def _has_labels(company: Company, kpi: Kpi, dimension: str) -> bool:
    """Return whether a breakdown has labels: those of some dimensions come from a lookup, such as `customers`."""
    return not any(_lacks_labels(company, measure, dimension) for measure in company.inputs(kpi).values())


def _lacks_labels(company: Company, measure: Measure, dimension: str) -> bool:
    lookups = measure.lookups - LEDGER_LOOKUPS
    if dimension not in measure.by or not lookups:
        return False
    having = {table for table in measure.tables | lookups if TABLES[table].column(dimension)} or lookups
    return not any(company.fillers(table) for table in having)
