"""The measures that ship: one SQL file each, whose leading comment gives its meaning, unit, nature and breakdowns."""

# ruff: noqa: S608 - a measure's SQL is the catalogue's own text; tables_of lets one SELECT pass and no more

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import sqlglot
from sqlglot import exp

from exporter.measures.model import Nature
from exporter.measures.totals import UNLABELLED, totals
from exporter.quantities import units
from exporter.records.sql import literal, name
from exporter.records.tables import TABLES
from exporter.revenue import definition as ledger
from exporter.revenue import pipeline
from exporter.revenue.dependencies import in_order, relations_read
from exporter.revenue.relations import RELATIONS as LEDGER

PERIOD = "period"
LEDGER_TABLES = frozenset(ledger.TABLES)
LEDGER_LOOKUPS = LEDGER_TABLES - {ledger.ITEMS}
"""Without discounts or rates of its own a company's ledger is complete; where a source gives them, it waits."""
_MATERIALIZED = "-- materialized: true"
_HEADER = re.compile(r"--\s?(?:(unit|nature|by|lookups):\s*)?(.*)")


@dataclass(frozen=True)
class Query:
    """A measure's SQL: rows of `period`, the labels in `by`, and `value`.

    A row of no label is the headline, one of exactly one label is part of that breakdown, as `totals` tells them.
    `tables` are the record tables it cannot do without; without one of its `lookups` only a breakdown is missing.
    `unit` is as written (`money` is the company's currency).
    """

    name: str
    doc: str
    unit: str
    nature: Nature
    by: tuple[str, ...]
    sql: str
    tables: frozenset[str]
    lookups: frozenset[str]


@cache
def views() -> Mapping[str, str]:
    """Return the relations that several measures share, by name, each after those that it reads."""
    texts = {"period_movements": pipeline.movements_by_period(), **_texts(files("exporter.measures") / "sql" / "views")}
    return {name: texts[name] for name in in_order({name: _parsed(text) for name, text in texts.items()})}


def _texts(folder: Traversable) -> Mapping[str, str]:
    """Return the texts of a folder's SQL files by their names, in alphabetical order."""
    entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    return {entry.name.removesuffix(".sql"): entry.read_text("utf-8") for entry in entries}


@cache
def shipped() -> Mapping[str, Query]:
    """Return the measures that ship, by name, in alphabetical order."""
    return {name: _read(name, text) for name, text in _texts(files("exporter.measures") / "sql").items()}


def _read(name: str, text: str) -> Query:
    """Return a query from its file: comment lines of meaning, unit, nature and lists, then the SQL."""
    doc: list[str] = []
    header = {"unit": "", "nature": "", "by": "", "lookups": ""}
    lines = text.splitlines()
    while lines and (match := _HEADER.fullmatch(lines[0])):
        lines.pop(0)
        if match[1]:
            header[match[1]] = match[2].strip()
        else:
            doc.append(match[2])
    sql = "\n".join(lines).strip()
    lookups = frozenset(_listed(header["lookups"]))
    tables = needed_of(sql) - lookups
    return Query(
        name=name,
        doc=" ".join(doc),
        unit=header["unit"],
        nature=Nature(header["nature"]),
        by=_listed(header["by"]),
        sql=sql,
        tables=tables,
        lookups=tables_of(sql) - tables,
    )


def nature_of(sql: str, unit: str) -> Nature:
    """Return the nature of a query whose author names none: an amount at the end, unless it reads `starts`."""
    if not re.search(r"\bstarts\b", sql):
        return Nature.STOCK
    return Nature.FLOW if units.may_be_added(unit) else Nature.WHOLE


