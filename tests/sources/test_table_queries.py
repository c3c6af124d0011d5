"""Tables that are reshaped where they are read: a SELECT over the rows of files and over the items of JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from exporter.records.batch import Row, SourceFailed
from tests.servers.standin import HttpResponse, Standin
from tests.support.source_polls import options, poll

UNPIVOT = (
    "SELECT kind, CAST(strptime(month, '%Y-%m') AS DATE) AS month, amount "
    'FROM (UNPIVOT rows ON "2026-01", "2026-02" INTO NAME month VALUE amount)'
)
MAPPING: Mapping[str, Any] = {
    "columns": {"booked_on": "month", "account": "kind"},
    "constants": {"currency": "EUR"},
    "key": "row",
}


def entries(folder: Path, path: str, query: str, **table: Any) -> list[Row]:
    section = {"path": path, "query": query, **MAPPING, **table}
    return poll(options("files", folder, tables={"ledger_entries": section}).build("books")).rows["ledger_entries"]


def as_pairs(rows: list[Row]) -> list[tuple[str, object, Decimal]]:
    return sorted((str(row["booked_on"]), row["account"], Decimal(str(row["amount"]))) for row in rows)


RIGHT = [
    ("2026-01-01", "marketing", Decimal("300.25")),
    ("2026-01-01", "tax", Decimal("1200.5")),
    ("2026-02-01", "marketing", Decimal(400)),
    ("2026-02-01", "tax", Decimal(1000)),
]


def test_months_in_columns_of_a_csv(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text("kind,2026-01,2026-02\ntax,1200.5,1000\nmarketing,300.25,400\n")
    assert as_pairs(entries(tmp_path, "costs.csv", UNPIVOT)) == RIGHT


def test_what_a_query_gives_is_read_in_the_dialect_of_the_file(tmp_path: Path) -> None:
    """Texts are; the date that the query computes is a date, and not a text in another form."""
    (tmp_path / "costs.csv").write_text("kind;2026-01;2026-02\ntax;1.200,5;1.000\nmarketing;300,25;400\n")
    rows = entries(tmp_path, "costs.csv", UNPIVOT, delimiter=";", decimal=",", thousands=".", date_format="%d.%m.%Y")
    assert as_pairs(rows) == RIGHT


def test_json_lines_and_parquet(tmp_path: Path) -> None:
    (tmp_path / "costs.jsonl").write_text(
        '{"kind": "tax", "2026-01": 1200.5, "2026-02": 1000}\n'
        '{"kind": "marketing", "2026-01": 300.25, "2026-02": 400}\n'
    )
    assert as_pairs(entries(tmp_path, "costs.jsonl", UNPIVOT)) == RIGHT
    duckdb.sql(
        """COPY (FROM (VALUES ('tax', 1200.5, 1000.0), ('marketing', 300.25, 400)) AS t(kind, "2026-01", "2026-02"))
        TO '{}'""".format(tmp_path / "costs.parquet")
    )
    assert as_pairs(entries(tmp_path, "costs.parquet", UNPIVOT)) == RIGHT


def test_two_files_joined_by_a_filename_and_filtered(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("kind,month,amount\ntax,2026-01-01,1\nplan,2026-01-01,9\n")
    (tmp_path / "b.csv").write_text("kind,month,amount\ntax,2026-02-01,2\n")
    rows = entries(tmp_path, "*.csv", "SELECT * FROM rows WHERE kind <> 'plan'")
    assert as_pairs(rows) == [("2026-01-01", "tax", Decimal(1)), ("2026-02-01", "tax", Decimal(2))]


def test_items_of_all_pages(tmp_path: Path) -> None:
    pages = [
        {"data": [{"kind": "tax", "at": {"month": "2026-01-01"}, "amount": 1.10}], "next": "2"},
        {"data": [{"kind": "tax", "at": {"month": "2026-02-01"}, "amount": 2.20}], "next": None},
    ]
    with Standin(lambda request: HttpResponse(pages["after" in request.params])) as server:
        table = {
            "path": "/entries",
            "select": "data",
            "paginate": {"kind": "cursor", "next": "next", "param": "after"},
            "query": "SELECT kind, \"at\"->>'month' AS month, amount::DECIMAL(9,2) AS amount FROM rows",
            **MAPPING,
        }
        source = options("http", url=server.url, tables={"ledger_entries": table}).build("api")
        rows = poll(source).rows["ledger_entries"]
    assert as_pairs(rows) == [("2026-01-01", "tax", Decimal("1.1")), ("2026-02-01", "tax", Decimal("2.2"))]


def test_a_query_that_lacks_a_column_says_which(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text("kind,month\ntax,2026-01-01\n")
    with pytest.raises(SourceFailed, match="the query has no column `amount`, which ledger_entries requires"):
        entries(tmp_path, "costs.csv", "SELECT * FROM rows")


def test_a_query_reaches_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text("kind,month,amount\ntax,2026-01-01,1\n")
    (tmp_path / "secret.csv").write_text("kind,month,amount\ntax,2026-01-01,1\n")
    with pytest.raises(SourceFailed, match=r"table ledger_entries: costs\.csv"):
        entries(tmp_path, "costs.csv", f"SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')")


@pytest.mark.parametrize("query", ["DELETE FROM rows", "SELECT 1; SELECT 2", "COPY rows TO 'x.csv'", "SELEC 1"])
def test_only_one_select_is_a_query(tmp_path: Path, query: str) -> None:
    with pytest.raises(ValidationError):
        options("files", tmp_path, tables={"leads": {"path": "leads.csv", "query": query}})


def test_a_row_that_cannot_be_read_fails_the_poll_for_a_query_would_hide_it(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text("kind,month,amount\ntax,2026-01-01\n")
    with pytest.raises(SourceFailed, match=r"costs\.csv, line 2"):
        entries(tmp_path, "costs.csv", "SELECT * FROM rows")


def test_a_date_that_a_query_computes(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text("kind,serial,amount\ntax,45658,1\n")
    query = "SELECT kind, DATE '1899-12-30' + serial::INT AS month, amount FROM rows"
    (row,) = entries(tmp_path, "costs.csv", query)
    assert str(row["booked_on"]) == str(date(2025, 1, 1))
