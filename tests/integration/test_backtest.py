"""A threshold judged while the exporter runs, which alone may read the store, and again when it has stopped."""

from __future__ import annotations

from collections.abc import Iterator
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
kpis:
  clusters: {critical: "< 2"}
sources:
  inventory:
    type: files
    every: 1h
    tables:
      assets: {path: assets.csv}
"""
ASSETS = """asset_id,kind,starts_at,ends_at
C1,cluster,2024-02-01T00:00:00Z,
C2,cluster,2024-02-01T00:00:00Z,2026-03-10T12:00:00Z
C3,cluster,2026-04-05T12:00:00Z,
"""
COMMAND_LINE = ("backtest", "acme", "--since", "2026-01-01", "--until", "2026-06-01", "--kpi", "clusters")


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    (tmp_path / "assets.csv").write_text(ASSETS)
    file = tmp_path / "acme.yaml"
    file.write_text(COMPANY)
    return file


@pytest.fixture
def exporter(catalogue: Path, tmp_path: Path) -> Iterator[Exporter]:
    with Exporter(tmp_path, [catalogue]) as running:
        wait_until(lambda: running.value("kpi_clusters", company="acme") == 2, "the first poll")
        yield running


def test_the_exporter_is_asked_while_it_runs_and_its_store_when_it_does_not(
    catalogue: Path, exporter: Exporter
) -> None:
    of_store = ("--store", str(exporter.store), "--file", str(catalogue))
    running = exporter.command(*COMMAND_LINE, "--listen", exporter.address)
    assert (running.returncode, running.stderr) == (0, "")
    assert "KpiClustersLow" in running.stdout
    assert "from 2026-03-11  to 2026-04-06" in running.stdout
    held = exporter.command(*COMMAND_LINE, *of_store)
    assert (held.returncode, "another process holds it" in held.stderr) == (2, True)
    exporter.stop()
    stopped = exporter.command(*COMMAND_LINE, *of_store)
    assert (stopped.returncode, stopped.stdout) == (0, running.stdout)
    tried = exporter.command(*COMMAND_LINE, *of_store, "--threshold", "clusters.critical=< 1")
    after = tried.stdout.split("As tried\n")[1]
    assert "from 2026-03-11" not in after
