"""The files source, on real files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import ValidationError

from exporter.records.batch import Answer, Records, RowSet, SourceFailed
from exporter.records.spool import UNREADABLE
from exporter.sources.files import Files, FilesOptions
from exporter.sources.interface import Deadline
from tests.support.source_polls import LEAD_CONSTANTS, context, options, poll

LEADS = "lead_id,created_at\nl1,2026-01-01\nl2,2026-01-02\n"


def write(path: Path, text: str, *, at: int = 1_000) -> Path:
    """Write a file as of second `at`, so that no two versions have one time."""
    path.write_text(text, encoding="utf-8", newline="")
    os.utime(path, (at, at))
    return path


def parquet(path: Path, query: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def files(folder: Path, **section: Any) -> Files:
    built = options("files", folder, **section).build("sheets")
    assert isinstance(built, Files)
    return built


def leads(folder: Path, path: str = "leads.csv", **table: Any) -> Files:
    return files(folder, tables={"leads": {"path": path, **table}})


def measured(folder: Path, query: str, path: str = "rows.csv", **measure: Any) -> list[Answer]:
    return poll(files(folder, measures={"m": {"path": path, "query": query, "unit": "EUR", **measure}})).answers


def test_columns_come_by_mapping_by_constant_and_by_their_own_name(tmp_path: Path) -> None:
    write(tmp_path / "deals.csv", "id,amount,when,note\n7,10.10,2026-01-01,x\n")
    source = files(
        tmp_path,
        tables={
            "deals": {
                "path": "deals.csv",
                "columns": {"deal_id": "id", "created_at": "when"},
                "constants": {"currency": "EUR"},
            }
        },
    )
    polled = poll(source)
    row = {"deal_id": "7", "amount": "10.10", "created_at": "2026-01-01", "currency": "EUR"}
    assert polled.rows == {"deals": [row]}
    assert polled.snapshots == {"deals": True}


def test_what_is_filled_is_what_the_mapping_names(tmp_path: Path) -> None:
    built = options(
        "files",
        tmp_path,
        tables={
            "deals": {"path": "a.csv", "columns": {"deal_id": "id"}, "constants": {"currency": "EUR"}},
            "leads": {"path": "b.csv"},
        },
    )
    assert built.record_tables() == {"deals": ("deal_id", "currency"), "leads": ()}


def test_a_pattern_reads_all_its_files_by_name(tmp_path: Path) -> None:
    for name in ("leads-2.csv", "leads-1.csv", "other.csv"):
        write(tmp_path / name, f"lead_id,created_at\n{name},x\n")
    assert poll(leads(tmp_path, "leads-*.csv")).rows["leads"] == [
        {"lead_id": "leads-1.csv", "created_at": "x"},
        {"lead_id": "leads-2.csv", "created_at": "x"},
    ]


def test_a_pattern_that_matches_nothing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceFailed, match=r"table leads: no file matches .*/leads-\*\.csv"):
        poll(leads(tmp_path, "leads-*.csv"))


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    write(tmp_path / "leads[1].csv", LEADS)
    assert len(poll(leads(tmp_path, "leads[1].csv")).rows["leads"]) == 2


def test_without_a_catalogue_a_path_counts_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "leads.csv", LEADS)
    monkeypatch.chdir(tmp_path)
    source = FilesOptions.model_validate({"type": "files", "tables": {"leads": {"path": "leads.csv"}}})
    assert len(poll(source.build("sheets")).rows["leads"]) == 2


def test_files_that_did_not_change_are_not_read_again_even_after_a_restart(tmp_path: Path) -> None:
    write(tmp_path / "leads.csv", LEADS)
    remembered: dict[str, str] = {}
    poll(leads(tmp_path), remembered)
    again = poll(leads(tmp_path), dict(remembered))
    assert (again.rows, again.unchanged) == ({}, ["leads"])


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: write(folder / "leads-1.csv", LEADS, at=2_000),
        lambda folder: write(folder / "leads-1.csv", f"{LEADS}l3,2026-01-03\n"),
        lambda folder: write(folder / "leads-2.csv", LEADS),
        lambda folder: (folder / "leads-0.csv").unlink(),
    ],
    ids=["newer", "longer", "one more", "one less"],
)
def test_files_that_changed_are_read_again(tmp_path: Path, change: Any) -> None:
    write(tmp_path / "leads-0.csv", LEADS)
    write(tmp_path / "leads-1.csv", LEADS)
    remembered: dict[str, str] = {}
    poll(leads(tmp_path, "leads-*.csv"), remembered)
    change(tmp_path)
    assert poll(leads(tmp_path, "leads-*.csv"), remembered).unchanged == []


def test_another_mapping_reads_the_same_file_again(tmp_path: Path) -> None:
    write(tmp_path / "leads.csv", LEADS)
    remembered: dict[str, str] = {}
    poll(leads(tmp_path), remembered)
    mapped = leads(tmp_path, columns={"qualified_at": "created_at"})
    assert poll(mapped, remembered).rows["leads"][0]["qualified_at"] == "2026-01-01"


BROKEN: Mapping[str, tuple[str, list[str | None]]] = {
    "too few fields": ("l1,a\nl2\nl3,c\n", ["l1", None, "l3"]),
    "too many fields": ("l1,a\nl2,b,c\nl3,c\n", ["l1", None, "l3"]),
    "quote never closed": ('l1,a\nl2,"b\nl3,c\nl4,d\n', ["l1", None, "l3", "l4"]),
    "quote closed too early": ('l1,a\nl2,"b"c\nl3,c\n', ["l1", None, "l3"]),
    "two quotes never closed": ('"l1,a\nl2,b\n"l3,c\nl4,d\n', [None, "l2", None, "l4"]),
    "a quote within a text": ('l1,5" pipe\nl2,b\n', ["l1", "l2"]),
    "a line break within quotes": ('l1,"a\nb"\nl2,b\n', ["l1", "l2"]),
    "blank lines": ("\nl1,a\n\n\nl2,b\n\n", ["l1", "l2"]),
    "no line break at the end": ("l1,a\nl2,b", ["l1", "l2"]),
    "line breaks of Windows": ("l1,a\r\nl2,b\r\n", ["l1", "l2"]),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_line_of_csv_costs_no_other_line(tmp_path: Path, case: str) -> None:
    text, ids = BROKEN[case]
    write(tmp_path / "leads.csv", f"lead_id,created_at\n{text}")
    assert [row.get("lead_id") for row in poll(leads(tmp_path)).rows["leads"]] == ids


def test_a_byte_order_mark_a_semicolon_and_umlauts_are_read(tmp_path: Path) -> None:
    write(tmp_path / "leads.csv", "\ufefflead_id;created_at\nmüller;1,5\n")
    assert poll(leads(tmp_path, delimiter=";")).rows["leads"] == [{"lead_id": "müller", "created_at": "1,5"}]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", r"leads\.csv has no header"),
        (b"\n\n", r"leads\.csv has no header"),
        (b"lead_id,created_at,lead_id\n", r"leads\.csv has two columns called `lead_id`"),
        (b";;;\n1;2;3;4\n", r"leads\.csv has one column, `;;;`; if \";\" parts its fields"),
        (b",,,\n1,2,3,4\n", r"leads\.csv has no header"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_fails(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "leads.csv").write_bytes(content)
    with pytest.raises(SourceFailed, match=f"^table leads: {says}"):
        poll(leads(tmp_path))


@pytest.mark.parametrize("name", ["leads.csv", "leads.parquet"])
def test_a_mapping_to_a_column_that_is_not_there_names_those_that_are(tmp_path: Path, name: str) -> None:
    write(tmp_path / "leads.csv", "id,opened\n1,2\n")
    parquet(tmp_path / "leads.parquet", "SELECT 1 AS id, 2 AS opened")
    with pytest.raises(
        SourceFailed,
        match=rf"{name} has no column `ident`, which `lead_id` is to be read from; it has id, opened",
    ):
        poll(leads(tmp_path, name, columns={"lead_id": "ident"}, **LEAD_CONSTANTS))


def test_a_broken_line_has_no_key_and_says_where_it_is(tmp_path: Path) -> None:
    table: dict[str, Any] = {"constants": {"lead_id": "all the same"}}
    write(tmp_path / "leads.csv", 'created_at,n\n"a\nb",1\n\nc\nd,"2\nc\n')
    assert poll(leads(tmp_path, **table)).rows["leads"][1:] == [
        {UNREADABLE: "leads.csv, line 5 has another number of fields (1) than the header (2): c"},
        {UNREADABLE: 'leads.csv, line 6 cannot be read (unexpected end of data): d,"2'},
        {UNREADABLE: "leads.csv, line 7 has another number of fields (1) than the header (2): c"},
    ]
    write(tmp_path / "leads.jsonl", "{}\n\n{")
    first, second = poll(leads(tmp_path, "leads.jsonl", **table)).rows["leads"]
    assert first["lead_id"] == "all the same"
    assert second == {UNREADABLE: "leads.jsonl, line 3 is not an object: {"}


def test_json_lines_have_paths_and_exact_numbers_and_break_alone(tmp_path: Path) -> None:
    write(
        tmp_path / "deals.jsonl",
        '{"deal_id": "a", "value": {"net": 10.10}}\n\n{"deal_id": "b"\n[1]\n'
        '{"deal_id": "c", "value": {"net": NaN}, "won": false, "lead_id": null}\n',
    )
    constants = {"created_at": "2026-01-01", "currency": "EUR"}
    table = {"path": "deals.jsonl", "columns": {"amount": "value.net"}, "constants": constants}
    source = files(tmp_path, tables={"deals": table})
    columns = ("deal_id", "amount", "won", "lead_id")
    rows = [tuple(row.get(name) for name in columns) for row in poll(source).rows["deals"] if "deal_id" in row]
    assert rows == [("a", Decimal("10.10"), None, None), ("c", None, False, None)]


def test_parquet_gives_values_that_lose_nothing(tmp_path: Path) -> None:
    parquet(
        tmp_path / "deals.parquet",
        """SELECT * FROM (VALUES
        (1, 0.10::DECIMAL(18,2), TIMESTAMPTZ '2026-01-01 00:00:00+02', DATE '2026-02-01', true, 2.5::DOUBLE),
        (2, NULL, NULL, NULL, NULL, 'nan'::DOUBLE))
        t(deal_id, amount, created_at, expected_close_on, won, rate)""",
    )
    table = {"path": "deals.parquet", "columns": {"customer_id": "rate"}, "constants": {"currency": "EUR"}}
    source = files(tmp_path, tables={"deals": table})
    first, second = poll(source).rows["deals"]
    assert first == {
        "deal_id": Decimal(1),
        "amount": Decimal("0.10"),
        "created_at": "2025-12-31 22:00:00+00",
        "expected_close_on": "2026-02-01",
        "won": "true",
        "customer_id": Decimal("2.5"),
        "currency": "EUR",
    }
    assert str(first["amount"]) == "0.10"
    filled_values = {name: value for name, value in second.items() if value is not None}
    assert filled_values == {"deal_id": Decimal(2), "currency": "EUR"}


def test_a_file_that_is_no_parquet_fails(tmp_path: Path) -> None:
    write(tmp_path / "leads.parquet", LEADS)
    with pytest.raises(SourceFailed, match=r"^table leads: leads\.parquet: "):
        poll(leads(tmp_path, "leads.parquet"))


def test_a_poll_ends_at_its_deadline(tmp_path: Path) -> None:
    seconds = [0.0]
    write(tmp_path / "leads.csv", "lead_id\n" + "x\n" * 5_000)
    records = next(leads(tmp_path, **LEAD_CONSTANTS).poll(context(deadline=Deadline(30, lambda: seconds[0]))))
    assert isinstance(records, Records)
    assert isinstance(records.rows, RowSet)
    rows = iter(records.rows)
    next(rows)
    seconds[0] = 30
    for rest in (rows, records.rows.write(tmp_path)):
        with pytest.raises(SourceFailed, match="timed out after 30s"):
            list(rest)


def test_a_measure_is_one_value_of_a_query_over_the_rows(tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", "day,amount\n2026-01-02,20.20\n2026-01-01,10.10\n")
    (last,) = measured(tmp_path, "SELECT amount AS value FROM rows ORDER BY day DESC LIMIT 1;")
    assert last == Answer("m", Decimal("20.20"))


def test_money_is_summed_exactly(tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", "amount\n0.1\n0.2\n")
    (total,) = measured(tmp_path, "SELECT sum(amount) AS value FROM rows -- all of it")
    assert total.value == Decimal("0.3")


def test_a_measure_reads_all_files_of_each_format(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "amount;day\n1;2026-01-01\n")
    write(tmp_path / "b.csv", "amount;day\n2;2026-01-02\n")
    write(tmp_path / "a.jsonl", '{"amount": 3}\n')
    parquet(tmp_path / "a.parquet", "SELECT 4 AS amount")
    query = "SELECT sum(amount) AS value FROM rows"
    paths = {"*.csv": {"delimiter": ";"}, "*.jsonl": {}, "*.parquet": {}}
    values = [measured(tmp_path, query, path, **more)[0].value for path, more in paths.items()]
    assert values == [3, 3, 4]


def test_a_breakdown_has_the_labels_of_by(tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", "tier,amount\ngold,1\ngold,2\nfree,\n")
    query = "SELECT tier, sum(amount) AS value FROM rows GROUP BY tier ORDER BY tier"
    assert measured(tmp_path, query, by=["tier"]) == [
        Answer("m", None, {"tier": "free"}),
        Answer("m", Decimal(3), {"tier": "gold"}),
    ]


def test_no_row_is_no_number_and_not_zero(tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", "amount\n")
    assert measured(tmp_path, "SELECT amount AS value FROM rows") == [Answer("m", None)]
    assert measured(tmp_path, "SELECT sum(1) AS value FROM rows") == [Answer("m", None)]


@pytest.mark.parametrize("text", ["amount\n1\n2,3\n", 'amount,x\n1,"2\n3,4\n', "amount,x\n1,2\n3\n"])
def test_a_broken_line_makes_a_measure_fail_rather_than_wrong(tmp_path: Path, text: str) -> None:
    write(tmp_path / "rows.csv", text)
    with pytest.raises(SourceFailed, match=r"^measure m: rows\.csv, line [23] "):
        measured(tmp_path, "SELECT sum(amount) AS value FROM rows")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) AS value FROM read_csv('{folder}/other.csv')",
        "SELECT count(*) AS value FROM '{folder}/other.csv'",
        "SELECT length(content) AS value FROM read_text('{folder}/other.csv')",
    ],
)
def test_a_measure_reaches_no_other_file(tmp_path: Path, query: str) -> None:
    write(tmp_path / "rows.csv", "amount\n1\n")
    write(tmp_path / "other.csv", "amount\n1\n")
    with pytest.raises(SourceFailed):
        measured(tmp_path, query.format(folder=tmp_path))


def test_a_measure_that_takes_too_long_is_interrupted(tmp_path: Path) -> None:
    write(tmp_path / "rows.csv", "amount\n1\n")
    endless = "SELECT sum(a.range * b.range) AS value FROM range(1000000) a, range(1000000) b"
    source = files(tmp_path, measures={"m": {"path": "rows.csv", "query": endless, "unit": "count"}})
    with pytest.raises(SourceFailed, match=r"timed out after 0\.5s"):
        poll(source, deadline=Deadline(0.5))


@pytest.mark.parametrize(
    ("section", "says"),
    [
        (
            {"tables": {"leads": {"path": "leads.dat"}}},
            "cannot tell the format of leads.dat; write `format: csv`",
        ),
        (
            {"tables": {"leads": {"path": "a.csv", "columns": {"lead_id": "a"}, "constants": {"lead_id": "b"}}}},
            "lead_id: given under `columns` and under `constants`",
        ),
        (
            {"tables": {"leads": {"path": "a.jsonl", "columns": {"lead_id": "a..b"}}}},
            "'a..b' is not a JMESPath expression: wrong at character 3",
        ),
        (
            {"measures": {"m": {"path": "a.csv", "unit": "EUR", "query": "SELEC 1"}}},
            "is not SQL that DuckDB can read",
        ),
        (
            {"measures": {"m": {"path": "a.csv", "unit": "EUR", "query": "DROP TABLE rows"}}},
            "is not one SELECT",
        ),
        (
            {"measures": {"m": {"path": "a.csv", "unit": "EUR", "query": "SELECT 1; SELECT 2"}}},
            "is not one SELECT",
        ),
    ],
)
def test_options_that_cannot_work_are_refused_at_load(tmp_path: Path, section: Any, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        options("files", tmp_path, **section)
    assert says in str(refused.value)
