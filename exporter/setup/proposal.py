"""Which record table an export fills, and how: columns by their names and values, and what must still be said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exporter.records.schema import Column, CurrencyCode, Table, Type
from exporter.records.tables import TABLES
from exporter.setup import inspection, targets
from exporter.setup.inspection import Export, Kind
from exporter.setup.reshaping import Reshaping, reshaping
from exporter.setup.vocabulary import concepts, words

ENOUGH = 3.0
"""What a table's columns must score together; below it the likeness may be chance."""
GENERIC = frozenset(
    {"amount", "created", "currency", "customer", "date", "id", "month", "name", "quantity", "status", "total"}
)
"""Concepts of columns that exports about anything have: they alone make no likeness to a table."""
CLEAR = 0.5
"""The likeness from which a column that may be empty is filled."""

KINDS: Mapping[Type, frozenset[Kind]] = {
    Type.INTEGER: frozenset({Kind.NUMBER, Kind.EMPTY}),
    Type.DECIMAL: frozenset({Kind.NUMBER, Kind.EMPTY}),
    Type.BOOLEAN: frozenset({Kind.BOOLEAN, Kind.EMPTY}),
    Type.INSTANT: frozenset({Kind.DATE, Kind.EMPTY}),
    Type.DATE: frozenset({Kind.DATE, Kind.EMPTY}),
    Type.TEXT: frozenset({Kind.TEXT, Kind.NUMBER, Kind.BOOLEAN, Kind.EMPTY}),
}
"""Which kinds of an export's columns may fill a column of each type."""


@dataclass(frozen=True)
class Proposal:
    """How an export fills a table.

    `columns` maps the table's columns to the export's, `constants` to a text for all rows, and `in_currency` are those
    that hold the company's currency, which the export does not name. `values` maps a column's words
    to the table's, and `unmapped` holds the words that nobody could map. `key` is `row` where the rows have no id.
    """

    export: Export
    table: str
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    in_currency: Sequence[str] = ()
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unmapped: Mapping[str, Sequence[str]] = field(default_factory=dict)
    key: str | None = None
    reshaping: Reshaping | None = None
    score: float = 0.0


@dataclass(frozen=True)
class NoProposal:
    """Why an export fills no table, for people."""

    export: Export
    reason: str


def propose(export: Export) -> Proposal | NoProposal:
    """Propose the record table that an export fills best.

    An export with a value that can be read in two ways is proposed all the same; `Export.doubts` says what to decide.
    """
    reshaped = reshaping(export)
    candidates = [proposal for table in TABLES.values() if (proposal := _fill(table, export, reshaped)) is not None]
    best = max(candidates, key=lambda proposal: proposal.score, default=None)
    if best is None or best.score < ENOUGH:
        names = ", ".join(column.name for column in export.columns)
        return NoProposal(export, f"its columns are like those of no record table: {names}")
    return best


def _fill(table: Table, export: Export, reshaped: Reshaping | None) -> Proposal | None:
    available = list(reshaped.columns if reshaped else export.columns)
    columns: dict[str, str] = {}
    score = 0.0
    for likeness, column, source in sorted(_pairs(table, available), key=lambda pair: -pair[0]):
        if column.name in columns or source.name in columns.values():
            continue
        if likeness >= CLEAR or table.requires(column):
            columns[column.name] = source.name
            score += likeness * (2 if table.requires(column) else 1)
    constants: dict[str, str] = {}
    in_currency: list[str] = []
    key = None
    for column in table.columns:
        if column.name in columns or not table.requires(column):
            continue
        stand_in = targets.STAND_INS.get((table.name, column.name))
        if stand_in in columns:
            columns[column.name] = columns[stand_in]
        elif column.money is not None:
            in_currency.append(column.name)
        elif (whole := targets.ONE_OF_ALL.get((table.name, column.name))) is not None:
            constants[column.name] = whole
        elif table.key == (column.name,):
            key = "row"
        else:
            return None
    speaks = _speaks_of(export, table)
    if not columns or not (speaks or any(concepts(origin) - GENERIC for origin in columns.values())):
        return None
    values, unmapped = _words(table, columns, {column.name: column for column in available})
    return Proposal(
        export=export,
        table=table.name,
        columns=columns,
        constants=constants,
        in_currency=in_currency,
        values=values,
        unmapped=unmapped,
        key=key,
        reshaping=reshaped,
        score=score + (ENOUGH if speaks else 0),
    )


