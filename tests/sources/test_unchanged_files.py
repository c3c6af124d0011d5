"""Files that did not change are not read again, and a change is noticed as far as the file system tells."""

from __future__ import annotations

import os
from itertools import chain, repeat
from pathlib import Path

import duckdb
import pytest

from exporter.records.batch import SourceFailed
from exporter.sources.file_query import VARIABLE
from exporter.sources.file_set import scan
from exporter.sources.interface import Cursor, Deadline
from tests.support.source_polls import LEAD_CONSTANTS, options, poll


def over() -> Deadline:
    """Return the deadline of a poll in which nothing can be read any more."""
    seconds = chain([0.0], repeat(2.0))
    return Deadline(1, lambda: next(seconds))


NO_FUNCTIONS = {
    "age",
    "current_localtime",
    "current_localtimestamp",
    "current_time",
    "current_timestamp",
    "localtime",
} | {
    "localtimestamp",
    "sample",
    "tablesample",
}
"""Words of SQL that are no functions, and `age` with one argument."""


def test_a_file_that_is_rewritten_in_place_has_another_state(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    states = []
    for number in range(100, 300):  # many within one tick of the clock
        path.write_text(f"lead_id\n{number}\n")
        os.utime(path, (1, 1))
        states.append(scan(path).state)
    assert len(set(states)) == len(states)


def test_the_end_of_a_long_file_counts(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes(b"x" * 70_000_000 + b"a")
    before = scan(path).state
    with path.open("r+b") as file:
        file.seek(70_000_000)
        file.write(b"b")
    assert scan(path, "all", before).state != before


def test_files_that_stay_are_unchanged_also_later(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("lead_id\na\n")
    young = scan(path).state
    assert scan(path, "all", young).state == young
    assert scan(path).state == young


def test_a_table_whose_file_stays_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("lead_id\na\n")
    source = options("files", tmp_path, tables={"leads": {"path": "leads.csv", **LEAD_CONSTANTS}}).build("files")
    cursor: Cursor = {}
    assert poll(source, cursor).unchanged == []
    assert poll(source, cursor).unchanged == ["leads"]
    (tmp_path / "leads.csv").write_text("lead_id\nb\n")
    assert poll(source, cursor).unchanged == []


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_measure_whose_file_stays_is_computed_once(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows.{suffix}"
    form = "json" if suffix == "jsonl" else suffix
    duckdb.execute(f"COPY (SELECT 7.5 AS amount) TO '{path}' (FORMAT {form})")
    measure = {"path": path.name, "query": "SELECT sum(amount) AS value FROM rows", "unit": "EUR"}
    source = options("files", tmp_path, measures={"m": measure}).build("files")
    first = poll(source).answers
    assert poll(source, deadline=over()).answers == first
    duckdb.execute(f"COPY (SELECT 8.5 AS amount) TO '{path}' (FORMAT {form})")
    assert poll(source).answers != first


def test_a_measure_that_asks_for_the_time_is_computed_each_time(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("amount\n1\n")
    query = "SELECT sum(amount) AS value FROM rows WHERE now() > '2020-01-01'"
    source = options("files", tmp_path, measures={"m": {"path": "rows.csv", "query": query, "unit": "EUR"}}).build("f")
    poll(source)
    with pytest.raises(SourceFailed, match="timed out"):
        poll(source, deadline=over())


def test_all_functions_that_vary_are_known() -> None:
    rows = duckdb.execute(
        "SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE stability <> 'CONSISTENT'"
    ).fetchall()
    silent = {"error", "setval", "sleep_ms", "stats", "vector_type", "write_log"}
    assert {name for (name,) in rows} - silent == VARIABLE - NO_FUNCTIONS
