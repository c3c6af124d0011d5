"""`kpi-exporter init` and `try` as a stranger runs them: a folder of exports, no terminal, no file edited."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exporter.catalogue.loading import load
from exporter.cli import commands
from tests.setup import exports

pytestmark = pytest.mark.slow


def run(*arguments: str) -> Result:
    """Run a command of the program in this process."""
    return CliRunner().invoke(commands, arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    exports.write(tmp_path)
    return tmp_path


@pytest.mark.process
def test_a_folder_of_exports_becomes_a_catalogue_that_is_right(folder: Path) -> None:
    result = run("init", str(folder), "--company", "acme", "--currency", "EUR", "--like", "vmcloud")
    assert result.exit_code == 0, result.output
    company = load(folder / "company.yaml")
    filled = {table for options in company.sources.values() for table in options.record_tables()}
    assert filled == {
        "subscription_items",
        "ledger_entries",
        "headcount",
        "incidents",
        "tickets",
        "payments",
        "cash_balances",
    }
    for sentence in (
        "Abos.csv: 3 rows for subscription_items",
        "  unit_amount is Monatspreis, such as 1.049,00, 49,50, 12.490,00",
        "  please say what these words of account are: Sonstiges",
        "empty.csv: not used: it is empty",
        "weather.csv: not used: its columns are like those of no record table: station, temperature, humidity",
        "acme: ",
        "To go on: kpi-exporter run",
    ):
        assert sentence in result.output


@pytest.mark.process
def test_the_numbers_of_the_exports_come_out_as_they_were_written(folder: Path) -> None:
    run("init", str(folder), "--company", "acme", "--currency", "EUR", "--like", "vmcloud")
    result = run("try", str(folder / "company.yaml"), "--source", "abos", "--json")
    (source,) = json.loads(result.stdout)["sources"]
    (table,) = source["tables"]
    assert (table["table"], table["rows"], table["rejected"]) == ("subscription_items", 3, 0)
    assert [row["unit_amount"] for row in table["examples"]] == ["1049.00", "49.50", "12490.00"]
    assert [row["billing_interval"] for row in table["examples"]] == ["month", "month", "year"]
    assert [row["starts_at"] for row in table["examples"]] == ["2025-02-01", "2025-03-15", "2025-04-20"]
    assert result.exit_code == 0


def test_the_shipped_company_with_most_to_show_is_proposed(tmp_path: Path) -> None:
    (tmp_path / "Abos.csv").write_bytes(exports.GERMAN.encode("cp1252"))
    result = run("init", str(tmp_path), "--company", "acme", "--currency", "EUR")
    assert (tmp_path / "company.yaml").exists(), result.output


def test_what_stands_in_no_file_is_asked_for_as_an_option(tmp_path: Path) -> None:
    result = run("init", str(tmp_path))
    assert result.exit_code == 2
    assert "currency" in result.output
    assert not (tmp_path / "company.yaml").exists()


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--currency", "EURO", "'EURO' is not a currency"),
        ("--company", "My Shop", "'My Shop' is no name for labels"),
        ("--timezone", "Berlin", "'Berlin' is not a time zone"),
        ("--like", "acme", "'acme' is not one of"),
        ("--launch", "soon", "does not match the format"),
    ],
)
def test_options_that_make_no_sense_are_refused(tmp_path: Path, option: str, value: str, sentence: str) -> None:
    result = run("init", str(tmp_path), "--currency", "EUR", option, value)
    assert result.exit_code == 2
    assert sentence in result.output
    assert not (tmp_path / "company.yaml").exists()


def test_a_catalogue_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "company.yaml").write_text("company: mine\n")
    result = run("init", str(tmp_path), "--currency", "EUR")
    assert result.exit_code == 2
    assert (tmp_path / "company.yaml").read_text() == "company: mine\n"
    assert (
        run(
            "init", str(tmp_path), "--like", "vmcloud", "--currency", "EUR", "--output", str(tmp_path / "other.yaml")
        ).exit_code
        != 1
    )
    assert (tmp_path / "other.yaml").exists()


def test_systems_are_written_as_lines_to_complete(tmp_path: Path) -> None:
    run("init", str(tmp_path), "--company", "acme-shop", "--currency", "EUR", "--system", "postgresql")
    text = (tmp_path / "company.yaml").read_text()
    assert "  # postgresql:" in text
    assert "url: !env ACME_SHOP_POSTGRESQL_URL" in text


def test_an_amount_that_could_be_two_is_left_to_the_reader(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text(exports.AMBIGUOUS)
    result = run("init", str(tmp_path), "--company", "acme", "--currency", "USD", "--like", "unit-economics")
    assert "please decide `decimal`: 1,200 may be 1200 or 1.200" in result.output
    assert "# decimal: ?" in (tmp_path / "company.yaml").read_text()
    assert "could be two numbers" in result.output
