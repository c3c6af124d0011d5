"""A real Prometheus with the demonstration's past: it answers for all of it, and answers every query of every board."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from exporter.conventions import INFO, UNKNOWN, WATCHDOG
from tests.integration.demonstration.backfilled import INSTANCE, WEEKS, YEARS, Backfilled
from tests.integration.demonstration.backfilled import backfilled as started
from tests.servers.exporter_process import Exporter
from tests.servers.process import wait_until
from tests.servers.prometheus import Prometheus
from tests.support import promql
from tests.support.boards import Query, boards, queries, span
from tests.support.examples import first

pytestmark = [pytest.mark.integration, pytest.mark.newest]

MRR = 'kpi_mrr_eur{company="managed-kubernetes"}'
ROOT = Path(__file__).parents[3]
POINTS = 50
"""In the range of a board; a panel has some hundreds."""
OF_ALL = ("company", "status")
"""Labels that may stay out of a line's name, for all lines of a board have them, or the only one."""
Series = Mapping[str, str]


@pytest.fixture(scope="module", params=first(1, (WEEKS, YEARS)), ids=["weeks", "three years"])
def backfilled(
    request: pytest.FixtureRequest, demo: Exporter, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backfilled]:
    """Yield the past of the four simulated companies; computing three years takes a minute or two."""
    with started(demo, tmp_path_factory.mktemp("prometheus"), request.param) as running:
        yield running


def test_an_offset_finds_a_value_at_any_time_of_day(backfilled: Backfilled) -> None:
    days = min(30, backfilled.extent.recent.days - 2)
    for minutes in (0, 7, 613, 1439):
        now = datetime.now(UTC) - timedelta(minutes=minutes)
        elements = backfilled.prometheus.get("query", query=f"{MRR} offset {days}d", time=_at(now))["result"]
        assert len(elements) == 1
        assert float(elements[0]["value"][1]) > 0
    ago = backfilled.prometheus.query(f"count(kpi_status offset {days}d)")
    assert float(ago[0]["value"][1]) > 150


def test_a_long_range_has_a_value_on_every_day(backfilled: Backfilled) -> None:
    """Begin on the first of a month, when the company's records begin."""
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    parameters = {"query": MRR, "start": _at(backfilled.since), "end": _at(until), "step": "1d"}
    (series,) = backfilled.prometheus.get("query_range", **parameters)["result"]
    assert len(series["values"]) >= backfilled.days - 31
    assert {int(later - at) for (at, _), (later, _) in pairwise(series["values"])} == {86400}
    growth = [float(value) for _, value in series["values"]]
    assert growth[-1] / growth[0] > (2 if backfilled.extent == YEARS else 1.005)


def test_history_and_scrapes_are_one_series(backfilled: Backfilled) -> None:
    wait_until(lambda: backfilled.prometheus.query(MRR) != [], "a scrape of it")
    (labels,) = backfilled.prometheus.get("series", **{"match[]": MRR, "start": _at(backfilled.since)})
    assert labels == {
        "__name__": "kpi_mrr_eur",
        "company": "managed-kubernetes",
        "instance": INSTANCE,
        "job": "kpi-exporter",
    }
    days = min(60, backfilled.days - 2)
    (sampled,) = backfilled.prometheus.query(f"{MRR}[{days}d]")
    assert sampled["values"][-1][0] - sampled["values"][0][0] > (days - 1) * 86400


def test_every_scraped_series_of_a_known_kpi_has_a_past(backfilled: Backfilled) -> None:
    """But for those of the sources and of the exporter itself, of which nothing is recorded."""
    wait_until(lambda: backfilled.prometheus.query(MRR) != [], "a scrape of it")
    families = '__name__=~"kpi_.*",__name__!~"kpi_(source|exporter)_.*",job="kpi-exporter"'
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    (now,) = backfilled.prometheus.query(f"count(count by (__name__) ({{{families}}}))")
    parameters = {"query": f"count(count by (__name__) ({{{families}}}))", "time": _at(midnight)}
    (then,) = backfilled.prometheus.get("query", **parameters)["result"]
    assert float(then["value"][1]) >= 0.95 * float(now["value"][1])


@dataclass(frozen=True)
class Answer:
    """What a query was answered with: the labels of its series, the last value of each, and the age of the first."""

    query: Query
    series: Sequence[Series]
    last: Sequence[float]
    oldest: timedelta = timedelta()

    @property
    def unknown(self) -> bool:
        return all(math.isnan(value) for value in self.last)


