"""The clock of a running exporter is set, by an hour and by a year, ahead and back."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.servers.exporter_process import Exporter
from tests.servers.faketime import FakeTime
from tests.servers.process import wait_until

pytestmark = pytest.mark.integration

HOUR, YEAR = 3600, 365 * 86400

COMPANY = """
company: acme
title: Acme
currency: EUR
timezone: Europe/Berlin
links: {runbooks: "https://w.example.com", dashboards: "https://g.example.com"}
sources:
  often:
    type: files
    every: 500ms
    measures: {quota: {path: quota.csv, query: SELECT quota::INT AS value FROM rows, unit: count}}
  rarely:
    type: files
    every: 1d
    measures: {yearly: {path: rare.csv, query: SELECT quota::INT AS value FROM rows, unit: count}}
kpis:
  quota: {title: Quota, area: money, definition: What is aimed at., unit: count, window: now, formula: quota}
  yearly: {title: Yearly, area: money, definition: What is aimed at., unit: count, window: now, formula: yearly}
"""

DATES = {"kpi_data_timestamp_seconds", "kpi_source_last_success_timestamp_seconds"}


class Clocked:
    """A running exporter under a clock of its own, and when it truly read `rarely`, which cannot be read again."""

    def __init__(self, exporter: Exporter, clock: FakeTime) -> None:
        self.exporter = exporter
        self.clock = clock
        wait_until(lambda: exporter.value("kpi_yearly", company="acme") is not None, "the first polls")
        self.read = exporter.series()["kpi_data_timestamp_seconds", frozenset({("company", "acme"), ("kpi", "yearly")})]

    def polls(self) -> float:
        return self.exporter.value("kpi_source_polls_total", company="acme", source="often") or 0.0

    def set(self, seconds: int) -> None:
        self.clock.set(seconds)
        self.check()
        before = self.polls()
        wait_until(lambda: self.polls() >= before + 2, f"polls to go on after the clock was set to {seconds:+d}", 30)
        wait_until(lambda: self.values() == {5}, f"both values after the clock was set to {seconds:+d}", 30)
        self.check()

    def values(self) -> frozenset[float | None]:
        """Return the values of both KPIs; one is unknown while its poll ends as the clock is set."""
        return frozenset(self.exporter.value(kpi, company="acme") for kpi in ("kpi_quota", "kpi_yearly"))

    def check(self) -> None:
        """Check that ages on the exporter's clock are at least the true ones, and just that of sources read rarely."""
        before = time.time()
        series = self.exporter.series()
        after = time.time()
        ages = {labels: self.clock.offset - at for (name, labels), at in series.items() if name in DATES}
        assert len(ages) == 4, series
        assert min(ages.values()) + after >= -1
        for labels, age in ages.items():
            if {("kpi", "yearly"), ("source", "rarely")} & labels:
                assert before - self.read - 1 <= age + before <= after - self.read + 1
        assert self.values() <= {5, None}


@pytest.fixture(scope="module")
def clocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clocked]:
    folder = tmp_path_factory.mktemp("clock")
    for file in ("quota.csv", "rare.csv"):
        (folder / file).write_text("quota\n5\n")
    (folder / "acme.yaml").write_text(COMPANY)
    clock = FakeTime(folder)
    with Exporter(folder, [folder / "acme.yaml"], prefix=clock.prefix) as exporter:
        running = Clocked(exporter, clock)
        (folder / "rare.csv").unlink()
        yield running


@pytest.mark.parametrize("by", [HOUR, -HOUR, YEAR, -YEAR])
def test_polls_go_on_and_ages_are_true(clocked: Clocked, by: int) -> None:
    clocked.set(by)
    clocked.set(0)


def test_a_start_with_the_right_time_believes_no_success_that_is_yet_to_come(clocked: Clocked) -> None:
    clocked.set(HOUR)
    clocked.exporter.stop()
    clocked.clock.set(0)
    clocked.exporter.start()
    wait_until(lambda: clocked.polls() >= 2, "polls")
    series = clocked.exporter.series()
    company = ("company", "acme")
    assert series["kpi_quota", frozenset({company})] == 5
    assert series["kpi_source_up", frozenset({company, ("source", "rarely")})] == 0
    assert ("kpi_yearly", frozenset({company})) not in series
    reasons = {labels for name, labels in series if name == "kpi_exporter_kpi_unknown"}
    assert reasons == {frozenset({company, ("kpi", "yearly"), ("reason", "not_polled")})}
    assert max(at for (name, _), at in series.items() if name in DATES) <= time.time()
