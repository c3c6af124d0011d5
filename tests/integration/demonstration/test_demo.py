"""`kpi-exporter demo` as a newcomer meets it: every KPI of the inventory, and what each state looks like."""

from __future__ import annotations

import csv
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from exporter.catalogue.loading import load, shipped_file
from exporter.conventions import SOURCE_REJECTED, UNKNOWN
from tests.servers import releases
from tests.servers.exporter_process import Exporter

pytestmark = [pytest.mark.integration, pytest.mark.newest]

COMPANIES = ("managed-kubernetes", "vmcloud", "unit-economics", "email-infrastructure")
INVENTORY = Path(__file__).parents[2] / "data" / "kpi_inventory.csv"


def test_every_kpi_of_the_inventory_is_there_and_nearly_all_have_a_value(demo: Exporter) -> None:
    with INVENTORY.open() as file:
        wanted = {(row["company"], row["id"]) for row in csv.DictReader(file)}
    assert len(wanted) == 161
    series = demo.series()
    labels = [(name, dict(pairs)) for name, pairs in series]
    assert wanted <= {(of["company"], of["kpi"]) for name, of in labels if name == "kpi_info"}
    names = {(c, id_): kpi.metric() for c in COMPANIES for id_, kpi in load(shipped_file(c)).kpis.items()}
    valued = {pair for pair in wanted if (names[pair], frozenset({("company", pair[0])})) in series}
    explained = {(of["company"], of["kpi"]) for name, of in labels if name == UNKNOWN}
    print(f"\n{len(valued)} of {len(wanted)} KPIs have a value; unknown: {sorted(explained)}")
    assert len(valued) >= 155
    assert sum(company == "managed-kubernetes" for company, _ in valued) >= 43
    assert wanted - valued <= explained
    assert not valued & explained


def test_a_newcomer_sees_every_state(demo: Exporter) -> None:
    series = demo.series()
    states = Counter(value for (name, _), value in series.items() if name == "kpi_status")
    unknown = [labels for name, labels in series if name == "kpi_exporter_kpi_unknown"]
    assert states[1] >= 3
    assert states[2] >= 2
    assert states[0] > states[1] + states[2]
    assert len(unknown) >= 1


def test_promtool_finds_nothing_to_say_about_the_metrics(demo: Exporter) -> None:
    checked = subprocess.run(
        [releases.prometheus("promtool"), "check", "metrics"],
        input=demo.scrape(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


def test_no_sample_is_nan_or_infinite(demo: Exporter) -> None:
    assert all(value - value == 0 for value in demo.series().values())


def test_bad_rows_are_set_aside_and_counted(demo: Exporter) -> None:
    company = ("company", "managed-kubernetes")
    rejected = [n for (name, labels), n in demo.series().items() if name == SOURCE_REJECTED and company in labels]
    assert sum(rejected) == 3
