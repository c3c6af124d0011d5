"""Maps a source's own columns or paths to those of a canonical table, the same for every kind of source."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import cached_property
from hashlib import blake2b, sha256
from itertools import islice
from typing import Literal, TypeVar

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from exporter.quantities.shares import Percent
from exporter.records.batch import Limits, Row, SourceFailed, Unreadable
from exporter.records.schema import Table, Type
from exporter.records.tables import TABLES
from exporter.sources import jmes
from exporter.sources.exact_json import depth
from exporter.sources.words import Words
from exporter.sources.words import mistakes as word_mistakes
from exporter.strict_model import StrictModel

_NO_UTF_8 = re.compile("[\udc80-\udcff]")
"""The characters that Python's `surrogateescape` puts in the place of bytes that are no text."""
_NOT_UTF_8 = Unreadable("holds bytes that are not UTF-8")

_MAX_DEPTH = 50
"""Levels of a list or object that becomes JSON in a column: few enough for any reader of JSON."""

MAX_FIELDS = 100
"""Fields of JSON items that are remembered besides those that are read."""

MAX_LISTED = 300
"""Characters of a list of columns in an error."""


class LimitOptions(StrictModel):
    """Base of the options of a table whose polls may be refused: for too few rows, or too many bad ones."""

    may_shrink: Percent | None = Field(
        default=None,
        description="share of the rows that a poll may take away, such as 30%; if more are missing the table is held "
        "back. If not given, what docs/records.md says of the table",
    )
    may_reject: Percent | None = Field(
        default=None,
        description="share of the rows that may be bad, such as 5%; with more the poll fails. 1% if not given",
    )

    @property
    def limits(self) -> Limits:
        """The limits as a poll hands them on."""
        return Limits(self.may_shrink, self.may_reject)


class ColumnMapping(StrictModel):
    """Base of the options of a table: its columns are mapped; one named nowhere is read from the column of its name."""

    columns: Mapping[str, str] = Field(default={}, description="canonical column: the source's column or path")
    constants: Mapping[str, str] = Field(default={}, description="canonical column: the same text in every row")

    @model_validator(mode="after")
    def _one_origin_each(self) -> ColumnMapping:
        if twice := sorted(self.columns.keys() & self.constants.keys()):
            raise ValueError(f"{', '.join(twice)}: given under `columns` and under `constants`; keep one of them")
        return self

    def mapped_columns(self) -> tuple[str, ...]:
        """Return the canonical columns that the catalogue names."""
        return (*self.columns, *self.constants)

    def fingerprint(self) -> str:
        """Return a text that changes when these options do, so that a cursor stored under others is not used."""
        options = self.model_dump_json(exclude=set(LimitOptions.model_fields))
        return sha256(options.encode()).hexdigest()[:16]

    def origins(self, table: str) -> Mapping[str, str]:
        """Return the source's column or path of each column of `table` that is not a constant."""
        names = (name for name in TABLES[table].column_names if name not in self.constants)
        return {name: self.columns.get(name, name) for name in names}

    def required(self, table: str) -> Mapping[str, str]:
        """Return the source's columns without which no row of `table` is good, each with the reason for an error."""
        definition = TABLES[table]
        needed = [column.name for column in definition.columns if definition.requires(column)]
        own = {name: f"which {table} requires" for name in needed if name not in self.mapped_columns()}
        return {**own, **{self.columns[name]: _read_from(name) for name in needed if name in self.columns}}

    def require(self, table: str) -> Callable[[Iterable[str], str], None]:
        """Return a check of the available columns, called with them and the place that has them.

        It raises `SourceFailed` if a column that the catalogue names, or the table requires, is missing.
        """
        named = {origin: _read_from(name) for name, origin in self.columns.items()}
        return lambda available, where: _check({**named, **self.required(table)}, available, where)