def _listed(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def selection(sql: str, by: Sequence[str]) -> str:
    """Return the statement that selects a measure's period, labels and value, in this order.

    A label is NULL where the row is of all its values together, and otherwise never.
    """
    marked = totals(sql, tuple(by), "duckdb")
    labels = "".join(f"{_label(name(label), marked.marks.get(label), label in marked.bare)}, " for label in by)
    return f"SELECT {name(PERIOD)}, {labels}{name('value')} FROM (\n{marked.sql}\n)"


def _label(column: str, mark: str | None, bare: bool) -> str:
    if bare:
        return column
    total = f"WHEN CAST({mark} AS BOOLEAN) THEN NULL " if mark else ""
    text = f"CAST({column} AS VARCHAR)"
    return f"CASE {total}WHEN TRIM({text}) <> '' THEN {text} ELSE {literal(UNLABELLED)} END AS {column}"


def tables_of(sql: str) -> frozenset[str]:
    """Return the record tables a query reads, also through the shared views and the ledger.

    Raises `ValueError` where the text is not one SELECT or names a relation that does not exist.
    """
    return _reached(sql, LEDGER_TABLES)


def needed_of(sql: str) -> frozenset[str]:
    """Return the tables of `tables_of` without which there is no number: lookups of the ledger are left out."""
    return _reached(sql, LEDGER_TABLES - LEDGER_LOOKUPS)


def reads_ledger(sql: str) -> bool:
    """Return whether a query reads a relation of the ledger, also through the shared views."""
    return not _relations(sql).isdisjoint(LEDGER)


def ledger_behind(queries: Collection[str], further: Collection[str] = ()) -> frozenset[str]:
    """Return the relations of the ledger that these queries read, also through shared views, and `further` views."""
    return _behind(queries, further) & frozenset(LEDGER)


def views_behind(queries: Collection[str], further: Collection[str] = ()) -> frozenset[str]:
    """Return the shared views that these queries read, directly or through others, and those behind `further` views."""
    return _behind(queries, further) & views().keys()


def tables_and_ledger(sql: str) -> frozenset[str]:
    """Return the record tables and the relations of the ledger that a query reads, also through shared views."""
    return _relations(sql) - views().keys()


def trees(sql: str) -> Sequence[exp.Query]:
    """Return a query and the shared views that it reads, directly or through others."""
    return [_parsed(sql), *(_view_tree(view) for view in sorted(_relations(sql) & views().keys()))]


@cache
def _view_tree(view: str) -> exp.Query:
    return _parsed(views()[view])


def _behind(queries: Collection[str], further: Collection[str]) -> frozenset[str]:
    return frozenset(further).union(*map(_relations, queries), *(_relations(views()[view]) for view in further))


def _reached(sql: str, ledger: frozenset[str]) -> frozenset[str]:
    """Return the record tables a query reads, where a relation of the ledger reads those of `ledger`."""
    relations = _relations(sql)
    tables = relations & TABLES.keys()
    return tables if relations.isdisjoint(LEDGER) else tables | ledger


@cache
def _relations(sql: str) -> frozenset[str]:
    """Return the record tables, relations of the ledger and shared views that a query reads, also through views."""
    relations = set(_mentioned(sql) - {PERIOD})
    for each in sorted(relations):
        if each in views():
            relations |= _relations(views()[each])
        elif each not in TABLES and each not in LEDGER:
            raise ValueError(f"there is no record table {each!r}")
    return frozenset(relations)


@cache
def to_materialize(queries: frozenset[str]) -> Mapping[str, frozenset[str]]:
    """Return the views that several of these queries read, each with its readers, direct and indirect.

    Only views whose files say `-- materialized: true`: the rows of others take more memory than computing them again
    takes time.
    """
    readers = {view: {sql for sql in queries if view in _mentioned(sql)} for view in views()}
    behind = {view: set(each) for view, each in readers.items()}
    materialized = {}
    for view, sql in reversed(list(views().items())):
        if len(readers[view]) > 1 and _MATERIALIZED in sql.splitlines():
            materialized[view] = frozenset(behind[view])
        for below in _mentioned(sql) & readers.keys():
            readers[below] |= {sql} if view in materialized else readers[view]
            behind[below] |= behind[view]
    return materialized


@cache
def _mentioned(sql: str) -> frozenset[str]:
    """Return the relations that a query names, other than its own."""
    return relations_read(_parsed(sql))


def _parsed(sql: str) -> exp.Query:
    try:
        trees = sqlglot.parse(sql, dialect="duckdb")
    except sqlglot.errors.ParseError as error:
        raise ValueError(f"the SQL cannot be read: {error.errors[0].get('description', error)}") from None
    except sqlglot.errors.SqlglotError:
        raise ValueError("the SQL cannot be read: is a quote or a comment not closed?") from None
    except RecursionError:
        raise ValueError("the SQL cannot be read: it nests too deeply") from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query) or sql.rstrip().endswith(";"):
        raise ValueError("a measure is one SELECT, without a semicolon")
    return trees[0]
