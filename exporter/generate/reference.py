"""Reference pages of the record tables with their columns, and of the measures that ship."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from exporter.catalogue.model import Company
from exporter.generate.text import markdown_page
from exporter.measures import library
from exporter.records.schema import Column, Table, Type
from exporter.records.tables import TABLES

RECORDS = "docs/records.md"
MEASURES = "docs/measures.md"

_OF_RECORDS = """\
The canonical tables. A source fills them by mapping its own columns. The exporter rejects a row that
breaks a rule and reports the reason. It holds a table back when more than the given share of its rows
goes missing, as [sources](sources.md) describes. An instant is read with its offset, or in the source's
time zone if it has none, and stored in UTC; a date is a day in the company's time zone. Currency codes
and the words of a closed set may be in upper or lower case. A boolean column also takes yes and no, t
and f, 1 and 0; a number column takes true and false as 1 and 0. An `open` column takes what systems
write for never (`infinity`, `0000-00-00`, `0001-01-01`, a day of the year 9999) as empty; elsewhere that
makes a bad row.
"""

_OF_MEASURES = """\
The measures that formulas can name. `money` is the company's currency. The SQL file is the definition.
"""

_TYPES = {
    Type.TEXT: "text",
    Type.INTEGER: "whole number",
    Type.DECIMAL: "decimal",
    Type.BOOLEAN: "true or false",
    Type.INSTANT: "instant",
    Type.DATE: "date",
}


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return both pages; they are the same for all companies."""
    return {
        RECORDS: markdown_page("Records", _OF_RECORDS, (line for table in TABLES.values() for line in _table(table))),
        MEASURES: markdown_page("Measures", _OF_MEASURES, _measures()),
    }


def _table(table: Table) -> Iterator[str]:
    yield ""
    yield f"## {table.name}"
    yield ""
    yield f"{table.doc} Key: {', '.join(f'`{column}`' for column in table.key)}. May shrink by {table.may_shrink:f}%."
    yield ""
    yield "| column | type | | meaning |"
    yield "|---|---|---|---|"
    for column in table.columns:
        yield f"| `{column.name}` | {_TYPES[column.type]} | {_presence(table, column)} | {_meaning(column)} |"
    if table.checks:
        yield ""
        yield f"Refused: {'; '.join(check.otherwise for check in table.checks)}."


def _presence(table: Table, column: Column) -> str:
    if column.default is not None:
        return f"default `{column.default}`"
    if column.open_ended:
        return "open"
    return "required" if table.requires(column) else ""


def _meaning(column: Column) -> str:
    values = f" ({', '.join(f'`{value}`' for value in column.one_of)})" if column.one_of else ""
    return column.doc + values


def _measures() -> Iterator[str]:
    yield ""
    yield "| measure | unit | by | meaning | tables |"
    yield "|---|---|---|---|---|"
    for name, query in sorted(library.shipped().items()):
        by = ", ".join(query.by)
        tables = ", ".join(f"`{table}`" for table in sorted(query.tables))
        link = f"[{name}](../exporter/measures/sql/{name}.sql)"
        yield f"| {link} | {query.unit} | {by} | {query.doc} | {tables} |"
