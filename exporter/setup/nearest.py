"""Which shipped company is nearest to what a company has: the one of whose KPIs most would have values."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from exporter.catalogue.loading import load, shipped, shipped_file


def coverage(tables: Collection[str], vendors: Collection[frozenset[str]] = ()) -> Mapping[str, tuple[int, int]]:
    """Return by shipped company how many of its KPIs those record tables alone would feed, and of how many.

    The one with most comes first; of equal ones, that with fewer KPIs without values. Before that counts the vendor,
    given by its tables, of which the company makes least: each was connected for a reason.
    """
    counts = {name: _fed(name, frozenset(tables), vendors) for name in shipped()}
    ranked = sorted(counts.items(), key=lambda item: (-item[1][2], -item[1][0], item[1][1]))
    return {name: (fed, kpis) for name, (fed, kpis, _) in ranked}


def _fed(name: str, tables: frozenset[str], vendors: Collection[frozenset[str]]) -> tuple[int, int, int]:
    company = load(shipped_file(name))
    needs = [company.unfilled(kpi) for kpi in company.kpis.values()]
    fed = [need for need in needs if tables.issuperset(need)]
    by_vendor = [sum(not own.isdisjoint(need) for need in fed) for own in vendors]
    return len(fed), len(needs), min(by_vendor, default=0)
