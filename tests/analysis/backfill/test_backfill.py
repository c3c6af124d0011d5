"""`kpi-exporter backfill` on books that can be computed by hand: the series of a scrape, at every moment, in order."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner, Result
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed

from exporter.analysis.backfill.request import BackfillRequest
from exporter.cli import commands
from exporter.runtime.service import Runtime
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from tests.support.mrr_company import BOOKS, READ, catalogue
from tests.support.runtimes import evaluated
from tests.support.web_server import served
from tests.support.world import World, utc

pytestmark = pytest.mark.newest

KPIS = catalogue(
    income={"warning": "> 1400", "plan": {"base": "2026-01-01 1000, 2026-03-02 1600", "bear": "2026-01-01 900"}},
    odds={"formula": "mrr / (customers - 2)", "by": ["tier"], "classes": {"large": "> 0", "small": "<= 0"}},
)
WHERE = {"instance": "kpi.example.com:9847", "job": "kpi-exporter"}

Series = tuple[str, frozenset[tuple[str, str]]]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("books"), BOOKS, KPIS, max_age="3650d").poll(READ)
    yield made
    made.store.close()


@pytest.fixture(scope="module")
def exporter(books: World) -> Iterator[str]:
    """Return the address of an exporter that has read the books at six on 1 May, and polls no more."""
    runtime = evaluated(Runtime([books.folder / "company.yaml"], books.store, lambda: READ))
    with served(create_app(runtime, Exposition(runtime.snapshot), lambda: READ)) as address:
        yield address.removeprefix("http://")


@pytest.fixture
def without_promtool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def run(exporter: str, out: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        commands,
        ["backfill", "--listen", exporter, "--instance", WHERE["instance"], "--out", str(out), *arguments],
    )


def samples(folder: Path) -> Mapping[Series, Mapping[datetime, float]]:
    """Return the values of every series by their moments, from documents that pass the strict parser."""
    by_series: dict[Series, dict[datetime, float]] = {}
    for file in sorted((folder / "openmetrics").iterdir()):
        for family in parsed(file.read_text("utf-8")):  # type: ignore[no-untyped-call]
            for sample in family.samples:
                series = by_series.setdefault((sample.name, frozenset(sample.labels.items())), {})
                at = datetime.fromtimestamp(float(sample.timestamp), UTC)
                assert at not in series
                series[at] = sample.value
    return by_series


@pytest.fixture(scope="module")
def filled(exporter: str, tmp_path_factory: pytest.TempPathFactory) -> Mapping[Series, Mapping[datetime, float]]:
    """Backfill from 15 January to 1 May, of which the last ten days are recent."""
    out = tmp_path_factory.mktemp("filled") / "out"
    ended = run(exporter, out, "acme", "--since", "2026-01-15", "--recent", "10d")
    assert ended.exit_code == 0, ended.output
    assert sorted(each.name for each in (out / "openmetrics").iterdir()) == [
        "2026-01-15.om",
        "2026-01-20.om",
        "2026-03-22.om",
    ]
    return samples(out)


def of(filled: Mapping[Series, Mapping[datetime, float]], name: str, **labels: str) -> Mapping[datetime, float]:
    return filled.get((name, frozenset({**labels, **WHERE, "company": "acme"}.items())), {})


@pytest.mark.integration
@pytest.mark.parametrize("at", ["2026-01-15", "2026-02-10", "2026-03-01", "2026-04-30"])
def test_each_midnight_is_what_a_scrape_would_have_given(
    books: World, filled: Mapping[Series, Mapping[datetime, float]], at: str
) -> None:
    then = utc(at)
    backfilled = {
        f"{name}{{{','.join(f'{k}={v}' for k, v in sorted(labels - WHERE.items()))}}}": values[then]
        for (name, labels), values in filled.items()
        if then in values
    }
    scraped = {
        series.replace('"', ""): value
        for series, value in books.series(then).items()
        if not series.startswith(
            ("kpi_source_", *(f"kpi_exporter_{about}" for about in ("build", "config", "evaluation", "http", "store")))
        )
    }
    scraped = {
        f"{name}{{{','.join(sorted(re.split(r',(?=[a-z_]+=)', rest.rstrip('}'))))}}}": v
        for (name, _, rest), v in ((s.partition("{"), v) for s, v in scraped.items())
    }
    assert backfilled == scraped


@pytest.mark.integration
def test_what_is_unknown_at_a_moment_has_no_sample(filled: Mapping[Series, Mapping[datetime, float]]) -> None:
    odds = of(filled, "kpi_odds_eur")
    assert odds[utc("2026-02-09")] == -1000
    assert utc("2026-02-10") not in odds
    assert odds[utc("2026-02-20")] == 1800
    unknown = of(filled, "kpi_exporter_kpi_unknown", kpi="odds", reason="division_by_zero")
    assert utc("2026-02-10") in unknown
    assert utc("2026-02-09") not in unknown


@pytest.mark.integration
def test_values_and_states_of_the_recent_stretch_are_there_every_five_minutes_until_three_hours_ago(
    filled: Mapping[Series, Mapping[datetime, float]],
) -> None:
    for repeated in (of(filled, "kpi_income_eur"), of(filled, "kpi_status", kpi="income")):
        recent = [at for at in repeated if at >= utc("2026-04-22")]
        assert len(recent) == 9 * 288 + 3 * 12 + 1
        assert max(recent) == utc("2026-05-01T03:00")
        assert {later - earlier for earlier, later in pairwise(recent)} == {timedelta(minutes=5)}
        assert len([at for at in repeated if at < utc("2026-04-20")]) == 95
    assert len(of(filled, "kpi_plan", kpi="income", scenario="bear")) == 107


@pytest.mark.process
def test_a_store_gives_the_same_as_the_exporter_that_has_it(
    books: World, exporter: str, tmp_path: Path, without_promtool: None
) -> None:
    stretch = ("--since", "2026-03-01", "--until", "2026-03-20", "--recent", "1h")
    remote = run(exporter, tmp_path / "asked", *stretch)
    assert remote.exit_code == 0, remote.output
    assert "promtool is not on the PATH" in remote.output
    with books.store.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    copied = ("--store", str(shutil.copy(books.store.path, tmp_path / "copy.duckdb")))
    local = run(exporter, tmp_path / "read", *stretch, *copied, "--file", str(books.folder / "company.yaml"))
    assert local.exit_code == 0, local.output
    (one,), (other,) = ((tmp_path / each / "openmetrics").iterdir() for each in ("asked", "read"))
    assert one.read_text() == other.read_text()
    assert one.read_text().endswith("# EOF\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--since", "spring"], "'spring' is not a date or time; write 2026-03-31 or 2026-03-31T12:00:00Z"),
        (["--since", "2999-01-01"], "there is nothing from 2999-01-01 to three hours ago; write an earlier --since"),
        (["--since", "2026-01-01", "--step", "2d"], "steps of 2d are not from 1m to 1d; write for example 1d or 6h"),
        (["--since", "1990-01-01", "--step", "1h"], "are more than 50,000 moments; write longer ones"),
        (["--since", "2026-01-01", "--until", "2999-01-01"], "nothing is known yet of 2999-01-01; leave --until out"),
        (["acne", "--since", "2026-01-01"], "there is no company 'acne'; did you mean `acme`?"),
        (["--since", "2026-01-01", "--store", "kpi.duckdb"], "--store needs --file, the company's catalogue"),
    ],
)
def test_what_cannot_be_answered_is_told_and_nothing_is_written(
    exporter: str, tmp_path: Path, arguments: list[str], message: str
) -> None:
    ended = run(exporter, tmp_path / "out", *arguments)
    assert ended.exit_code != 0
    assert message in ended.output
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_in_it_is_left_alone(exporter: str, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    ended = run(exporter, tmp_path, "--since", "2026-04-01")
    assert ended.exit_code == 1
    assert f"{tmp_path} is there already; name a new folder" in ended.output


def test_the_api_says_what_is_missing(exporter: str) -> None:
    answer = requests.get(f"http://{exporter}/api/v1/backfill", timeout=30)
    assert (answer.status_code, answer.text) == (400, "say since when: /api/v1/backfill?since=2024-01-01\n")


def test_the_defaults_of_the_question_are_those_of_the_command() -> None:
    assert BackfillRequest((), "2026-01-01").recent == "35d"
