"""The types of values in a relation: how they are printed, and when what is printed is the text of a record."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from exporter.records.spool import is_as_text
from exporter.sources.duckdb_files import is_number, value_of

_WITHOUT_SPACES = ("BOOLEAN", "DATE", "TIME", "UUID", "INTERVAL")
"""The types of which DuckDB prints no value with spaces around it, none as an empty text, and none as a long one."""


@dataclass(frozen=True)
class ValueKind:
    """A type of values.

    Attributes:
        value: Returns the value that a single row has, by how it is printed.
        plain: Returns a condition on the expression of a printed value, None if all meet it: then `text` is the
            expression of the text that `as_text` makes of the value.
        plain_value: Returns the condition on the expression of the value itself, where that is cheaper to ask.
        is_text: Whether values are texts, which a dialect reads.
        is_number: Whether values are numbers, which a dialect reads as times.
        is_short: Whether no value is printed as a long text.
        printed: Returns the expression of a column's value as it is printed, NULL for one that is missing.
    """

    value: Callable[[str], object]
    plain: Callable[[str], str | None]
    plain_value: Callable[[str], str] | None = None
    text: Callable[[str], str] = lambda printed: printed
    is_text: bool = False
    is_number: bool = False
    is_short: bool = False
    printed: Callable[[str], str] = lambda column: f"{column}::VARCHAR"


def duckdb_kind(type_: str) -> ValueKind:
    """Return the kind of a type of DuckDB."""
    value = value_of(type_)
    if type_ in ("FLOAT", "DOUBLE"):
        return ValueKind(
            value, lambda text: f"NOT contains({text}, 'e')", is_number=True, is_short=True, printed=_finite
        )
    if is_number(type_):
        scale = re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", type_)
        is_exact = scale is None or int(scale[1]) <= 6
        # `Decimal` writes smaller numbers with an exponent.
        plain_value = None if is_exact else (lambda number: f"abs({number}) >= 0.000001")
        return ValueKind(value, lambda text: None, plain_value, is_number=True, is_short=True)
    if type_.startswith(_WITHOUT_SPACES):
        return ValueKind(value, lambda text: None, is_short=True)
    return ValueKind(value, is_as_text, is_text=type_ == "VARCHAR" or type_.startswith("ENUM"))


TEXT = duckdb_kind("VARCHAR")
"""The kind of texts."""


def _finite(column: str) -> str:
    return f"CASE WHEN isfinite({column}) THEN {column} END::VARCHAR"
