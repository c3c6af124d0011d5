"""The options of a table or a direct measure that is read from files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from exporter.records.schema import Type
from exporter.sources import jmes
from exporter.sources.address import FileLocation
from exporter.sources.column_types import column_types
from exporter.sources.dialect import Dialect
from exporter.sources.duckdb_files import Reshaped, check_select
from exporter.sources.file_set import Format, Take, format_of
from exporter.sources.interface import NOT_SET, MeasureOptions
from exporter.sources.mapping import RowMapping

_ONLY: Mapping[str, Iterable[Format]] = {
    "delimiter": ("csv",),
    "skip_rows": ("csv", "workbook"),
    "sheet": ("workbook",),
    "cells": ("workbook",),
    "encoding": ("csv", "jsonl"),
    "types": ("csv", "jsonl"),
}
"""The formats that some options are for."""
_NUMBERS = {Type.DECIMAL, Type.INTEGER}
_DATES = {Type.DATE, Type.INSTANT}

TypeName = Literal["text", "integer", "decimal", "boolean", "date", "instant"]


class FileSelection(Dialect):
    """Which files are read, and how they are written."""

    path: FileLocation = Field(
        description="a file, a pattern such as data/items*.csv, or an address: s3://, gs://, abfs://, az://, sftp:// "
        "with a path or a pattern, https:// with one file"
    )
    take: Take = Field(
        default="all",
        description="all: the files of a pattern add up; newest: only the last one by name is read, such as "
        "export-2026-11-30.csv",
    )
    format: Format | None = Field(
        default=None, description="csv, jsonl, parquet or workbook (Excel, OpenDocument); if not given, by the suffix"
    )

    @model_validator(mode="after")
    def _fits_the_format(self) -> Self:
        if self.format is None and format_of(self.path) is None and self.path != Path(NOT_SET):
            raise ValueError(
                f"cannot tell the format of {self.path.name}; write `format: csv`, jsonl, parquet or workbook"
            )
        for option, formats in _ONLY.items():
            if option in self.model_fields_set and self.kind not in formats:
                raise ValueError(f"`{option}` is for {' and '.join(formats)}, and this is {self.kind}; leave it out")
        return self

    @property
    def kind(self) -> Format:
        """The format of the files, by the option or by the suffix."""
        return self.format or format_of(self.path) or "csv"  # without either, the path is not set


class FileTable(FileSelection, RowMapping, Reshaped):
    """The rows of all files together are the whole table. CSV files have a header.

    In JSON Lines the origin of a column is a JMESPath expression. With a `query` the origins are the columns that it
    gives.
    """

    @model_validator(mode="after")
    def _paths(self) -> FileTable:
        if self.kind == "jsonl" and self.query is None:
            jmes.check_expressions(self.columns, ("columns",))
        return self


class FileMeasure(FileSelection, MeasureOptions):
    """The result of a query over all files together."""

    query: Annotated[str, AfterValidator(check_select)] = Field(
        description="a SELECT in DuckDB's SQL, over `rows`, of a column `value` and the labels in `by`"
    )
    types: Mapping[str, TypeName] = Field(
        default={},
        description="what columns of CSV and JSON Lines are; those not named are texts, unless the query calculates or "
        "compares with them",
    )

    @model_validator(mode="after")
    def _options_apply(self) -> Self:
        """Refuse an option of numbers or dates where the query reads none: texts are read as they stand."""
        read = {*column_types(self.query).values(), *self.explicit_types.values()}
        for option, of in (("decimal", _NUMBERS), ("thousands", _NUMBERS), ("date_format", _DATES)):
            if option in self.model_fields_set and self.kind == "parquet":
                raise ValueError(f"`{option}` is for texts, and Parquet tells the types of its columns; leave it out")
            if option in self.model_fields_set and read.isdisjoint(of):
                example = "{amount: decimal}" if of is _NUMBERS else "{day: date}"
                raise ValueError(
                    f"`{option}` has nothing to read; write which columns it is for, as `types: {example}`"
                )
        return self

    @property
    def explicit_types(self) -> Mapping[str, Type]:
        """The types that the catalogue gives, by column."""
        return {name: Type[word.upper()] for name, word in self.types.items()}
