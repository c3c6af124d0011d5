"""What makes a row good, as SQL: texts are cast to their types, and a bad row gets one reason in words."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.numbers import list_currencies

from exporter.records.schema import Column, Money, Table, Type
from exporter.records.spool import UNREADABLE, lines
from exporter.records.sql import literal, literals, name

_NOT = {
    Type.INTEGER: "is not a whole number",
    Type.DECIMAL: "is not a number of at most 20 digits before the point",
    Type.BOOLEAN: "is not true or false",
    Type.INSTANT: "is not an instant",
    Type.DATE: "is not a date",
}
_SHOWN = 80  # characters of a bad value in a reason
_DAY = r"[1-9]\d{3}-\d\d?-\d\d?"
_TIMED = rf"{_DAY}[T ][^(]*"  # DuckDB reads what follows a parenthesis as an era


@dataclass(frozen=True)
class Reading:
    """How one company's texts are read.

    `currency` is its reporting currency. `timezone` is its own, in which an instant falls on a day.
    Times without an offset are read in the time zone of the session.
    """

    currency: str
    timezone: str

    def staging(self, table: Table, spooled: Path) -> str:
        """A query over a spooled file: the typed columns, and `reason`, `key` and `row`.

        A good row has a NULL `reason`. `key` is a JSON list of the key's texts; `row` is the texts as JSON,
        for bad rows only.
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
            f"FROM {lines(spooled, UNREADABLE, *table.column_names)}))"
        )

    def _cast(self, column: Column) -> str:
        """The column's text as its type, or NULL where it is not of that type."""
        text = _text(column)
        match column.type:
            case Type.TEXT:
                return text
            case Type.INTEGER:  # a cast alone would round 1.5 to 2
                exact = f"TRY_CAST({text} AS DECIMAL(38,10))"
                return f"CASE WHEN {exact} = round({exact}) THEN TRY_CAST({exact} AS BIGINT) END"
            case Type.DECIMAL:  # a cast alone would read 1_000
                return f"CASE WHEN NOT contains({text}, '_') THEN TRY_CAST({text} AS {column.type}) END"
            case Type.BOOLEAN:
                return f"TRY_CAST({text} AS BOOLEAN)"
            case Type.INSTANT:  # a cast alone would read infinity, and years that no calendar prints
                form = f"regexp_full_match({text}, '{_DAY}|{_TIMED}')"
                return f"CASE WHEN {form} THEN TRY_CAST({text} AS TIMESTAMPTZ) END"
            case Type.DATE:
                return (
                    f"CASE WHEN regexp_full_match({text}, '{_DAY}') THEN TRY_CAST({text} AS DATE) "
                    f"WHEN NOT regexp_full_match({text}, '{_TIMED}') THEN NULL "
                    f"WHEN regexp_matches({text}, ':.*[A-Za-z+-]') THEN "  # there is an offset
                    f"CAST(timezone({literal(self.timezone)}, TRY_CAST({text} AS TIMESTAMPTZ)) AS DATE) "
                    f"ELSE CAST(TRY_CAST({text} AS TIMESTAMP) AS DATE) END"
                )

    def _faults(self, table: Table) -> Iterator[tuple[str, str]]:
        """Conditions of bad rows and the expressions of their reasons; the first that holds is given."""
        yield f"{name(UNREADABLE)} IS NOT NULL", name(UNREADABLE)
        for column in table.columns:
            value, text = name(column.name), name("text:" + column.name)
            if column.required or column.name in table.key:
                yield f"{text} IS NULL", literal(f"{column.name} is missing")
            if column.type in _NOT:
                yield f"{text} IS NOT NULL AND {value} IS NULL", _said(column.name, _NOT[column.type])
            if column.one_of:
                said = _said(column.name, f"is not one of {', '.join(column.one_of)}")
                yield f"{value} NOT IN {literals(column.one_of)}", said
            if column.money:
                yield from self._currency_faults(column)
        for check in table.checks:
            yield f"NOT ({check.sql})", literal(check.otherwise)

    def _currency_faults(self, column: Column) -> Iterator[tuple[str, str]]:
        value = name(column.name)
        other = f"{value} <> {literal(self.currency)}"
        known = literals(sorted(list_currencies()))
        yield f"{other} AND {value} NOT IN {known}", _said(column.name, "is not an ISO 4217 code", " ")
        if column.money is Money.REPORTING:
            yield other, _said(column.name, f"is not the company's reporting currency, {self.currency}", " ")


def _text(column: Column) -> str:
    """The column's text; the default stands in for a missing one."""
    text = name(column.name)
    return f"coalesce({text}, {literal(column.default)})" if column.default is not None else text


def _said(column: str, fault: str, link: str = ": ") -> str:
    """The expression of a sentence such as `starts_at: "abc" is not an instant`."""
    shown = f"left({name('text:' + column)}, {_SHOWN})"
    return f"{literal(column + link + chr(34))} || {shown} || {literal(chr(34) + ' ' + fault)}"
