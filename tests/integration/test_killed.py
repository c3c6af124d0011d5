"""`kill -9` of the whole program at any moment; test_kill_points.py has its steps one by one.

What was known is there again, with its true timestamp, and no stored record is missing.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.servers.exporter_process import Exporter, Series
from tests.servers.process import wait_until
from tests.support.examples import first

pytestmark = pytest.mark.integration

KILLS = (2, 50)
COMPANY = """
extends: managed-kubernetes
company: acme
title: Acme
launch: 2024-01-01
measures:
  releases:
    doc: Releases on record.
    unit: count
    sql: SELECT period, COUNT(deployment_id) AS value FROM period CROSS JOIN deployments GROUP BY period
kpis:
  releases:
    title: Releases on record
    area: operations
    definition: All releases that the store holds.
    unit: count
    window: now
sources:
  argocd:
    type: files
    every: 200ms
    timeout: 5s
    tables:
      deployments: {path: feed/deployments.csv, columns: {deployment_id: id, deployed_at: at}}
  inventory:
    type: files
    every: 300ms
    timeout: 5s
    tables:
      assets: {path: feed/assets.csv}
      headcount: {path: feed/headcount.csv}
"""
STALE_LABELS = frozenset({("company", "acme"), ("kpi", "releases")})


class Feed:
    """The files that the exporter reads; they grow, and can be taken away."""

    def __init__(self, folder: Path) -> None:
        self._here, self._away = folder / "feed", folder / "away"
        self._here.mkdir()
        self.rows = 0
        (self._here / "assets.csv").write_text(
            "asset_id,kind,type,starts_at\nC1,cluster,staging,2024-02-01T00:00:00Z\n"
        )
        (self._here / "headcount.csv").write_text("team,effective_on,people\nengineering,2024-01-01,1\n")
        self.grow(10)

    def grow(self, rows: int) -> None:
        """Replace the file by a longer one, in one step as a careful exporter does."""
        self.rows += rows
        lines = [f"R{n},2024-03-01T{n % 24:02d}:00:00Z" for n in range(self.rows)]
        draft = self._here.parent / "draft.csv"
        draft.write_text("id,at\n" + "\n".join(lines) + "\n")
        draft.replace(self._here / "deployments.csv")

    def vanish(self) -> None:
        self._here.rename(self._away)

    def return_(self) -> None:
        self._away.rename(self._here)


def _last_known(series: Series) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    names = ("kpi_releases", "kpi_clusters", "kpi_clusters_per_engineer", "kpi_data_timestamp_seconds")
    return {key: value for key, value in series.items() if key[0] in names}


@pytest.mark.parametrize("kills", first(1, KILLS))
def test_kills_lose_nothing(kills: int, tmp_path: Path) -> None:
    rng = random.Random(20261122)
    feed = Feed(tmp_path)
    catalogue = tmp_path / "acme.yaml"
    catalogue.write_text(COMPANY)
    exporter = Exporter(tmp_path, [catalogue])
    exporter.start()
    wait_until(lambda: exporter.value("kpi_releases", company="acme") == 10, "the first poll")
    wait_until(lambda: exporter.value("kpi_clusters", company="acme") == 1, "the first poll")
    restored = 0
    for _ in range(kills):
        feed.grow(rng.randint(1, 500))
        time.sleep(rng.uniform(0, 0.4))
        before = _last_known(exporter.series())
        requested = time.time()
        exporter.kill()
        feed.vanish()  # nothing can be read anew: what is shown comes from the store
        exporter.start()
        after = _last_known(exporter.series())
        feed.return_()
        assert before.keys() <= after.keys()
        for key, value in before.items():
            # A poll may have been kept between the last scrape and the kill; nothing may have gone back.
            assert after[key] >= value or key[0] == "kpi_clusters_per_engineer", key
        age = after["kpi_data_timestamp_seconds", STALE_LABELS]
        assert age <= requested + 0.5
        releases = after["kpi_releases", frozenset({("company", "acme")})]
        if age == before["kpi_data_timestamp_seconds", STALE_LABELS]:
            assert releases == before["kpi_releases", frozenset({("company", "acme")})]
            restored += 1
    print(f"\n{kills} kills; {restored} of them with no poll kept after the last scrape")
    wait_until(lambda: exporter.value("kpi_releases", company="acme") == feed.rows, "the last rows")
    exporter.stop()


def test_a_second_exporter_is_told_that_the_store_is_taken(tmp_path: Path) -> None:
    Feed(tmp_path)
    catalogue = tmp_path / "acme.yaml"
    catalogue.write_text(COMPANY)
    with Exporter(tmp_path, [catalogue]) as exporter:
        refused = exporter.command("run", str(catalogue), "--store", str(exporter.store), "--listen", "127.0.0.1:0")
    assert refused.returncode == 2
    assert "another process holds it" in refused.stderr
    assert "Traceback" not in refused.stderr
