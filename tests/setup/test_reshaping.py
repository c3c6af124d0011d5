"""Exports that are reshaped by a SELECT: what it gives is what a person would have written down."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

from exporter.setup.document import Answers, document
from exporter.setup.survey import survey
from exporter.sources.registry import kinds
from tests.support.source_polls import poll
from tests.support.yaml_text import read_yaml

ANSWERS = Answers("vmcloud", "acme", "Acme", "EUR", "UTC", None)


def entries(folder: Path) -> list[tuple[str, object, Decimal]]:
    """Return what polls read of the one export in a folder, by the catalogue that is proposed for it."""
    proposals, unused = survey(folder)
    assert not unused
    (section,) = read_yaml(document(ANSWERS, proposals, folder))["sources"].values()
    source = kinds()["files"].model_validate(section, context={"folder": folder}).build("books")
    (rows,) = poll(source).rows.values()
    return sorted((str(row["booked_on"]), row["account"], Decimal(str(row["amount"]))) for row in rows)


RIGHT = [
    ("2026-01-01", "direct_cost", Decimal(1200)),
    ("2026-01-01", "marketing", Decimal("300.5")),
    ("2026-02-01", "direct_cost", Decimal("1250.5")),
    ("2026-02-01", "marketing", Decimal(400)),
    ("2026-03-01", "direct_cost", Decimal(1190)),
    ("2026-03-01", "marketing", Decimal(350)),
]


@pytest.mark.parametrize(
    ("name", "content", "encoding"),
    [
        (
            "costs.csv",
            "Category,2026-01,2026-02,2026-03\nHosting,1200.00,1250.50,1190.00\nAds,300.50,400.00,350.00\n",
            "utf-8",
        ),
        (
            "Kosten 2026.csv",
            "Kostenart;Jän;Feb;März;Summe\nServer;1.200,00;1.250,50;1.190,00;3.640,50\nWerbung;300,50;400,00;350,00;1.050,50\n"
            "Summe;1.500,50;1.650,50;1.540,00;4.691,00\n",
            "cp1252",
        ),
        (
            "dépenses.csv",
            "Catégorie;janv. 26;févr. 26;mars 26\nHébergement;1 200,00;1 250,50;1 190,00\n"
            "Publicité;300,50;400,00;350,00\n",
            "utf-8-sig",
        ),
        (
            "costs.csv",
            "Category\tJan 2026\tFeb 2026\tMar 2026\nHosting\t1,200.00\t1,250.50\t1,190.00\n"
            "Ads\t300.50\t400.00\t350.00\n",
            "utf-8",
        ),
    ],
)
def test_months_side_by_side(tmp_path: Path, name: str, content: str, encoding: str) -> None:
    (tmp_path / name).write_bytes(content.encode(encoding))
    assert entries(tmp_path) == RIGHT


@pytest.mark.process
def test_months_side_by_side_in_a_sheet(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Budget"],
        [],
        ["Category", date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)],
        ["Hosting", 1200, 1250.5, 1190],
        ["Ads", 300.5, 400, 350],
    ):
        sheet.append(row)
    book.save(tmp_path / "costs.xlsx")
    assert entries(tmp_path) == RIGHT


def test_days_as_excel_counts_them(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text("Date,Category,Amount\n46023,Hosting,12.50\n46054,Ads,7.00\n")
    assert entries(tmp_path) == [
        ("2026-01-01", "direct_cost", Decimal("12.5")),
        ("2026-02-01", "marketing", Decimal(7)),
    ]


def test_numbers_that_are_no_days_stay_numbers(tmp_path: Path) -> None:
    (tmp_path / "costs.csv").write_text("Date,Category,Amount\n2026-01-01,Hosting,46023\n2026-01-02,Ads,46054\n")
    assert entries(tmp_path) == [
        ("2026-01-01", "direct_cost", Decimal(46023)),
        ("2026-01-02", "marketing", Decimal(46054)),
    ]
