"""Reads a set of rows both ways, one by one and as the set, which must come to the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from exporter.records.batch import Row, RowSet, SourceFailed
from exporter.records.spool import UNREADABLE, Spool
from exporter.records.tables import TABLES
from exporter.sources.interface import Source
from exporter.sources.sql import Sql

Texts = Sequence[Mapping[str, str]]


def both_ways(table: str, rows: RowSet, source: Source) -> Sequence[Row]:
    """Return the rows, or raise why they cannot be read; what the set is spooled as must be the same."""
    singly, one_by_one = _rows(rows)
    if one_by_one is not None and isinstance(source, Sql):  # whose transaction it has ended
        raise one_by_one
    together, as_set = _set(table, rows)
    assert str(as_set) == str(one_by_one)
    assert type(as_set) is type(one_by_one)
    if one_by_one is not None:
        raise one_by_one
    assert together == spooled(table, singly)
    return singly


def spooled(table: str, rows: Sequence[Row]) -> Texts:
    """Return the texts as which single rows are spooled, without those that are missing."""
    with TemporaryDirectory() as folder:
        spool = Spool(lambda: Path(folder), lambda error: error)
        spool.write(table, TABLES[table].column_names, rows)
        spool.close()
        lines = Path(folder, f"{table}.ndjson").read_text("ascii").splitlines()
    return [{name: text for name, text in json.loads(line).items() if text is not None} for line in lines]


def _rows(rows: RowSet) -> tuple[Sequence[Row], SourceFailed | None]:
    try:
        return list(rows), None
    except SourceFailed as failure:
        return (), failure


def _set(table: str, rows: RowSet) -> tuple[Texts, SourceFailed | None]:
    columns = {UNREADABLE, *TABLES[table].column_names}
    texts: list[Mapping[str, str]] = []
    with TemporaryDirectory() as folder:
        try:
            for path in rows.write(Path(folder)):
                result = duckdb.connect().execute("FROM read_parquet($path)", {"path": str(path)})
                names = [name for name, kind, *_ in result.description or () if str(kind) in ("VARCHAR", "STRING")]
                assert set(names) == columns
                named = (dict(zip(names, values, strict=True)) for values in result.fetchall())
                texts.extend({name: text for name, text in row.items() if text is not None} for row in named)
        except SourceFailed as failure:
            return (), failure
    return texts, None
