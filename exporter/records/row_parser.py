"""Casts texts of rows to their types, in SQL, and rejects a bad row with one reason in words."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exporter.quantities import currencies
from exporter.records import times
from exporter.records.schema import Column, CurrencyCode, Table, Type
from exporter.records.spool import UNREADABLE
from exporter.records.sql import literal, literals, name

_NOT = {
    Type.INTEGER: "is not a whole number",
    Type.DECIMAL: "is not a number of at most 20 digits before the point",
    Type.BOOLEAN: "is not true or false",
    Type.INSTANT: "is not an instant",
    Type.DATE: "is not a date",
}
_EXCERPT = 80  # characters of a bad value in a reason


@dataclass(frozen=True)
class RowParser:
    """Reads one company's texts.

    `currency` is its reporting currency. `timezone` is its own, in which an instant falls on a day.
    Times without an offset are read in the time zone of the session.
    """

    currency: str
    timezone: str

    def staging(self, table: Table, spooled: str) -> str:
        """Return a query over what is spooled: the typed columns, and `reason`, `key` and `row`.

        `spooled` is a relation with all columns of the table and `UNREADABLE`. A good row has a NULL `reason`. `key` is
        a JSON list of the key's texts; `row` is the texts as JSON, for bad rows only.
        """
        typed = ", ".join(
            f"{_text(column)} AS {name('text:' + column.name)}, {self._cast(column)} AS {name(column.name)}"
            for column in table.columns
        )
        reason = " ".join(f"WHEN {condition} THEN {sentence}" for condition, sentence in self._faults(table))
        key = ", ".join(f"coalesce({name(part)}::VARCHAR, {name('text:' + part)})" for part in table.key)
        texts = ", ".join(f"{literal(part)}, {name('text:' + part)}" for part in table.column_names)
        columns = ", ".join(name(part) for part in table.column_names)
        return (
            f"SELECT {columns}, reason, to_json([{key}])::VARCHAR AS key, "
            f"CASE WHEN reason IS NOT NULL THEN json_object({texts})::VARCHAR END AS row "
            f"FROM (SELECT *, CASE {reason} END AS reason "
            f"FROM (SELECT {name(UNREADABLE)}, {typed} "
            f"FROM {spooled}))"
        )

    def values(self, table: Table, columns: Sequence[str], spooled: str) -> str:
        """Return a query over a relation of texts: the distinct values of some columns, NULL for a text of no value."""
        typed = ", ".join(
            f"{self._cast(column)} AS {name(column.name)}" for column in table.columns if column.name in columns
        )
        return f"SELECT DISTINCT {typed} FROM {spooled}"

    def typed(self, column: Column) -> tuple[str, str]:
        """Return the expression of a column's text as its type, and the fault of a text for which that is NULL."""
        return self._cast(column), _NOT.get(column.type, "is not a text")

    def _cast(self, column: Column) -> str:
        """Return the expression of the column's text as its type, NULL where it is not of that type."""
        text = _text(column)
        match column.type:
            case Type.TEXT:
                return _word(column, text)
            case Type.INTEGER:  # a cast alone would round 1.5 to 2
                exact = f"TRY_CAST({_digits(text)} AS DECIMAL(38,10))"
                return f"CASE WHEN {exact} = round({exact}) THEN TRY_CAST({exact} AS BIGINT) END"
            case Type.DECIMAL:
                return f"TRY_CAST({_digits(text)} AS {column.type})"
            case Type.BOOLEAN:  # 1.0 is what a table with gaps makes of 1
                number = f"TRY_CAST({_digits(text)} AS DECIMAL(38,10))"
                return f"CASE {number} WHEN 1 THEN true WHEN 0 THEN false ELSE TRY_CAST({text} AS BOOLEAN) END"
            case Type.INSTANT:
                return times.instant(text)
            case Type.DATE:
                return times.day(text, self.timezone)

    def _faults(self, table: Table) -> Iterator[tuple[str, str]]:
        """Yield conditions of bad rows, each with the expression of its reason; the first that holds counts."""
        yield f"{name(UNREADABLE)} IS NOT NULL", name(UNREADABLE)
        for column in table.columns:
            value, text = name(column.name), name("text:" + column.name)
            if table.requires(column):
                yield f"{text} IS NULL", literal(f"{column.name} is missing")
            if column.type in _NOT:
                yield (
                    f"{text} IS NOT NULL AND {value} IS NULL",
                    _fault(column.name, _NOT[column.type]) + _remedy(column),
                )
            if column.one_of:
                reason = _fault(column.name, f"is not one of {', '.join(column.one_of)}")
                yield f"{value} NOT IN {literals(column.one_of)}", reason
            if column.money:
                yield from self._currency_faults(column)
        for check in table.checks:
            yield f"NOT ({check.sql})", literal(check.otherwise)

    def _currency_faults(self, column: Column) -> Iterator[tuple[str, str]]:
        """Yield the faults of a currency code, as `_faults` does."""
        value = name(column.name)
        other = f"{value} <> {literal(self.currency)}"
        codes = literals(sorted(currencies.codes()))
        yield f"{other} AND {value} NOT IN {codes}", _fault(column.name, "is not an ISO 4217 code", " ")
        if column.money is CurrencyCode.REPORTING:
            yield other, _fault(column.name, f"is not the company's reporting currency, {self.currency}", " ")


def _text(column: Column) -> str:
    """Return the expression of the column's text; a missing one is the default, a time that never comes is missing."""
    text = name(column.name)
    if column.open_ended:
        return f"CASE WHEN NOT {times.never(text)} THEN {text} END"
    return f"coalesce({text}, {literal(column.default)})" if column.default is not None else text


def _word(column: Column, text: str) -> str:
    """Return the expression of a text with the canonical case of currency codes and of words of a closed set."""
    if column.money:
        return f"upper({text})"
    if column.one_of:
        words = " ".join(f"WHEN {literal(word.lower())} THEN {literal(word)}" for word in column.one_of)
        return f"CASE lower({text}) {words} ELSE {text} END"
    return text


def _digits(text: str) -> str:
    """Return what a cast to a number may read, which would take 1_000 too; true and false are 1 and 0."""
    truth = f"CASE lower({text}) WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE {text} END"
    return f"CASE WHEN NOT contains({text}, '_') THEN {truth} END"


def _fault(column: str, fault: str, link: str = ": ") -> str:
    """Return the expression of a sentence such as `starts_at: "abc" is not an instant`."""
    excerpt = f"left({name('text:' + column)}, {_EXCERPT})"
    return f"{literal(column + link + chr(34))} || {excerpt} || {literal(chr(34) + ' ' + fault)}"


def _remedy(column: Column) -> str:
    """Return the expression of what to write instead, joined to a sentence; empty where nothing helps."""
    if column.type not in (Type.INSTANT, Type.DATE):
        return ""
    return f" || {times.remedy(name('text:' + column.name), column.type)}"
