"""Revenue explained by the command line, running of the running exporter and then of the store that it left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.exporter_process import Exporter
from tests.servers.process import wait_until

pytestmark = pytest.mark.integration

COMPANY = """
extends: managed-kubernetes
company: acme
title: Acme
launch: 2024-01-01
sources:
  billing: {type: files, every: 1h, tables: {subscription_items: {path: items.csv}}}
"""
ITEMS = """\
item_id,subscription_id,customer_id,unit_amount,currency,starts_at,ends_at,learnt_at
1,s1,ada,100,EUR,2024-01-01,,2024-01-01T00:00:00Z
2,s2,bob,200,EUR,2024-01-01,,2024-01-01T00:00:00Z
2,s2,bob,200,EUR,2024-01-01,2024-03-15,2024-04-10T00:00:00Z
"""
"""On the tenth of April it is learnt that Bob left in March."""

MARCH = ("acme", "mrr", "--as-of", "2024-04-01")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "items.csv").write_text(ITEMS)
    file = tmp_path / "acme.yaml"
    file.write_text(COMPANY)
    return file


def test_as_reported_and_restated_while_it_runs_and_after(file: Path, tmp_path: Path) -> None:
    with Exporter(tmp_path, [file]) as exporter:
        wait_until(lambda: exporter.value("kpi_mrr_eur", company="acme") == 100, "the first poll")
        running = ("--listen", exporter.address)
        restated = exporter.command("explain", *MARCH, *running)
        reported = exporter.command("explain", *MARCH, "--known-at", "2024-04-09", *running)
        too_early = exporter.command("explain", *MARCH[:2], "--known-at", "2023-12-31", *running)
        unreadable = exporter.command("explain", *MARCH[:2], "--known-at", "spring", *running)
    stopped = ("--store", str(exporter.store), "--file", str(file))
    assert (
        "\n  - churn           200.00          1          1\n        voluntary   200.00          1          1\n"
        in restated.stdout
    )
    assert "\n  = closing         100.00                     1\n" in restated.stdout
    assert "\n  as known on 2024-04-09 23:59:59 Europe/Berlin\n" in reported.stdout
    assert "\n  = closing         300.00                     2\n" in reported.stdout
    assert exporter.command("explain", *MARCH, *stopped).stdout == restated.stdout
    assert exporter.command("explain", *MARCH, "--known-at", "2024-04-09", *stopped).stdout == reported.stdout
    assert too_early.returncode == unreadable.returncode == 1
    assert "Error: nothing was known of subscription_items on 2023-12-31 23:59:59 Europe/Berlin\n" in too_early.stderr
    assert "known_at: 'spring' is not a date or time; write 2026-03-31" in unreadable.stderr
    assert exporter.command("explain", *MARCH[:2], "--known-at", "spring", *stopped).returncode == 1
