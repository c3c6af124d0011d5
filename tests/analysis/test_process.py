"""Analyses in processes of their own: the same bytes and sentences, an end in time, and nothing that waits for them."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from exporter.analysis.analyses import LocalAnalyses
from exporter.analysis.backfill.definition import BACKFILL
from exporter.analysis.backtest.definition import BACKTEST
from exporter.analysis.definition import Analysis
from exporter.analysis.parameters import NotFound, RequestRefused
from exporter.analysis.process import ProcessAnalyses
from exporter.records.health import StoreFailed
from tests.servers.process import wait_until
from tests.support.full_disk import longest_file
from tests.support.world import World, utc

pytestmark = pytest.mark.process

NOW = utc("2026-03-10T12:00")
DEALS = [
    {"deal_id": number, "kind": "new", "amount": 100, "currency": "EUR", "created_at": f"2026-{1 + number % 2:02}-09"}
    for number in range(40)
]
COMPANY = {"company": ["acme"], "since": ["2026-02-01"]}
LONG = {"company": ["acme"], "since": ["2025-09-01"], "step": ["1h"]}


class Both:
    """The analyses of one store, here and in other processes."""

    def __init__(self, world: World) -> None:
        self.world = world
        companies = {"acme": world.company}
        self.here = LocalAnalyses(world.store, lambda: companies, lambda: NOW)
        self.there = ProcessAnalyses(world.store, lambda: companies, lambda: NOW)

    @property
    def running(self) -> int:
        return len(self.there._processes._running)

    def left(self) -> Sequence[Path]:
        """Return what is left beside the store of copies of it."""
        return [*Path(f"{self.world.store.path}.spool").iterdir()]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    world = World(tmp_path_factory.mktemp("world"), {"deals": DEALS}).poll(NOW - timedelta(hours=1))
    both = Both(world)
    yield both
    assert (both.running, both.left()) == (0, [])
    world.store.close()


@pytest.mark.parametrize(
    ("analysis", "texts"),
    [
        (BACKTEST, {**COMPANY, "threshold": ["new_customers.critical=< 30"]}),
        (BACKFILL, COMPANY),
    ],
    ids=["backtest", "backfill"],
)
def test_an_answer_is_the_same_byte_by_byte(
    both: Both, analysis: Analysis[Any, Any], texts: Mapping[str, Sequence[str]]
) -> None:
    here, there = both.here.answer(analysis, texts), both.there.answer(analysis, texts)
    assert (there.media_type, there.style_hash) == (here.media_type, here.style_hash)
    text = there.text
    assert text == here.text
    assert len(text) > 500


@pytest.mark.parametrize(
    ("texts", "error"),
    [
        ({"company": ["acmee"], "since": ["2026-02-01"]}, NotFound),
        ({**COMPANY, "kpi": ["mmr"], "until": ["2027-01-01"]}, RequestRefused),
    ],
    ids=["company", "KPI"],
)
def test_what_cannot_be_answered_has_the_same_sentence(
    both: Both, texts: Mapping[str, Sequence[str]], error: type[Exception]
) -> None:
    with pytest.raises(ValueError, match=r"\w") as here:
        both.here.answer(BACKTEST, texts)
    with pytest.raises(error) as there:
        both.there.answer(BACKTEST, texts)
    assert str(there.value) == str(here.value)


def test_what_takes_too_long_is_ended_and_says_so(both: Both) -> None:
    with pytest.raises(RequestRefused, match=r"^the backtest takes more than 0\.01 seconds; ask for less$"):
        both.there.answer(replace(BACKTEST, timeout=0.01), LONG)


def test_without_room_for_a_copy_it_is_refused(both: Both) -> None:
    with longest_file(1000), pytest.raises(StoreFailed) as failed:
        both.there.answer(BACKTEST, COMPANY)
    assert str(failed.value) == "the record store cannot be copied for the analysis: file too large"
    assert both.world.store.health.fault is None


def test_polls_are_stored_while_it_computes_and_a_client_that_leaves_ends_it(both: Both) -> None:
    content = both.there.answer(BACKFILL, {**COMPANY, "since": ["2025-01-01"]})
    both.world.poll(NOW)
    assert both.running == 1
    pieces = content.pieces
    assert next(pieces)
    assert isinstance(pieces, Iterator)
    pieces.close()  # type: ignore[attr-defined]  # a generator
    assert (both.running, both.left()) == (0, [])


def end_by_signal(both: Both) -> None:
    for each in list(both.there._processes._running):
        each.send_signal(signal.SIGKILL)


@pytest.mark.parametrize(
    ("end", "error", "sentence"),
    [
        (end_by_signal, RequestRefused, "the backtest takes more memory than there is for it; ask for less"),
        (lambda both: both.there.limited_to(["acme"]).stop(), StoreFailed, "the exporter ends"),
    ],
    ids=["killed", "exporter ends"],
)
def test_one_that_is_ended_says_why(
    both: Both, end: Callable[[Both], None], error: type[Exception], sentence: str
) -> None:
    each = Both(both.world)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(each.there.answer, BACKTEST, LONG)
        wait_until(lambda: each.running == 1, "the process")
        end(each)
        with pytest.raises(error) as ended:
            answer.result(60)
    assert str(ended.value) == sentence
    assert (each.running, each.left()) == (0, [])


def test_an_exporter_that_ends_starts_none(both: Both) -> None:
    each = Both(both.world)
    each.there.stop()
    with pytest.raises(StoreFailed, match="the exporter ends"):
        each.there.answer(BACKTEST, COMPANY)