@pytest.fixture(scope="module")
def answers(backfilled: Backfilled) -> Sequence[Answer]:
    """Return the answers of the boards' queries, once there were scrapes and the rules were evaluated.

    After weeks, the board of a KPI is asked about the first KPI with which a query has its form; whether the series of
    the others are served is up to `test_cross_reference`.
    """
    evaluated = f'ALERTS{{alertname="{WATCHDOG}",alertstate="firing"}}'
    ready = f"min (count_over_time({INFO}[1m])) > 2 and on () {evaluated}"
    wait_until(lambda: bool(backfilled.prometheus.query(ready)), "scrapes and alerts", 180)
    ranges = [(query, span(board)) for board in boards(ROOT).values() for query in queries(board)]
    if backfilled.extent == WEEKS:
        ranges = list({_form(query): (query, span) for query, span in reversed(ranges)}.values())
    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(lambda each: ask(backfilled.prometheus, *each), ranges))


def _form(query: Query) -> object:
    """Return what a query of the board of one KPI shares with those of other KPIs; tables have columns of their own."""
    if not query.chosen or query.form == "table":
        return query
    return query.board, query.panel, query.reference, promql.form(query.expression)


def ask(prometheus: Prometheus, query: Query, span: timedelta) -> Answer:
    now = time.time()
    if query.instant:
        elements = prometheus.get("query", query=query.expression, time=str(now))["result"]
        return Answer(query, [each["metric"] for each in elements], [float(each["value"][1]) for each in elements])
    when = {"start": str(now - span.total_seconds()), "end": str(now), "step": str(span.total_seconds() / POINTS)}
    series = prometheus.get("query_range", query=query.expression, **when)["result"]
    first = min((at for each in series for at, value in each["values"] if value != "NaN"), default=now)
    last = [float(each["values"][-1][1]) for each in series]
    return Answer(query, [each["metric"] for each in series], last, timedelta(seconds=now - first))


def test_every_query_of_every_board_has_an_answer(answers: Sequence[Answer]) -> None:
    every = boards(ROOT).values()
    empty = [str(answer.query) for answer in answers if not answer.series]
    unknown = sum(answer.unknown for answer in answers)
    panels = sum(len(board["panels"]) for board in every)
    print(f"\n{len(every)} boards, {panels} panels, {len(answers)} queries, {unknown} unknown, empty: {len(empty)}")
    assert empty == []


def test_answers_have_the_labels_that_name_them_and_no_others(answers: Sequence[Answer]) -> None:
    """Refuse labels of a scrape, and two lines of a panel with the same name."""
    for answer in answers:
        labels = {label for series in answer.series for label in series}
        if answer.query.form == "table":
            continue
        assert labels <= {*re.findall(r"\{\{(\w+)\}\}", answer.query.legend), *OF_ALL}, str(answer.query)
        names = [answer.query.name(series) for series in answer.series]
        assert len(set(names)) == len(names), (str(answer.query), names)


def test_tables_have_the_columns_that_they_show(answers: Sequence[Answer]) -> None:
    columns_of: dict[tuple[str, str], set[str]] = {}
    for answer in answers:
        if answer.query.form == "table":
            columns = columns_of.setdefault((answer.query.board, answer.query.panel), set())
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
                    assert set(step["options"]["include"]["names"]) <= columns_of[board["uid"], panel["title"]]
    assert checked


def test_nothing_is_unknown_that_the_exporter_serves(answers: Sequence[Answer], backfilled: Backfilled) -> None:
    """Expect no series, or a KPI without a value, where a panel says `unknown`."""
    unknown = {
        (f"kpi-{labels['company']}-kpi", labels["kpi"])
        for name, pairs in backfilled.demo.series()
        if name == UNKNOWN
        for labels in [dict(pairs)]
    }
    for answer in answers:
        query = answer.query
        if answer.unknown and (query.board, query.chosen) not in unknown:
            assert [text for text in _selectors(query) if backfilled.prometheus.query(text)] == [], str(query)


def test_lines_go_back_into_the_past(answers: Sequence[Answer], backfilled: Backfilled) -> None:
    """Look at lines of values on the boards of areas, which show three months; some sources have only the present."""
    lines = [answer for answer in answers if "-area-" in answer.query.board and answer.query.reference == "value"]
    long = min(timedelta(days=90), backfilled.extent.past) - timedelta(days=2)
    old = [answer for answer in lines if answer.oldest > long]
    print(f"\n{len(old)} of {len(lines)} KPIs have a line of {long.days} days")
    assert len(old) > 0.7 * len(lines)


def _at(when: datetime) -> str:
    return f"{when.timestamp():.0f}"


def _selectors(query: Query) -> Iterator[str]:
    for selector in promql.selectors(promql.parse(query.expression)):
        if selector.name != INFO:
            yield promql.selector_text(selector, promql.matchers(selector))
