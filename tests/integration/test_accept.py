"""A snapshot that is held back by a running exporter, over restarts, until someone accepts it by the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exporter.cli import commands
from tests.servers.exporter_process import Exporter
from tests.servers.process import wait_until

pytestmark = pytest.mark.process

COMPANY = """
extends: managed-kubernetes
company: acme
title: Acme
sources:
  billing:
    type: files
    every: EVERY
    tables:
      subscription_items: {path: items.csv}
"""
HELD = {"company": "acme", "source": "billing", "table": "subscription_items"}


def write(folder: Path, rows: int) -> None:
    lines = ["item_id,subscription_id,customer_id,unit_amount,currency,starts_at"]
    lines += [f"i{n},s{n},c{n},100,EUR,2025-01-01" for n in range(rows)]
    (folder / ".items").write_text("\n".join(lines) + "\n")
    (folder / ".items").rename(folder / "items.csv")


def accept(*arguments: object) -> Result:
    return CliRunner().invoke(commands, ["accept", *map(str, arguments)])


def started(folder: Path, every: str) -> Exporter:
    (folder / "acme.yaml").write_text(COMPANY.replace("EVERY", every))
    return Exporter(folder, [folder / "acme.yaml"])


def shows(exporter: Exporter, customers: float, held: float) -> bool:
    return (
        exporter.value("kpi_customers", company="acme") == customers
        and exporter.value("kpi_source_held_back", **HELD) == held
    )


def test_it_is_held_over_a_restart_and_accepted_at_once(tmp_path: Path) -> None:
    write(tmp_path, 50)
    with started(tmp_path, "1s") as exporter:
        wait_until(lambda: shows(exporter, 50, 0), "the first poll")
        write(tmp_path, 5)
        wait_until(lambda: shows(exporter, 50, 45), "the snapshot that is held back")
        exporter.kill()
        (tmp_path / "acme.yaml").write_text(COMPANY.replace("EVERY", "1h"))
        exporter.start()
        wait_until(lambda: shows(exporter, 50, 45), "what was held before")
        wrong = accept("acme", "billing", "deals", "--listen", exporter.address)
        assert (wrong.exit_code, "acme: billing deals is not held back" in wrong.output) == (1, True)
        right = accept("acme", "billing", "subscription_items", "--listen", exporter.address)
        message = "subscription_items of billing: the next poll may take away 45 of 50 rows\n"
        assert (right.exit_code, right.output) == (0, message)
        wait_until(lambda: shows(exporter, 5, 0), "the poll that takes it, long before the hour is over")
    log = exporter.log.read_text()
    assert log.count("is held back as of") >= 1


def test_it_is_accepted_in_the_store_of_a_stopped_exporter(tmp_path: Path) -> None:
    write(tmp_path, 50)
    with started(tmp_path, "1s") as exporter:
        wait_until(lambda: shows(exporter, 50, 0), "the first poll")
        write(tmp_path, 0)
        wait_until(lambda: shows(exporter, 50, 50), "the header alone that is held back")
        busy = accept("acme", "billing", "--store", exporter.store)
        assert busy.exit_code != 0
        exporter.stop()
        assert accept("acme", "crm", "--store", exporter.store).exit_code == 1
        message = "subscription_items of billing: the next poll may take away all 50 rows\n"
        assert accept("acme", "billing", "--store", exporter.store).output == message
        assert accept("acme", "billing", "--store", tmp_path / "none.duckdb").exit_code != 0
        assert not (tmp_path / "none.duckdb").exists()
        exporter.start()
        wait_until(lambda: shows(exporter, 0, 0), "the poll that takes it")