class RowMapping(ColumnMapping, LimitOptions):
    """Base of the options of a table whose rows come here, where their words are mapped too, and their keys made."""

    values: Mapping[str, Mapping[str, str]] = Field(
        default={}, description="canonical column: by a word of the source, the word of the table that it means"
    )
    key: Literal["row"] | None = Field(
        default=None,
        description="row: the rows have no id, and what a row holds takes its place; rows that are equal all count",
    )

    def origins(self, table: str) -> Mapping[str, str]:
        """Return the source's column or path of each column of `table` that is neither constant nor a derived key."""
        derived = derived_key(self, TABLES[table])
        return {name: origin for name, origin in super().origins(table).items() if name != derived}

    def required(self, table: str) -> Mapping[str, str]:
        """Return the source's columns without which no row of `table` is good, each with the reason for an error."""
        derived = derived_key(self, TABLES[table])
        return {origin: reason for origin, reason in super().required(table).items() if origin != derived}

    def mistakes(self, table: Table) -> Iterator[tuple[tuple[str, ...], str]]:
        """Yield what of `values` and `key` does not fit the table: the path within these options, and why."""
        yield from ((("values", *path), message) for path, message in word_mistakes(self.values, table))
        if self.key is None:
            return
        if not can_be_derived(table):
            yield ("key",), f"{table.name} has no id of its own: its key is {', '.join(table.key)}; leave `key` out"
        elif table.key[0] in self.mapped_columns():
            yield ("key",), f"`{table.key[0]}` is given as well; keep one of them"


def can_be_derived(table: Table) -> bool:
    """Tell whether a table's key is one id, which may be made of what a row holds."""
    column = table.column(table.key[0])
    return len(table.key) == 1 and column is not None and column.type is Type.TEXT


def derived_key(mapping: RowMapping, table: Table) -> str | None:
    """Return the column whose value is made of the row; None where the source gives all."""
    return table.key[0] if mapping.key == "row" else None


_Tables = TypeVar("_Tables", bound=RowMapping)


def check_tables(tables: Mapping[str, _Tables]) -> Mapping[str, _Tables]:
    """Return tables whose maps of words and derived keys fit the record tables of their names.

    Raises:
        ValidationError: With every mistake, each at its place.
    """
    mistakes = [
        InitErrorDetails(type="value_error", loc=(name, *path), input=None, ctx={"error": ValueError(message)})
        for name, table in tables.items()
        if name in TABLES
        for path, message in table.mistakes(TABLES[name])
    ]
    if mistakes:
        raise ValidationError.from_exception_data("tables", mistakes, hide_input=True)
    return tables


def lacking(mapping: RowMapping, table: str, available: Collection[str], where: str) -> str | None:
    """Return what a record table lacks where just these columns are available, and what to write; None if nothing."""
    try:
        mapping.require(table)(available, where)
    except SourceFailed as failure:
        definition = TABLES[table]
        no_id = definition.key[0] in mapping.required(table) and definition.key[0] not in available
        hint = "; for rows that have no id, write `key: row`" if no_id and can_be_derived(definition) else ""
        return f"{failure}{hint}"
    return None


class ItemPicker:
    """Picks a table's columns out of JSON items by JMESPath.

    JSON has no header, so it remembers which fields any item had.
    """

    def __init__(self, mapped: ColumnMapping, table: str) -> None:
        self._required = mapped.required(table)
        self._origins = mapped.origins(table).values()
        self._fields: dict[str, None] = {}

    @cached_property
    def _pick(self) -> Callable[[object], Mapping[str, object]]:
        return jmes.picker(self._origins)

    def __call__(self, item: object) -> Mapping[str, object]:
        """Return the values of an item by expression."""
        picked = self._pick(item)
        own = item if isinstance(item, dict) else {}
        self._fields.update((origin, None) for origin, value in picked.items() if value is not None or origin in own)
        if len(self._fields) < MAX_FIELDS:
            self._fields.update(dict.fromkeys(islice(own, MAX_FIELDS)))
        return picked

    def check(self, where: str) -> None:
        """Raise `SourceFailed` if there were items, and none had a column that the table requires."""
        if self._fields:
            _check(self._required, self._fields, where)


