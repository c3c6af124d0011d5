"""A record table that is filled with the same texts by a source of each kind."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pytest

from exporter.sources.interface import Source
from tests.servers.mariadb import MariaDb
from tests.servers.postgres import Postgres
from tests.servers.standin import HttpResponse, Standin
from tests.support.source_polls import NO_LIMITS, options

Texts = Mapping[str, str]

KINDS = ("csv", "jsonl", "parquet", "http", "prometheus", "sqlite", "postgresql", "mariadb")


class FillTable(Protocol):
    """A source that fills a record table with these rows, whose values are all texts, under options of the table.

    With `count`, only so many of the rows are there, and all of their columns, where the kind of source has such.
    """

    def __call__(
        self, table: str, rows: Sequence[Texts], limits: Mapping[str, Any] = NO_LIMITS, count: int | None = None
    ) -> Source: ...


@contextmanager
def table_filler(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[FillTable]:
    """Return what fills tables by a source of a kind, whose files are in `folder`."""
    with ExitStack() as running:

        def fill(
            table: str, rows: Sequence[Texts], limits: Mapping[str, Any] = NO_LIMITS, count: int | None = None
        ) -> Source:
            count = len(rows) if count is None else count
            match kind:
                case "csv" | "jsonl" | "parquet":
                    _file(folder, kind, rows, count)
                    section: Mapping[str, Any] = {"path": f"rows.{kind}"}
                    place: Mapping[str, Any] = {"kind": "files"}
                case "http":
                    server = running.enter_context(Standin(lambda request: HttpResponse(list(rows[:count]))))
                    section, place = {}, {"kind": "http", "url": server.url}
                case "prometheus":
                    server = running.enter_context(Standin(lambda request: _vector(rows[:count])))
                    section, place = {"query": "rows"}, {"kind": "prometheus", "url": server.url}
                case "sqlite":
                    sqlite3.connect(folder / "rows.db").close()
                    section, place = {"query": _values(rows, count)}, {"kind": "sql", "url": "sqlite:///rows.db"}
                case _:
                    section, place = {"query": _values(rows, count)}, {"kind": "sql", "url": _dsn(request, kind)}
            return options(folder=folder, tables={table: {**section, **limits}}, **place).build("source")

        yield fill


def _values(rows: Sequence[Texts], count: int) -> str:
    """Return a SELECT of the first rows, which any database reads."""
    quoted = ([f"'{text}' AS {name}" for name, text in row.items()] for row in rows)
    every = " UNION ALL ".join(f"SELECT {', '.join(columns)}" for columns in quoted)
    return f"SELECT * FROM ({every}) AS given LIMIT {count}"


def _file(folder: Path, kind: str, rows: Sequence[Texts], count: int) -> None:
    path = folder / f"rows.{kind}"
    if kind == "parquet":
        duckdb.execute(f"COPY ({_values(rows, count)}) TO '{path}' (FORMAT parquet)")
    elif kind == "jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows[:count]))
    else:
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows[:count])


def _vector(rows: Sequence[Texts]) -> HttpResponse:
    result = [{"metric": row, "value": [1767225600, "1"]} for row in rows]
    return HttpResponse({"status": "success", "data": {"resultType": "vector", "result": result}})


def _dsn(request: pytest.FixtureRequest, kind: str) -> str:
    if kind == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        return postgres.dsn()
    return reader(request.getfixturevalue("mariadb"))


def reader(mariadb: MariaDb) -> str:
    """Create a user whose password every driver sends alike, and return its URL."""
    mariadb.execute("CREATE USER IF NOT EXISTS reader@'%' IDENTIFIED BY 'r3ader'; GRANT SELECT ON *.* TO reader@'%'")
    return mariadb.dsn("reader", "r3ader", scheme="mysql+pymysql")
