"""Sheets of Excel and OpenDocument as tables and as measures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook
from pydantic import ValidationError

from exporter.records.batch import Row, SourceFailed
from tests.support.source_polls import options, poll

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

pytestmark = pytest.mark.process

BALANCES: list[list[object]] = [
    ["Kontostand"],
    [],
    ["Datum", "Konto", "Saldo"],
    [date(2026, 1, 31), "DE12", 50000.25],
    [date(2026, 2, 28), "DE12", 7],
]


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[object]]]) -> None:
    """Write a workbook with these rows by sheet."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)


def balances(folder: Path, **table: Any) -> list[Row]:
    section = {
        "path": "bank.xlsx",
        "columns": {"balance_on": "Datum", "account_id": "Konto", "amount": "Saldo"},
        "constants": {"currency": "EUR"},
        **table,
    }
    return poll(options("files", folder, tables={"cash_balances": section}).build("bank")).rows["cash_balances"]


def test_a_sheet_below_its_title(tmp_path: Path) -> None:
    workbook(tmp_path / "bank.xlsx", {"Konten": BALANCES})
    assert balances(tmp_path, skip_rows=2) == [
        {"account_id": "DE12", "balance_on": date(2026, 1, 31), "amount": Decimal("50000.25"), "currency": "EUR"},
        {"account_id": "DE12", "balance_on": date(2026, 2, 28), "amount": 7, "currency": "EUR"},
    ]


def test_another_sheet_and_a_range_of_it(tmp_path: Path) -> None:
    lower: list[list[object]] = [["", "", ""], *BALANCES[2:]]
    beside: list[list[object]] = [["x", *row, "y"] for row in lower]
    beside.append(["x", "sum", None, 50007.25, "y"])
    workbook(tmp_path / "bank.xlsx", {"Notes": [["nothing"]], "Konten": beside})
    right = balances(tmp_path, sheet="Konten", cells="B2:D4")
    assert [row["amount"] for row in right] == [Decimal("50000.25"), 7]
    assert len(balances(tmp_path, sheet="Konten", cells="b2:d")) == 3


def test_a_measure_over_a_sheet(tmp_path: Path) -> None:
    workbook(tmp_path / "bank.xlsx", {"Konten": BALANCES[2:]})
    measure = {"path": "bank.xlsx", "query": "SELECT sum(Saldo) AS value FROM rows", "unit": "EUR"}
    source = options("files", tmp_path, measures={"cash": measure}).build("bank")
    assert poll(source).values() == {"cash": Decimal("50007.25")}


def test_texts_in_cells_are_read_in_the_dialect_that_is_told(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Datum", "Konto", "Saldo"],
        ["31.01.2026", "DE12", "1.200,50"],
        [date(2026, 2, 28), "DE12", 3.5],
    ]
    workbook(tmp_path / "bank.xlsx", {"Konten": rows})
    read = balances(tmp_path, decimal=",", thousands=".", date_format="%d.%m.%Y")
    assert [(row["balance_on"], Decimal(str(row["amount"]))) for row in read] == [
        (date(2026, 1, 31), Decimal("1200.50")),
        (date(2026, 2, 28), Decimal("3.5")),
    ]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"sheet": "Kontem"}, "no sheet 'Kontem'; it has Konten"),
        ({"skip_rows": 9}, "no header in row 10"),
        ({"columns": {"balance_on": "Tag"}, "skip_rows": 2}, "no column.* `Tag`"),
    ],
)
def test_what_a_workbook_does_not_have(tmp_path: Path, table: dict[str, Any], message: str) -> None:
    workbook(tmp_path / "bank.xlsx", {"Konten": BALANCES})
    with pytest.raises(SourceFailed, match=message):
        balances(tmp_path, **table)


def test_a_file_that_is_no_workbook(tmp_path: Path) -> None:
    (tmp_path / "bank.xlsx").write_text("Datum,Saldo\n")
    with pytest.raises(SourceFailed, match="not a workbook"):
        balances(tmp_path)


def test_a_cell_far_outside_is_told(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in BALANCES:
        sheet.append(row)
    sheet["XFD1048576"] = "x"
    book.save(tmp_path / "bank.xlsx")
    with pytest.raises(SourceFailed, match=r"bank.xlsx takes more than 1 GB of memory .* up to its last cell"):
        balances(tmp_path)


@pytest.mark.exhaustive
def test_a_file_that_is_far_larger_than_it_looks(tmp_path: Path) -> None:
    workbook(tmp_path / "bank.xlsx", {"Konten": BALANCES})
    with ZipFile(tmp_path / "bank.xlsx", "a", ZIP_DEFLATED) as archive:
        texts = "<si><t>a</t></si>" * 1_000_000
        archive.writestr("xl/sharedStrings.xml", f"<sst xmlns='{NAMESPACE}'>{texts * 20}</sst>")
    assert (tmp_path / "bank.xlsx").stat().st_size < 2_000_000
    with pytest.raises(SourceFailed, match=r"bank.xlsx takes more than"):
        balances(tmp_path, skip_rows=2)


@pytest.mark.parametrize("cells", ["4:8", "B4", "D4:B8", "B9:D4", "B4-D8"])
def test_what_is_no_range(tmp_path: Path, cells: str) -> None:
    with pytest.raises(ValidationError, match="B4:F200"):
        balances(tmp_path, cells=cells)


@pytest.mark.parametrize("option", [{"sheet": "x"}, {"cells": "A1:B2"}])
def test_options_of_workbooks_are_for_workbooks(tmp_path: Path, option: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="is for workbook"):
        options("files", tmp_path, tables={"leads": {"path": "leads.csv", **option}})
