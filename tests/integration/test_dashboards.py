"""Every query of every committed board, asked of a real Prometheus that scrapes the demonstration."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from exporter.conventions import INFO, JOB, UNKNOWN, WATCHDOG
from tests.generate import promql
from tests.generate.boards import Query, boards, queries
from tests.integration.exporter_process import Exporter
from tests.servers.process import wait_until
from tests.servers.prometheus import Prometheus

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
POINTS = 60
"""In the range of a board; a panel has some hundreds."""
LONGEST = 600.0
OF_ALL = ("company", "status")
"""Labels that may stay out of a line's name, for all lines of a board have them, or the only one."""
CONFIG = """
global: {{{{scrape_interval: 2s, evaluation_interval: 5s}}}}
rule_files: ["{rules}/*.rules.yml"]
scrape_configs:
  - job_name: {job}
    static_configs: [{{{{targets: ["{exporter}"]}}}}]
"""

Series = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a query was answered with: the labels of its series, and the last value of each."""

    query: Query
    series: Sequence[Series]
    last: Sequence[float]

    @property
    def unknown(self) -> bool:
        return all(math.isnan(value) for value in self.last)


@pytest.fixture(scope="module")
def watched(demo: Exporter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that has scraped the demonstration some times and evaluated the committed rules."""
    folder = tmp_path_factory.mktemp("watched")
    for file in (ROOT / "rules").glob("*.rules.yml"):
        (folder / file.name).write_text(file.read_text().replace("    interval: 1m\n", ""))
    with Prometheus(folder, CONFIG.format(rules=folder, job=JOB, exporter=demo.address)) as prometheus:
        scraped = (
            f'min (count_over_time({INFO}[1m])) > 2 and on () ALERTS{{alertname="{WATCHDOG}",alertstate="firing"}}'
        )
        wait_until(lambda: bool(prometheus.query(scraped)), "scrapes and alerts")
        yield prometheus


@pytest.fixture(scope="module")
def answers(watched: Prometheus) -> Sequence[Answer]:
    asked = [query for board in boards(ROOT).values() for query in queries(board)]
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(lambda query: ask(watched, query), asked))


def ask(prometheus: Prometheus, query: Query) -> Answer:
    now = time.time()
    if query.instant:
        found = prometheus.get("query", query=query.expression, time=str(now))["result"]
        return Answer(query, [each["metric"] for each in found], [float(each["value"][1]) for each in found])
    when = {"start": str(now - LONGEST), "end": str(now), "step": str(LONGEST / POINTS)}
    found = prometheus.get("query_range", query=query.expression, **when)["result"]
    return Answer(query, [each["metric"] for each in found], [float(each["values"][-1][1]) for each in found])


def test_every_query_of_every_board_has_an_answer(answers: Sequence[Answer]) -> None:
    every = boards(ROOT).values()
    empty = [str(answer.query) for answer in answers if not answer.series]
    unknown = sum(answer.unknown for answer in answers)
    panels = sum(len(board["panels"]) for board in every)
    print(f"\n{len(every)} boards, {panels} panels, {len(answers)} queries, {unknown} unknown, empty: {len(empty)}")
    assert empty == []


def test_answers_have_the_labels_that_name_them_and_no_others(answers: Sequence[Answer]) -> None:
    """No label of a scrape is among them, and no two lines of a panel have the same name."""
    for answer in answers:
        labels = {label for series in answer.series for label in series}
        if answer.query.form == "table":
            continue
        assert labels <= {*re.findall(r"\{\{(\w+)\}\}", answer.query.legend), *OF_ALL}, str(answer.query)
        names = [answer.query.name(series) for series in answer.series]
        assert len(set(names)) == len(names), (str(answer.query), names)


def test_tables_have_the_columns_that_they_show(answers: Sequence[Answer]) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for answer in answers:
        if answer.query.form == "table":
            columns = found.setdefault((answer.query.board, answer.query.panel), set())
            columns |= {
                "Value",
                f"Value #{answer.query.reference}",
                *(label for each in answer.series for label in each),
            }
    checked = 0
    for board in boards(ROOT).values():
        for panel in board["panels"]:
            for step in panel.get("transformations", ()):
                if step["id"] == "filterFieldsByName":
                    checked += 1
                    assert set(step["options"]["include"]["names"]) <= found[board["uid"], panel["title"]]
    assert checked


def test_nothing_is_unknown_that_the_exporter_serves(
    answers: Sequence[Answer], watched: Prometheus, demo: Exporter
) -> None:
    """Where a panel says `unknown`, the series is not there, or the KPI that is chosen has no value."""
    unknown = {
        (labels["company"], labels["kpi"])
        for name, pairs in demo.series()
        if name == UNKNOWN
        for labels in [dict(pairs)]
    }
    for answer in answers:
        query = answer.query
        if answer.unknown and not any(
            query.board == f"kpi-{company}-kpi" and query.chosen == kpi for company, kpi in unknown
        ):
            assert [text for text in _selectors(query) if watched.query(text)] == [], str(query)


def _selectors(query: Query) -> Iterator[str]:
    for selector in promql.selectors(promql.parse(query.expression)):
        if selector.name != INFO:
            yield promql.selector_text(selector, promql.matchers(selector))
