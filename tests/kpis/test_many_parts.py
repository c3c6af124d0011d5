"""A breakdown has a largest number of parts: up to it all are there, beyond it none is, and the headline is right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from exporter.conventions import MOST_PARTS
from exporter.kpis.reading import Reading
from exporter.records.batch import Records
from exporter.runtime.service import Runtime
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from exporter.web.pages import templates
from exporter.web.pages.kpi_tables import PARTS_SHOWN
from exporter.web.pages.tables import Cell, TableView
from tests.support.runtimes import evaluated
from tests.support.stores import new_store
from tests.support.web_server import served

pytestmark = pytest.mark.slow

NOW = datetime(2026, 4, 10, 12, tzinfo=UTC)
CATALOGUE = """
company: acme
title: Acme
currency: EUR
timezone: UTC
links: {runbooks: "https://r.example.com", dashboards: "https://g.example.com"}
sources:
  hr: {type: files, tables: {headcount: {path: headcount.csv}}}
measures:
  squares:
    doc: D.
    unit: count
    by: [team, parity]
    sql: |
      SELECT period, team, CASE WHEN people % 2 = 0 THEN 'even' ELSE 'odd' END AS parity, SUM(people * people) AS value
      FROM period CROSS JOIN headcount
      GROUP BY GROUPING SETS ((period), (period, team), (period, 3))
kpis:
  headcount: {title: H, area: a, definition: d, unit: count, window: now, by: [team]}
  mean: {title: M, area: a, definition: d, unit: count, window: now, by: [team, parity], formula: squares / headcount}
"""


def running(folder: Path, teams: int) -> Runtime:
    """Yield an exporter of a company in which team number n has n people."""
    (folder / "acme.yaml").write_text(CATALOGUE)
    (folder / "headcount.csv").write_text("")
    store = new_store(folder / "records.duckdb")
    rows = ({"team": f"t{n}", "effective_on": "2026-01-01", "people": n} for n in range(1, teams + 1))
    with store.intake("acme", "hr", "UTC", "EUR") as intake:
        intake.take(Records("headcount", iter(rows), snapshot=True))
        intake.commit(NOW, {})
    return evaluated(Runtime([folder / "acme.yaml"], store, lambda: NOW))


def reading_of(runtime: Runtime, kpi: str) -> Reading:
    (company,) = runtime.snapshot().companies
    return next(reading for reading in company.kpis if reading.kpi.id == kpi)


@pytest.fixture(scope="module")
def most(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return running(tmp_path_factory.mktemp("most"), MOST_PARTS)


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    return running(tmp_path_factory.mktemp("more"), MOST_PARTS + 1)


def test_up_to_the_limit_every_part_is_there(most: Runtime) -> None:
    headcount, mean = reading_of(most, "headcount"), reading_of(most, "mean")
    assert headcount.value == MOST_PARTS * (MOST_PARTS + 1) / 2
    assert len(headcount.breakdowns["team"]) == MOST_PARTS
    assert mean.breakdowns["team"] == {f"t{n}": n for n in range(1, MOST_PARTS + 1)}
    assert headcount.withheld == mean.withheld == ()


def test_beyond_it_the_breakdown_is_withheld_from_metrics(more: Runtime) -> None:
    headcount, mean = reading_of(more, "headcount"), reading_of(more, "mean")
    assert headcount.value == (MOST_PARTS + 1) * (MOST_PARTS + 2) / 2
    assert mean.value == pytest.approx((2 * MOST_PARTS + 3) / 3)
    assert len(headcount.breakdowns["team"]) == len(mean.breakdowns["team"]) == MOST_PARTS + 1
    assert headcount.withheld == mean.withheld == ("team",)
    assert mean.published_breakdowns.keys() == {"parity"}


@pytest.mark.parametrize("runtime", ["most", "more"])
def test_everything_that_is_shown_is_short(runtime: str, request: pytest.FixtureRequest) -> None:
    exporter: Runtime = request.getfixturevalue(runtime)
    with served(create_app(exporter, Exposition(exporter.snapshot), lambda: NOW)) as address:

        def get(path: str) -> str:
            answer = requests.get(address + path, timeout=60)
            assert answer.status_code == 200, path
            return answer.text

        page, board = get("/kpi/acme/headcount"), get("/")
        file = get("/kpi/acme/headcount/by-team.csv").splitlines()
        metrics = get("/metrics")
        message = get("/api/v1/explain?company=acme&kpi=headcount")
    assert len(page) < 100_000
    assert len(board) < 100_000
    withheld = 'kpi_exporter_breakdown_withheld{company="acme",dimension="team",kpi="headcount"} 1.0'
    teams = MOST_PARTS if runtime == "most" else MOST_PARTS + 1
    rest = sum(range(teams - PARTS_SHOWN + 1))
    assert len(re.findall(r'<th scope="row">t\d+<', page)) == PARTS_SHOWN
    assert f'<th scope="row">t{teams}<' in page
    text = f"The largest {PARTS_SHOWN} of {teams:,} rows; the other {teams - PARTS_SHOWN:,} are {rest:,} together"
    assert text in page
    assert len(file) == teams + 1
    why = "not on /metrics, for there are more than 10,000 labels"
    if runtime == "most":
        assert metrics.count("kpi_headcount_by_team{") == MOST_PARTS
        assert withheld not in metrics
        assert why not in page + message
    else:
        assert f"{text}; {why}" in page
        assert "kpi_headcount_by_team{" not in metrics
        assert withheld in metrics
        assert f"by team: {why}" in message


class Counted(list[Sequence[Cell]]):
    """Rows that count how often they are gone through."""

    times = 0

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        self.times += 1
        return super().__iter__()


def test_a_table_goes_through_its_rows_as_often_however_many_there_are() -> None:
    times = []
    for count in (2, 40):
        rows = Counted([("label", number) for number in range(count)])
        page = kpi_html(TableView("Parts", ("label", "value"), rows, "/parts.csv"))
        assert page.count("<tr") == count + 1
        times.append(rows.times)
    assert times[0] == times[1]


def kpi_html(table: TableView) -> str:
    return str(templates._environment.get_template("macros.html").module.table(table))  # type: ignore[attr-defined]


def test_what_does_not_add_up_has_no_rest(most: Runtime) -> None:
    with served(create_app(most, Exposition(most.snapshot), lambda: NOW)) as address:
        page = requests.get(f"{address}/kpi/acme/mean", timeout=60).text
    assert f"The largest {PARTS_SHOWN} of {MOST_PARTS:,} rows · " in page.replace("\n", "")
