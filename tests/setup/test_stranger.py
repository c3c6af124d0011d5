"""What a stranger with two CSVs meets, from an empty folder: in each step what one would expect."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exporter.catalogue.loading import load
from exporter.catalogue.reading.problems import CatalogueError
from exporter.cli import commands
from exporter.generate.registry import generated

pytestmark = pytest.mark.slow

SUBSCRIPTIONS = """contract,customer,price,start,end
1,Ada,100.00,2025-01-05,
2,Bob,250.00,2025-03-01,
3,Cem,50.00,2025-06-10,2026-01-31
"""
COSTS = """date,category,amount
2026-01-28,hosting,40.00
2026-01-29,ads,15.00
2026-02-28,hosting,45.00
"""


def run(*arguments: str) -> Result:
    """Run a command of the program in this process."""
    return CliRunner().invoke(commands, arguments)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "subscriptions.csv").write_text(SUBSCRIPTIONS)
    (tmp_path / "costs.csv").write_text(COSTS)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("like", ["email-infrastructure", "managed-kubernetes", "unit-economics", "vmcloud"])
@pytest.mark.parametrize("currency", ["EUR", "JPY"])
def test_every_shipped_company_serves_in_another_currency(folder: Path, like: str, currency: str) -> None:
    result = run("init", str(folder), "--company", "acme", "--currency", currency, "--like", like)
    assert result.exit_code == 0, result.output
    assert run("check", str(folder / "company.yaml")).exit_code == 0
    company = load(folder / "company.yaml")
    assert {kpi.unit.currency for kpi in company.kpis.values()} <= {None, currency}


def test_costs_with_a_date_a_category_and_an_amount_count(folder: Path) -> None:
    run("init", str(folder), "--company", "acme", "--currency", "EUR", "--like", "vmcloud")
    result = run("try", str(folder / "company.yaml"), "--source", "costs")
    assert result.exit_code == 0, result.output
    assert "account direct_cost" in result.output
    assert "amount 40.00" in result.output
    assert "account marketing" in result.output


def test_check_refuses_what_cannot_be_filled_and_says_what_to_write(folder: Path) -> None:
    table = "{path: costs.csv, columns: {booked_on: date, account: category}, constants: {currency: EUR}}"
    catalogue = folder / "company.yaml"
    catalogue.write_text(
        "extends: vmcloud\ncompany: acme\ntitle: Acme\nsources:\n  books:\n    type: files\n    tables:\n"
        f"      ledger_entries: {table}\n"
    )
    with pytest.raises(CatalogueError, match=r"no column `entry_id`.*write `key: row`"):
        load(catalogue, check_columns=True)


def test_no_alert_can_only_say_that_there_is_no_source(folder: Path) -> None:
    run("init", str(folder), "--company", "acme", "--currency", "EUR", "--like", "unit-economics")
    company = load(folder / "company.yaml")
    not_connected = {kpi.id for kpi in company.kpis.values() if not company.connected(kpi)}
    assert not_connected
    texts = generated([company])
    rules = texts["rules/acme.rules.yml"]
    assert {kpi for kpi in not_connected if re.search(rf'"{kpi}"|kpi: {kpi}\b', rules)} == set()


def test_try_says_what_to_connect_next(folder: Path) -> None:
    run("init", str(folder), "--company", "acme", "--currency", "EUR", "--like", "unit-economics")
    output = run("try", str(folder / "company.yaml")).output
    assert "not connected: connect cash_balances" in output
    assert re.search(r"Cash runway\n +not connected", output)
