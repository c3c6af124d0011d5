"""A column that a table requires and the source does not have fails the poll, whichever kind of source it is."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records.batch import SourceFailed
from exporter.records.schema import Table
from exporter.records.tables import TABLES
from exporter.sources.interface import Source
from tests.servers.postgres import Postgres
from tests.servers.standin import HttpResponse, Standin
from tests.support.examples import examples
from tests.support.source_polls import options, poll

ITEMS = TABLES["subscription_items"]


def required(table: Table) -> list[str]:
    return [column.name for column in table.columns if table.requires(column)]


def optional(table: Table) -> list[str]:
    return [name for name in table.column_names if name not in required(table)]


def csv_file(folder: Path, columns: list[str], rows: int = 1) -> Mapping[str, Any]:
    lines = [",".join(columns), *(",".join(f"v{number}" for _ in columns) for number in range(rows))]
    (folder / "rows.csv").write_text("\n".join(lines) + "\n")
    return {"path": "rows.csv"}


def parquet_file(folder: Path, columns: list[str], rows: int = 1) -> Mapping[str, Any]:
    with duckdb.connect() as connection:
        selected = ", ".join(f"'v' || n AS \"{name}\"" for name in columns)
        connection.execute(f"COPY (SELECT {selected} FROM range({rows}) t(n)) TO '{folder / 'rows.parquet'}'")
    return {"path": "rows.parquet"}


def json_file(folder: Path, columns: list[str], rows: int = 1) -> Mapping[str, Any]:
    lines = [json.dumps(dict.fromkeys(columns, f"v{number}")) for number in range(rows)]
    (folder / "rows.jsonl").write_text("\n".join(lines) + "\n")
    return {"path": "rows.jsonl"}


def sqlite_file(folder: Path, columns: list[str], rows: int = 1) -> Mapping[str, Any]:
    with closing(sqlite3.connect(folder / "rows.db")) as connection, connection:
        connection.execute("DROP TABLE IF EXISTS given")
        connection.execute(f"CREATE TABLE given ({', '.join(columns)})")
        values = [[f"v{number}" for _ in columns] for number in range(rows)]
        connection.executemany(f"INSERT INTO given VALUES ({', '.join('?' for _ in columns)})", values)
    return {"query": "SELECT * FROM given"}


Write = Callable[[Path, list[str], int], Mapping[str, Any]]

KINDS: Mapping[str, tuple[Write, Mapping[str, Any]]] = {
    "csv": (csv_file, {"kind": "files"}),
    "parquet": (parquet_file, {"kind": "files"}),
    "jsonl": (json_file, {"kind": "files"}),
    "sqlite": (sqlite_file, {"kind": "sql", "url": "sqlite:///rows.db"}),
}


def source(kind: str, folder: Path, table: str, header: list[str], rows: int = 1, **mapping: Any) -> Source:
    write, section = KINDS[kind]
    return options(folder=folder, **section, tables={table: {**write(folder, header, rows), **mapping}}).build("s")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("required")


@pytest.mark.parametrize("kind", KINDS)
@examples(50)
@given(data=st.data())
def test_of_any_table_each_required_column_is_missed_and_no_other(folder: Path, kind: str, data: st.DataObject) -> None:
    table = TABLES[data.draw(st.sampled_from(sorted(TABLES)))]
    gone = data.draw(st.lists(st.sampled_from(required(table)), unique=True, max_size=3))
    more = data.draw(st.lists(st.sampled_from(optional(table)), unique=True)) if optional(table) else []
    columns = [*(name for name in required(table) if name not in gone), *more, "other"]
    built = source(kind, folder, table.name, data.draw(st.permutations(columns)))
    if not gone:
        assert len(poll(built).rows[table.name]) == 1
        return
    with pytest.raises(SourceFailed) as failure:
        poll(built)
    message = str(failure.value)
    assert message.startswith(f"table {table.name}: ")
    lacking, has = message.split("; it has ")
    assert lacking.endswith(f", which {table.name} requires")
    assert set(re.findall("`(.*?)`", re.sub(r"\(is it .*?\)", "", lacking))) == set(gone)
    assert set(has.split(", ")) == set(columns)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "jsonl"])
def test_without_rows_the_columns_are_still_there_or_not(folder: Path, kind: str) -> None:
    assert poll(source(kind, folder, ITEMS.name, required(ITEMS), rows=0)).rows[ITEMS.name] == []
    with pytest.raises(SourceFailed, match="no column `starts_at`, which subscription_items requires"):
        poll(source(kind, folder, ITEMS.name, [name for name in required(ITEMS) if name != "starts_at"], rows=0))


def test_an_empty_file_of_json_lines_lacks_nothing(folder: Path) -> None:
    assert poll(source("jsonl", folder, ITEMS.name, [], rows=0)).rows[ITEMS.name] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_that_is_mapped_or_constant_is_there(folder: Path, kind: str) -> None:
    columns = ["id", *(name for name in required(ITEMS) if name not in ("item_id", "currency"))]
    mapping_options: dict[str, Any] = {"columns": {"item_id": "id"}, "constants": {"currency": "EUR"}}
    assert len(poll(source(kind, folder, ITEMS.name, columns, **mapping_options)).rows[ITEMS.name]) == 1
    with pytest.raises(SourceFailed, match="no column `id`, which `item_id` is to be read from; it has"):
        poll(source(kind, folder, ITEMS.name, columns[1:], **mapping_options))


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize("meant", ["Starts_At", "starts at", "startsat", "start_at"])
def test_a_column_with_almost_that_name_is_pointed_at(folder: Path, kind: str, meant: str) -> None:
    columns = [meant if name == "starts_at" else name for name in required(ITEMS)]
    with pytest.raises(
        SourceFailed, match=rf"no column `starts_at` \(is it `{meant}`\?\), which subscription_items requires"
    ):
        poll(source(kind, folder, ITEMS.name, columns))


def test_many_columns_are_not_all_listed(folder: Path) -> None:
    with pytest.raises(SourceFailed) as failure:
        poll(source("csv", folder, "leads", [f"column_{number}" for number in range(500)]))
    assert len(str(failure.value)) < 600


def test_files_of_one_table_are_looked_at_one_by_one_unless_they_have_no_header(folder: Path) -> None:
    for name, column in (("a", "lead_id"), ("b", "created_at")):
        (folder / f"part-{name}.csv").write_text(f"{column}\nx\n")
        (folder / f"part-{name}.jsonl").write_text(f'{{"{column}": "x"}}\n')
    with pytest.raises(SourceFailed, match=r"part-a\.csv has no column `created_at`"):
        poll(options("files", folder, tables={"leads": {"path": "part-*.csv"}}).build("s"))
    both = poll(options("files", folder, tables={"leads": {"path": "part-*.jsonl"}}).build("s"))
    assert len(both.rows["leads"]) == 2


@pytest.mark.parametrize("page", [[{"lead_id": "a", "opened": 1}], [{"lead_id": "a", "created_at": None}]])
def test_an_answer_over_http_without_a_column_fails(page: list[object]) -> None:
    with Standin(lambda _: HttpResponse(page)) as server:
        built = options("http", url=server.url, tables={"leads": {}}).build("s")
        if "created_at" in str(page):  # it is there, and what every row lacks is told by the rows
            assert len(poll(built).rows["leads"]) == 1
        else:
            with pytest.raises(SourceFailed, match=r"the answer has no column `created_at`.*it has lead_id, opened"):
                poll(built)
            built = options("http", url=server.url, tables={"leads": {"columns": {"created_at": "opened"}}}).build("s")
            assert len(poll(built).rows["leads"]) == 1


@pytest.mark.integration
@pytest.mark.parametrize("cursor", [None, "n"])
def test_a_query_of_postgresql_without_a_column_fails(postgres: Postgres, cursor: str | None) -> None:
    for where in ("", "WHERE false"):
        query = f"SELECT * FROM (SELECT 'a' AS lead_id, 1 AS n) given {where}"
        table = {"query": query, "cursor": cursor}
        built = options("sql", url=postgres.dsn(), tables={"leads": table}).build("s")
        with pytest.raises(SourceFailed, match="the query has no column `created_at`, which leads requires; it has"):
            poll(built)