def _read_from(name: str) -> str:
    return f"which `{name}` is to be read from"


def _check(wanted: Mapping[str, str], available: Iterable[str], where: str) -> None:
    present = list(available)
    missing: dict[str, list[str]] = {}
    for origin, reason in wanted.items():
        if origin not in present:
            missing.setdefault(reason, []).append(f"`{origin}`{_similar(origin, present)}")
    if missing:
        lacking = [
            f"no column{'s'[: len(names) - 1]} {', '.join(names)}, {reason}" for reason, names in missing.items()
        ]
        have = ", ".join(present) or "none"
        have = have if len(have) <= MAX_LISTED else f"{have[:MAX_LISTED]}..."
        raise SourceFailed(f"{where} has {', and '.join(lacking)}; it has {have}")


def _similar(origin: str, present: Iterable[str]) -> str:
    """Suggest a column that may be meant: one in other capitals, or with another letter or two."""
    by_folded = {name.casefold(): name for name in present}
    close = get_close_matches(origin.casefold(), by_folded, n=1, cutoff=0.8)
    return f" (is it `{by_folded[close[0]]}`?)" if close else ""


def cell_value(value: object) -> object:
    """Return a value that a row may hold: text, number, date, bool or None; NaN and infinities become None.

    Lists and objects become JSON; bytes become the truth of MySQL's BIT(1), UTF-8 text or hexadecimal digits; anything
    else becomes its text.
    """
    match value:
        case str():
            return value if value.isascii() or not _NO_UTF_8.search(value) else _NOT_UTF_8
        case None | bool() | int() | date() | datetime() | Unreadable():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Decimal():
            return value if value.is_finite() else None
        case list() | dict():
            return _json(value)
        case bytes() | bytearray() | memoryview():
            return _bytes_value(bytes(value))
        case _:
            return str(value)


def _json(value: object) -> object:
    too_deep = Unreadable(f"is nested more than {_MAX_DEPTH} deep")
    try:
        text = json.dumps(value, default=_json_part, ensure_ascii=False)
    except (RecursionError, _TooDeep):
        return too_deep
    return text if depth(text) <= _MAX_DEPTH else too_deep


class _TooDeep(Exception):
    pass


def _json_part(value: object) -> str:
    """Print a value within a list or an object that JSON does not know."""
    if isinstance(value, Unreadable):
        raise _TooDeep
    return str(value)


def _bytes_value(value: bytes) -> object:
    if value in (b"\x00", b"\x01"):
        return value == b"\x01"
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


class CanonicalRows:
    """Makes rows of a canonical table from a source's values, during one poll.

    `origins` name the source's value for each column; those of the mapping if not given.
    """

    def __init__(self, mapping: RowMapping, table: str, origins: Mapping[str, str] | None = None) -> None:
        self._origins = mapping.origins(table) if origins is None else origins
        self._constants = mapping.constants
        self._words = {name: Words(words, TABLES[table], name) for name, words in mapping.values.items()}
        self._key = derived_key(mapping, TABLES[table])
        self._equal: Counter[bytes] = Counter()

    def __call__(self, values: Mapping[str, object]) -> Row:
        """Return the row of a source's values; a column that the source lacks is left out."""
        row = {name: cell_value(values[origin]) for name, origin in self._origins.items() if origin in values}
        row.update(self._constants)
        for name, words in self._words.items():
            if name in row:
                row[name] = words.read(row[name])
        if self._key is not None:
            row[self._key] = self._derived_key(row)
        return row

    def _derived_key(self, row: Row) -> str:
        """Return an id made of what the row holds, so that a row that is added elsewhere changes no other's."""
        held = sorted((name, repr(value)) for name, value in row.items() if name != self._key)
        digest = blake2b(repr(held).encode(errors="surrogatepass"), digest_size=12)
        self._equal[digest.digest()] += 1
        number = self._equal[digest.digest()]
        return digest.hexdigest() if number == 1 else f"{digest.hexdigest()}-{number}"
