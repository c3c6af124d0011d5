"""`check` refuses a table whose required columns nothing can fill; a running exporter starts all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.catalogue.loading import load
from exporter.catalogue.reading.problems import CatalogueError

CATALOGUE = """\
extends: unit-economics
company: acme
title: Acme
sources:
  books:
    type: {type}
    {url}
    tables:
      {table}
"""


def problems(folder: Path, table: str, type_: str = "files") -> list[str]:
    """Return the messages of `check` about one table."""
    file = folder / "acme.yaml"
    url = "url: postgresql://u:p@h/d" if type_ == "sql" else "every: 5m"
    file.write_text(CATALOGUE.format(type=type_, url=url, table=table))
    load(file)
    try:
        load(file, check_columns=True)
    except CatalogueError as error:
        return [f"{problem.place.line}: {problem.message}" for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (
            "date,account,amount\n",
            "columns: {booked_on: date}, constants: {currency: USD}",
            "8: costs.csv has no column `entry_id`, which ledger_entries requires; it has date, account, amount; "
            "for rows that have no id, write `key: row`",
        ),
        (
            "date,amount\n",
            "columns: {booked_on: date}, constants: {currency: USD}, key: row",
            "8: costs.csv has no column `account`, which ledger_entries requires; it has date, amount",
        ),
        (
            "a\n",
            'query: "SELECT 1 AS amount, a AS booked_on FROM rows", constants: {currency: USD}, key: row',
            "8: the query has no column `account`, which ledger_entries requires; it has amount, booked_on",
        ),
        ("a\n", "query: SELECT * FROM rows, constants: {currency: USD}", None),
        ("date,account,amount\n", "columns: {booked_on: date}, constants: {currency: USD}, key: row", None),
    ],
)
def test_files_that_are_there(tmp_path: Path, content: str, options: str, message: str | None) -> None:
    (tmp_path / "costs.csv").write_text(content)
    table = f"ledger_entries: {{path: costs.csv, {options}}}"
    assert problems(tmp_path, table) == ([message] if message else [])


def test_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    assert problems(tmp_path, "ledger_entries: {path: costs.csv}") == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "SELECT id AS lead_id FROM leads",
            "8: the query has no column `created_at`, which leads requires; it has lead_id",
        ),
        ("SELECT id AS LEAD_ID, created AS Created_At FROM leads", None),
        ("SELECT * FROM leads", None),
        ("SELECT leads.*, 1 AS one FROM leads", None),
        ("SELECT lower(id) FROM leads", None),
    ],
)
def test_the_columns_that_a_select_names(tmp_path: Path, query: str, message: str | None) -> None:
    assert problems(tmp_path, f'leads: {{query: "{query}"}}', "sql") == ([message] if message else [])