def _speaks_of(export: Export, table: Table) -> bool:
    """Tell whether the name of the file or sheet is about the table."""
    name = f"{export.path.stem} {export.options.get('sheet', '')}"
    return bool(concepts(name) & (targets.TABLE_CONCEPTS.get(table.name) or concepts(table.name)))


def _pairs(
    table: Table, sources: Sequence[inspection.ExportColumn]
) -> Iterator[tuple[float, Column, inspection.ExportColumn]]:
    for column in table.columns:
        for source in sources:
            if source.kind is Kind.EMPTY and table.requires(column):
                continue
            if source.kind not in KINDS[column.type] and not _are_truths(table, column, source):
                continue
            likeness = _likeness(table, column, source)
            if likeness > 0 and _are_truths(table, column, source):
                likeness += CLEAR
            if column.type is Type.TEXT and source.kind is Kind.NUMBER and "id" not in concepts(source.name):
                likeness /= 2
            if likeness > 0:
                yield likeness, column, source


def _likeness(table: Table, column: Column, source: inspection.ExportColumn) -> float:
    """Return from 0 to 1.5 how much the name of an export's column is like that of a table's."""
    if column.name == "_".join(re.findall(r"[a-z0-9]+", source.name.lower())):
        return 1.5
    meant = targets.COLUMN_CONCEPTS.get(table.name, {}).get(column.name) or concepts(column.name)
    named = concepts(source.name)
    shared = meant & named
    if table.key == (column.name,) and named == {"id"} and source.unique:
        return 1.0
    if not shared or (shared == {"id"} and len(meant) > 1):
        return 0.0
    if column.money is CurrencyCode.ANY or column.money is CurrencyCode.REPORTING:
        return 1.0 if "currency" in named and _are_currencies(source) else 0.0
    if column.name in table.key and column.type is Type.TEXT and len(table.key) == 1 and not source.unique:
        return 0.0
    return len(shared) / len(meant | named) + (0.25 if named <= meant else 0.0)


def _are_truths(table: Table, column: Column, source: inspection.ExportColumn) -> bool:
    """Tell whether the words of a text column all mean true or false in the table."""
    meanings = targets.WORDS.get((table.name, column.name), {}) if column.type is Type.BOOLEAN else {}
    return bool(source.words) and all(_meaning(meanings, word) is not None for word in source.words)


def _are_currencies(source: inspection.ExportColumn) -> bool:
    return bool(source.words) and all(re.fullmatch(r"[A-Za-z]{3}", word.strip()) for word in source.words)


def _words(
    table: Table, columns: dict[str, str], sources: Mapping[str, inspection.ExportColumn]
) -> tuple[Mapping[str, Mapping[str, str]], Mapping[str, Sequence[str]]]:
    """Return the maps of words of the columns with closed sets, and the words that are in no map."""
    values: dict[str, Mapping[str, str]] = {}
    unmapped: dict[str, Sequence[str]] = {}
    for name, source in columns.items():
        column = table.column(name)
        if column is None or not (column.one_of or _are_truths(table, column, sources[source])):
            continue
        map_, left = {}, []
        for word in sources[source].words:
            if word.strip().lower() in {one.lower() for one in column.one_of}:
                continue
            meaning = _meaning(targets.WORDS.get((table.name, name), {}), word)
            if meaning is None:
                left.append(word)
            else:
                map_[word] = meaning
        if map_:
            values[name] = map_
        if left or not sources[source].words:
            unmapped[name] = left
    return values, unmapped


def _meaning(map_: Mapping[str, str], word: str) -> str | None:
    meanings = {map_[part] for part in [word.strip().lower(), *words(word), "".join(words(word))] if part in map_}
    return meanings.pop() if len(meanings) == 1 else None
