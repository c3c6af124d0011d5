"""A configuration put in the place of another while the exporter runs; a wrong one changes nothing."""

from __future__ import annotations

import signal
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
  clusters_per_engineer: {{critical: "{critical}"}}
sources:
  inventory:
    type: files
    every: 1s
    tables:
      assets: {{path: assets.csv}}
      headcount: {{path: headcount.csv}}
"""
THRESHOLD = {"company": "acme", "kpi": "clusters_per_engineer", "severity": "critical"}


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    (tmp_path / "assets.csv").write_text("asset_id,kind,type,starts_at\nC1,cluster,staging,2024-02-01T00:00:00Z\n")
    (tmp_path / "headcount.csv").write_text("team,effective_on,people\nengineering,2024-01-01,1\n")
    file = tmp_path / "acme.yaml"
    file.write_text(COMPANY.format(critical="< 10"))
    return file


@pytest.fixture
def exporter(catalogue: Path, tmp_path: Path) -> Iterator[Exporter]:
    with Exporter(tmp_path, [catalogue]) as running:
        wait_until(lambda: running.value("kpi_clusters_per_engineer", company="acme") == 1, "the first poll")
        yield running


def test_a_reload_takes_the_new_threshold_and_keeps_the_numbers(catalogue: Path, exporter: Exporter) -> None:
    assert exporter.value("kpi_threshold", **THRESHOLD) == 10
    catalogue.write_text(COMPANY.format(critical="< 1"))
    answer = exporter.reload()
    assert (answer.status_code, answer.text) == (200, "reloaded\n")
    series = exporter.series()
    assert series["kpi_threshold", frozenset(THRESHOLD.items())] == 1
    assert series["kpi_clusters_per_engineer", frozenset({("company", "acme")})] == 1
    status = frozenset({("company", "acme"), ("kpi", "clusters_per_engineer")})
    assert series["kpi_status", status] == 1, "one cluster per engineer is no longer below the red flag"


def test_a_wrong_file_is_refused_with_its_mistake_and_the_old_one_stays(catalogue: Path, exporter: Exporter) -> None:
    catalogue.write_text(COMPANY.format(critical="< ten"))
    answer = exporter.reload()
    assert answer.status_code == 400
    assert "acme.yaml:7:" in answer.text
    assert "'ten' is not an amount" in answer.text
    assert exporter.value("kpi_threshold", **THRESHOLD) == 10
    assert exporter.value("kpi_exporter_config_last_reload_successful") == 0
    catalogue.write_text(COMPANY.format(critical="< 9"))
    assert exporter.reload().ok
    assert exporter.value("kpi_exporter_config_last_reload_successful") == 1


def test_a_hangup_reloads_too(catalogue: Path, exporter: Exporter) -> None:
    catalogue.write_text(COMPANY.format(critical="< 7"))
    exporter.send(signal.SIGHUP)
    wait_until(lambda: exporter.value("kpi_threshold", **THRESHOLD) == 7, "the reload")
    catalogue.write_text("company: [")
    exporter.send(signal.SIGHUP)
    wait_until(lambda: exporter.value("kpi_exporter_config_last_reload_successful") == 0, "the refusal")
    assert exporter.value("kpi_threshold", **THRESHOLD) == 7
    assert "the old one stays" in exporter.log.read_text()


def test_a_source_taken_out_no_longer_counts_and_its_kpis_say_so(catalogue: Path, exporter: Exporter) -> None:
    catalogue.write_text(COMPANY.format(critical="< 10").split("sources:")[0])
    assert exporter.reload().ok
    assert exporter.value("kpi_clusters_per_engineer", company="acme") is None
    unknown = {"company": "acme", "kpi": "clusters_per_engineer", "reason": "no_source"}
    assert exporter.value("kpi_exporter_kpi_unknown", **unknown) == 1
