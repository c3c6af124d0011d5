"""From a source's own columns or paths to those of a canonical table, the same for every kind of source."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from pydantic import Field, model_validator

from exporter.records.tables import TABLES
from exporter.sources.exact import depth
from exporter.sources.interface import Row, SourceFailed, Strict, Unreadable

_NO_UTF_8 = re.compile("[\udc80-\udcff]")
"""What Python's `surrogateescape` makes of bytes that are no text."""
_NOT_UTF_8 = Unreadable("holds bytes that are not UTF-8")

_DEEPEST = 50
"""Of lists and objects that become JSON in a column: few enough to be read whatever else is in the document."""


class Mapped(Strict):
    """How the columns of one canonical table are filled; one named nowhere takes what has its name."""

    columns: Mapping[str, str] = Field(default={}, description="canonical column: the source's column or path")
    constants: Mapping[str, str] = Field(default={}, description="canonical column: the same text in every row")

    @model_validator(mode="after")
    def _one_origin_each(self) -> Mapped:
        if twice := sorted(self.columns.keys() & self.constants.keys()):
            raise ValueError(f"{', '.join(twice)}: given under `columns` and under `constants`; keep one of them")
        return self

    def named(self) -> tuple[str, ...]:
        """The canonical columns that the catalogue names."""
        return (*self.columns, *self.constants)

    def fingerprint(self) -> str:
        """Changes when these options do, so that what was remembered under others is not relied on."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def origins(self, table: str) -> Mapping[str, str]:
        """Each column of `table` that is not a constant, with the source's column or path it is read from."""
        names = (name for name in TABLES[table].column_names if name not in self.constants)
        return {name: self.columns.get(name, name) for name in names}

    def require(self, available: Iterable[str], where: str) -> None:
        """Raise `SourceFailed` if the catalogue names a source column that is not there."""
        present = list(available)
        for canonical, origin in self.columns.items():
            if origin not in present:
                have = ", ".join(present) or "none"
                raise SourceFailed(
                    f"{where} has no column `{origin}`, which `{canonical}` is to be read from; it has {have}"
                )


def plain(value: object) -> object:
    """A value that a row may hold: text, number, date, bool or None; NaN and infinities are None.

    Lists and objects become JSON, bytes the truth of MySQL's BIT(1), UTF-8 text or hexadecimal digits, anything else
    its text.
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
            return _of_bytes(bytes(value))
        case _:
            return str(value)


def _json(value: object) -> object:
    too_deep = Unreadable(f"is nested more than {_DEEPEST} deep")
    try:
        text = json.dumps(value, default=_part, ensure_ascii=False)
    except (RecursionError, _Deep):
        return too_deep
    return text if depth(text) <= _DEEPEST else too_deep


class _Deep(Exception):
    pass


def _part(value: object) -> str:
    """A value within a list or an object that JSON does not know."""
    if isinstance(value, Unreadable):
        raise _Deep
    return str(value)


def _of_bytes(value: bytes) -> object:
    if value in (b"\x00", b"\x01"):
        return value == b"\x01"
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex()


def row(origins: Mapping[str, str], constants: Mapping[str, str], given: Mapping[str, object]) -> Row:
    """One row of a canonical table out of the source's; a column the source does not give is left out."""
    read = {name: plain(given[origin]) for name, origin in origins.items() if origin in given}
    return {**read, **constants}
