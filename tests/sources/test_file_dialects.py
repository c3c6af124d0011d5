"""Files in the dialects that people's programs write: read as they were meant, or refused with what to write."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from exporter.records.batch import Row, SourceFailed, Unreadable
from exporter.records.spool import UNREADABLE
from exporter.sources.query_memory import MOST_AT_ONCE
from tests.support.source_polls import LEAD_CONSTANTS, options, poll

FORMATS = ("csv", "jsonl", "parquet")
ITEM = {
    "item_id": "1",
    "subscription_id": "s",
    "customer_id": "c",
    "unit_amount": "49",
    "currency": "EUR",
    "starts_at": "2026-01-01",
}


def write(path: Path, rows: Sequence[Mapping[str, Any]], delimiter: str = ";") -> None:
    """Rows of texts in the format of the suffix."""
    if path.suffix == ".csv":
        lines = [delimiter.join(rows[0]), *(delimiter.join(map(str, row.values())) for row in rows)]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    elif path.suffix == ".jsonl":
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    else:
        columns = ", ".join(f'unnest($"{name}"::VARCHAR[]) AS "{name}"' for name in rows[0])
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT {columns}) TO '{path}' (FORMAT parquet)",
                {name: [row[name] for row in rows] for name in rows[0]},
            )


def items(folder: Path, rows: Sequence[Mapping[str, Any]], suffix: str = "csv", **table: Any) -> list[Row]:
    """Write rows into a file, and return those of subscription_items that a poll reads."""
    write(folder / f"items.{suffix}", [{**ITEM, **row} for row in rows])
    delimiter = {"delimiter": ";"} if suffix == "csv" else {}
    section = {"subscription_items": {"path": f"items.{suffix}", **delimiter, **table}}
    return poll(options("files", folder, tables=section).build("s")).rows["subscription_items"]


def leads(folder: Path, content: bytes, **table: Any) -> list[Row]:
    (folder / "leads.csv").write_bytes(content)
    return poll(
        options("files", folder, tables={"leads": {"path": "leads.csv", **LEAD_CONSTANTS, **table}}).build("s")
    ).rows["leads"]


@pytest.mark.parametrize("suffix", FORMATS)
def test_german_amounts_are_read_when_told(tmp_path: Path, suffix: str) -> None:
    rows = [{"unit_amount": text} for text in ("1.234", "1.500,50", "49,00", "-7")]
    read = items(tmp_path, rows, suffix, decimal=",", thousands=".")
    assert [Decimal(str(row["unit_amount"])) for row in read] == [1234, Decimal("1500.50"), 49, -7]


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("evidence", ["1.500,50", "49,00", "1,234.50", "1.234.567", "1'234.50", "1 234,50"])
@pytest.mark.parametrize("first", [True, False])
def test_without_a_word_no_amount_of_such_a_file_is_read(
    tmp_path: Path, suffix: str, evidence: str, first: bool
) -> None:
    rows = [{"unit_amount": text} for text in ([evidence, "1.234"] if first else ["1.234", evidence])]
    place = f"items.{suffix}, {'row' if suffix == 'parquet' else 'line'} "
    with pytest.raises(SourceFailed, match=f"^table subscription_items: {place}[123]: `unit_amount`: ") as failed:
        items(tmp_path, rows, suffix)
    assert f'"{evidence}"' in str(failed.value)
    assert "write `" in str(failed.value)


def test_points_alone_are_decimal_points(tmp_path: Path) -> None:
    assert [row["unit_amount"] for row in items(tmp_path, [{"unit_amount": "1.234"}])] == ["1.234"]


@pytest.mark.parametrize("suffix", FORMATS)
def test_one_amount_of_another_dialect_than_the_one_told_is_one_bad_row(tmp_path: Path, suffix: str) -> None:
    rows = [{"unit_amount": text} for text in ("49,00", "49.00", "n/a")]
    good, *bad = items(tmp_path, rows, suffix, decimal=",")
    assert Decimal(str(good["unit_amount"])) == 49
    for row, text in zip(bad, ("49.00", "n/a"), strict=True):
        value = row["unit_amount"]
        assert isinstance(value, Unreadable)
        assert f'"{text}" is not a number with `decimal: ","`' in value.reason
        assert f"items.{suffix}, " in value.reason


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_texts_stay_as_they_are_in_any_dialect(tmp_path: Path, suffix: str) -> None:
    rows = [{"item_id": "00123", "customer_id": "1.500,50", "plan": "01/03/2026"}]
    (row,) = items(tmp_path, rows, suffix, decimal=",", thousands=".", date_format="%Y-%m-%d")
    assert (row["item_id"], row["customer_id"]) == ("00123", "1.500,50")


def test_numbers_that_the_file_tells_are_no_texts_in_a_dialect(tmp_path: Path) -> None:
    (tmp_path / "items.jsonl").write_text(json.dumps(ITEM | {"unit_amount": 1.234, "starts_at": 1767139200}) + "\n")
    section = {"path": "items.jsonl", "decimal": ",", "thousands": ".", "date_format": "epoch"}
    (row,) = poll(options("files", tmp_path, tables={"subscription_items": section}).build("s")).rows[
        "subscription_items"
    ]
    assert row["unit_amount"] == Decimal("1.234")
    assert row["starts_at"] == datetime(2025, 12, 31, tzinfo=UTC)


def test_types_of_parquet_are_kept_in_any_dialect(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT '1' AS item_id, 1.234 AS unit_amount, TIMESTAMPTZ '2026-01-31 08:00:00Z' AS starts_at, "
            f"DATE '2026-01-31' AS ends_at) TO '{tmp_path}/items.parquet' (FORMAT parquet)"
        )
    section = {"path": "items.parquet", "decimal": ",", "thousands": ".", "date_format": "%d.%m.%Y"}
    constants = {"subscription_id": "s", "customer_id": "c", "currency": "EUR"}
    table = {**section, "constants": constants}
    (row,) = poll(options("files", tmp_path, tables={"subscription_items": table}).build("s")).rows[
        "subscription_items"
    ]
    assert row["unit_amount"] == Decimal("1.234")
    assert (row["starts_at"], row["ends_at"]) == ("2026-01-31 08:00:00+00", "2026-01-31")


@pytest.mark.parametrize("suffix", FORMATS)
def test_dates_in_the_form_that_is_told_are_read_and_others_are_bad_rows(tmp_path: Path, suffix: str) -> None:
    rows = [{"starts_at": text} for text in ("31.12.2025", "12/31/2025", "2025-12-31", "")]
    first, *others, empty = items(tmp_path, rows, suffix, date_format="%d.%m.%Y")
    assert first["starts_at"] == date(2025, 12, 31)
    assert all(isinstance(row["starts_at"], Unreadable) for row in others)
    assert empty["starts_at"] in (None, "")


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize(
    "text", ["31.12.2025", "12/31/2025", "01/03/2026", "2025/12/31", "1767139200", "1767139200000"]
)
def test_a_date_in_another_form_is_a_bad_row_that_names_the_option(tmp_path: Path, suffix: str, text: str) -> None:
    good, bad = items(tmp_path, [{"starts_at": "2026-01-31"}, {"starts_at": text}], suffix)
    assert good["starts_at"] == "2026-01-31"
    value = bad["starts_at"]
    assert isinstance(value, Unreadable)
    assert f'"{text}"' in value.reason
    assert "date_format: " in value.reason


TEXT = "lead_id,created_at\nMüller,2026-01-01\nŁódź,2026-01-02\n"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "UTF8", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "iso-8859-2", "cp1250"]
)
def test_texts_are_read_in_the_encoding_that_is_told(tmp_path: Path, encoding: str) -> None:
    text = TEXT if encoding.startswith(("utf", "UTF")) else TEXT.replace("ü", "ý")
    read = leads(tmp_path, text.encode(encoding), encoding=encoding)
    assert [row["lead_id"] for row in read] == [line.split(",")[0] for line in text.splitlines()[1:]]


@pytest.mark.parametrize(
    ("content", "table", "says"),
    [
        (
            TEXT.replace("Ł", "L").replace("ź", "z").encode("cp1252"),
            {},
            "is not UTF-8 text: byte 0xfc in line 2 .* `encoding: cp1252`",
        ),
        (TEXT.encode("utf-16"), {}, "begins as UTF-16 does; write `encoding: utf-16`"),
        (TEXT.encode("utf-16-le"), {}, "holds bytes that are no text; .*`encoding: utf-16`|is not UTF-8 text"),
        ("lead_id\nabc\n".encode("utf-16-le"), {}, "holds bytes that are no text; .*`encoding: utf-16`"),
        (
            TEXT.encode("utf-8-sig"),
            {"encoding": "cp1252"},
            "begins as UTF-8 does, and not as cp1252; leave `encoding` out",
        ),
        (b"sep=;\nlead_id;created_at\n", {}, 'write `delimiter: ";"` and `skip_rows: 1`'),
        (b'"sep=,"\nlead_id,created_at\n', {}, 'write `delimiter: ","` and `skip_rows: 1`'),
        (b"sep=;\nlead_id;created_at\n", {"delimiter": ";"}, 'write `delimiter: ";"` and `skip_rows: 1`'),
        (b"lead_id;created_at\na;b\n", {}, 'one column, `lead_id;created_at`; .* write `delimiter: ";"`'),
        (
            b"lead_id,created_at\na,b\n",
            {"delimiter": ";"},
            'one column, `lead_id,created_at`; .* write `delimiter: ","`',
        ),
        (b"lead_id\tcreated_at\na\tb\n", {}, r'write `delimiter: "\\t"`'),
        (b"lead_id|created_at\na|b\n", {}, r'write `delimiter: "\|"`'),
        (b'"lead_id";"created_at"\n"a";"b"\n', {}, 'a first line that cannot be read.*write `delimiter: ";"`'),
        (b"lead_id\na\n", {"skip_rows": 5}, "has no header after the 5 lines of `skip_rows`"),
    ],
)
def test_a_file_that_is_written_otherwise_says_what_to_write(
    tmp_path: Path, content: bytes, table: dict[str, Any], says: str
) -> None:
    with pytest.raises(SourceFailed, match=rf"^table leads: leads\.csv .*({says})"):
        leads(tmp_path, content, **table)


TRAPS: Mapping[str, tuple[bytes, dict[str, Any], list[object]]] = {
    "blank lines of a spreadsheet": (b"lead_id,n\na,1\n,\n\n , \n", {}, ["a"]),
    "a delimiter behind each line": (b"lead_id,n,\na,1,\nb,2,\n", {}, ["a", "b"]),
    "a delimiter behind each line but the first": (b"lead_id,n\na,1,\nb,2,,\n", {}, ["a", "b"]),
    "line breaks of old Macs": (b"lead_id,n\ra,1\rb,2\r", {}, ["a", "b"]),
    "spaces around names": (b" lead_id , n\na,1\n", {}, ["a"]),
    "a mark and quotes": (b'\xef\xbb\xbf"lead_id","n"\n"a","1"\n', {}, ["a"]),
    "lines before the header": (b"Export of\n\nlead_id,n\na,1\n", {"skip_rows": 2}, ["a"]),
    "Excel's line, told": (b"sep=;\r\nlead_id;n\r\na;1\r\n", {"skip_rows": 1, "delimiter": ";"}, ["a"]),
    "a quoted comma alone": (b'"lead_id, or key"\n"a"\n', {"columns": {"lead_id": "lead_id, or key"}}, ["a"]),
    "NUL in a line": (b"lead_id,n\na,1\nb\0,2\nc,3\n", {}, ["a", None, "c"]),
    "a byte that is no text, encoding told": (
        b"lead_id,n\na,1\nb\xfc,2\nc,3\n",
        {"encoding": "utf-8"},
        ["a", None, "c"],
    ),
    "a byte that Windows does not know": (b"lead_id,n\n\xfc,1\nb\x81,2\n", {"encoding": "cp1252"}, ["ü", None]),
    "columns of one name that nobody reads": (b"lead_id,n,n\na,1,2\n", {}, ["a"]),
    "one column": (b"lead_id\na\nb\n", {}, ["a", "b"]),
    "a column without a name": (b"lead_id,,\na,1,\n", {}, ["a"]),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_what_spreadsheets_leave_in_files_costs_at_most_its_row(tmp_path: Path, trap: str) -> None:
    content, table, ids = TRAPS[trap]
    read = leads(tmp_path, content, **table)
    assert [row.get("lead_id") for row in read] == ids
    assert all(
        "leads.csv, line 3 holds bytes that are no text" in str(row[UNREADABLE]) for row in read if UNREADABLE in row
    )


def test_two_columns_of_one_name_fail_where_one_is_read(tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match=r"leads\.csv has two columns called `when`"):
        leads(tmp_path, b"lead_id,when,when\na,1,2\n", columns={"created_at": "when"}, constants={})


@pytest.mark.parametrize("section", ["tables", "measures"])
@pytest.mark.parametrize(
    ("path", "more", "says"),
    [
        ("a.csv", {"decimal": ",", "thousands": ","}, '`thousands` and `decimal` are both ","; write `decimal: "."`'),
        ("a.csv", {"thousands": "."}, 'as `decimal` is if not given; write `decimal: ","`'),
        ("a.csv", {"decimal": ";"}, "decimal"),
        ("a.csv", {"encoding": "ansi-1"}, "is not an encoding; write for example cp1252"),
        ("a.csv", {"encoding": "rot13"}, "is not an encoding; write for example cp1252"),
        ("a.csv", {"date_format": "%d.%m."}, "has no year"),
        ("a.csv", {"skip_rows": -1}, "skip_rows"),
        ("a.csv", {"delimiter": ";;"}, "delimiter"),
        ("a.csv", {"delimiter": '"'}, "cannot part fields"),
        ("a.jsonl", {"delimiter": ";"}, "`delimiter` is for csv, and this is jsonl"),
        ("a.jsonl", {"skip_rows": 1}, "`skip_rows` is for csv and workbook, and this is jsonl"),
        ("a.parquet", {"encoding": "cp1252"}, "`encoding` is for csv and jsonl, and this is parquet"),
    ],
)
def test_a_dialect_that_cannot_be_is_refused_at_load(
    tmp_path: Path, section: str, path: str, more: dict[str, Any], says: str
) -> None:
    one = {"path": path, **more} | (
        {} if section == "tables" else {"query": "SELECT sum(a) AS value FROM rows", "unit": "EUR"}
    )
    with pytest.raises(ValidationError) as refused:
        options("files", tmp_path, **{section: {"leads" if section == "tables" else "m": one}})
    assert says in str(refused.value)


def test_a_poll_that_failed_gives_back_its_share_of_memory(tmp_path: Path) -> None:
    """Keep the failures, and with them whatever their tracebacks hold, as a debugger or a log does."""
    failures = []
    for _ in range(MOST_AT_ONCE + 1):
        with pytest.raises(SourceFailed, match="unit_amount") as failure:
            items(tmp_path, [{"unit_amount": "1.500,50"}], "parquet")
        failures.append(failure)
    assert len(failures) == MOST_AT_ONCE + 1
