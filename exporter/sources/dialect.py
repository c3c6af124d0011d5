"""The dialect of a file: its encoding, delimiter, numbers and dates. The catalogue says it; nothing is guessed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from exporter.records.schema import Type
from exporter.sources.cell_range import check_range
from exporter.sources.date_formats import check_date_format, date_in_sql, read_date
from exporter.sources.number_formats import Numerals
from exporter.strict_model import StrictModel

Convert = Callable[[object], object]
"""Turns a value of a file into one that the record store reads, or into `Unreadable`; may raise `OtherDialect`."""


def _known_encoding(name: str) -> str:
    try:
        "a".encode(name)
    except (LookupError, ValueError):
        raise ValueError("is not an encoding; write for example cp1252, iso-8859-15, utf-8 or utf-16") from None
    return name


def _delimiter(sign: str) -> str:
    if sign in '"\r\n\0':
        raise ValueError('cannot part fields; write for example "," or ";" or "\\t"')
    return sign


class Dialect(StrictModel):
    """How a file is written; by default as programs write: UTF-8, `1234.50`, `2026-01-31`."""

    encoding: Annotated[str, AfterValidator(_known_encoding)] | None = Field(
        default=None, description="of CSV and JSON Lines, such as cp1252 or utf-16; UTF-8 if not given"
    )
    delimiter: Annotated[str, AfterValidator(_delimiter)] = Field(
        default=",", min_length=1, max_length=1, description="what parts the fields of a CSV file"
    )
    skip_rows: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="lines of a CSV file or rows of a sheet before the one that names the columns",
    )
    sheet: str | None = Field(default=None, description="of a workbook; the first sheet if not given")
    cells: Annotated[str, AfterValidator(check_range)] | None = Field(
        default=None, description="of a sheet: where the header and the rows are, such as B4:F200 or B4:F"
    )
    decimal: Literal[".", ","] | None = Field(
        default=None, description="what stands before the fraction of numbers that are texts; a point if not given"
    )
    thousands: Literal[".", ",", "'", " "] | None = Field(
        default=None, description="what stands between the thousands of numbers that are texts; nothing if not given"
    )
    date_format: Annotated[str, AfterValidator(check_date_format)] | None = Field(
        default=None,
        description='form of dates and times in the manner of strptime, such as "%d.%m.%Y"; or epoch (seconds since '
        "1970) or epoch_ms (milliseconds); ISO 8601 if not given",
    )

    @model_validator(mode="after")
    def _two_signs(self) -> Dialect:
        if self.thousands == (self.decimal or "."):
            other = "," if self.thousands == "." else "."
            raise ValueError(
                f"`thousands` and `decimal` are both {json.dumps(self.thousands)}"
                f"{'' if self.decimal else ', as `decimal` is if not given'}; write `decimal: {json.dumps(other)}`"
            )
        return self

    def reader(self, type_: Type) -> Reader | None:
        """Return the reader of columns of a type; None for types whose values are read as they stand."""
        numerals = Numerals(self.decimal, self.thousands)
        match type_:
            case Type.DECIMAL | Type.INTEGER:
                whole = type_ is Type.INTEGER
                return Reader(partial(_number, numerals, whole), partial(numerals.in_sql, whole=whole))
            case Type.DATE | Type.INSTANT:
                form = self.date_format
                return Reader(partial(read_date, form=form), partial(date_in_sql, form=form))
            case _:
                return None

    def converters(self, types: Mapping[str, Type]) -> Mapping[str, Convert]:
        """Return the readers of the columns that hold numbers, dates or instants, by the column's name."""
        readers = {name: self.reader(type_) for name, type_ in types.items()}
        return {name: reader.convert for name, reader in readers.items() if reader is not None}


@dataclass(frozen=True)
class Reader:
    """Reads the values of a column of numbers, dates or instants.

    Attributes:
        convert: Reads one value.
        in_sql: Returns a condition on the expression of a text, and the expression of what `convert` makes of the texts
            that meet it; `convert` alone reads the others.
    """

    convert: Convert
    in_sql: Callable[[str], tuple[str, str]]


def _number(numerals: Numerals, whole: bool, value: object) -> object:
    return numerals.read(value, whole) if isinstance(value, str) else value
