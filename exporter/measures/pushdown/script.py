"""One query as what an engine is sent: one statement, or several if it would compute anew what is read twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from sqlglot import exp

_OURS = "kpi_exporter_"
"""What names of stored relations begin with: the warehouse may have a table called `lines`."""


@dataclass(frozen=True)
class Script:
    """`rows` is a SELECT over the rows of the queries in `first`, which are to be stored in order under their names."""

    first: Sequence[tuple[str, str]]
    rows: str


def script(query: exp.Query, tables: Mapping[str, exp.Query], dialect: str, *, shares: bool) -> Script:
    """Return the query in `dialect`, with `tables` as those that it reads beside the relations of its own.

    The names of all these differ. Unless the engine `shares` a relation between its readers, each that has several is
    stored first: so it is computed once, and no table of the warehouse is read twice.
    """
    rows, relations = _flat(query)
    readers = Counter(table.name for each in (rows, *relations.values()) for table in each.find_all(exp.Table))
    # What reads no table is written out in the query, and no work.
    worth = {name for name, each in {**tables, **relations}.items() if each.find(exp.Table)}
    stored = {name for name in worth if readers[name] > 1 and not shares}
    ours = {name: _from_stored(each, stored) for name, each in relations.items()}
    inline = {name: each for name, each in ours.items() if name not in stored}

    def text(each: exp.Query) -> str:
        """Return the query's text, after the relations that it reads and that are not stored."""
        reads, complete = _reads(each, inline), each.copy()
        before = [
            exp.CTE(this=relation.copy(), alias=exp.TableAlias(this=exp.to_identifier(name)))
            for name, relation in {**tables, **inline}.items()
            if name in reads
        ]
        if before:
            complete.set("with_", exp.With(expressions=before))
        return complete.sql(dialect=dialect, comments=False)

    first = [(_OURS + name, tables[name].sql(dialect=dialect, comments=False)) for name in tables if name in stored]
    first += [(_OURS + name, text(ours[name])) for name in ours if name in stored]
    return Script(first, text(_from_stored(rows, stored)))


def _flat(query: exp.Query) -> tuple[exp.Query, Mapping[str, exp.Query]]:
    """Return the query without any WITH, and the relations of all of them, each after those that it reads."""
    rows = query.copy()
    relations = {cte.alias: cte.this for cte in rows.find_all(exp.CTE)}
    for each in list(rows.find_all(exp.With)):
        each.pop()
    rests = {
        name: [table.name for table in each.find_all(exp.Table) if table.name in relations]
        for name, each in relations.items()
    }
    return rows, {name: relations[name] for name in TopologicalSorter(rests).static_order()}


def _from_stored(query: exp.Query, stored: Collection[str]) -> exp.Query:
    def renamed(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table) and node.name in stored:
            return exp.to_table(_OURS + node.name).as_(node.alias_or_name, table=True)
        return node

    changed = query.transform(renamed)
    assert isinstance(changed, exp.Query)
    return changed


def _reads(query: exp.Query, relations: Mapping[str, exp.Query]) -> Collection[str]:
    """Return the names that the query reads, also through the relations."""
    names_read: set[str] = set()
    waiting = [query]
    while waiting:
        names = {table.name for table in waiting.pop().find_all(exp.Table)} - names_read
        names_read |= names
        waiting += [relations[name] for name in names & relations.keys()]
    return names_read
