"""Which shipped company is nearest to what a company has: the one of whose KPIs most would have values."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from exporter.catalogue.loading import load, shipped, shipped_file


def coverage(tables: Collection[str]) -> Mapping[str, tuple[int, int]]:
    """Return by shipped company how many of its KPIs those record tables alone would feed, and of how many.

    The one with most comes first; of equal ones, that with fewer KPIs without values.
    """
    counts = {name: _fed(name, frozenset(tables)) for name in shipped()}
    return dict(sorted(counts.items(), key=lambda item: (-item[1][0], item[1][1])))


def _fed(name: str, tables: frozenset[str]) -> tuple[int, int]:
    company = load(shipped_file(name))
    fed = [kpi for kpi in company.kpis.values() if tables.issuperset(company.unfilled(kpi))]
    return len(fed), len(company.kpis)
