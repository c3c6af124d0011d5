"""The relations that a SELECT reads, and the order in which SELECTs that read each other can be computed."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter

from sqlglot import exp


def relations_read(query: exp.Query) -> frozenset[str]:
    """Return the names of the relations that a query reads, without those of its own WITH."""
    own = {cte.alias_or_name for cte in query.find_all(exp.CTE)}
    return frozenset(table.name for table in query.find_all(exp.Table) if table.name) - own


def in_order(queries: Mapping[str, exp.Query]) -> Mapping[str, exp.Query]:
    """Return the queries, each after all those that it reads; the order depends on the queries alone."""
    reads = {name: sorted(relations_read(queries[name]) & queries.keys()) for name in sorted(queries)}
    return {name: queries[name] for name in TopologicalSorter(reads).static_order()}
