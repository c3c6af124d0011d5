"""Every board as Grafana's components draw it: no text is cut, and no panel is empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.demonstration.backfilled import WEEKS, backfilled
from tests.render.drawing import Drawing, drawing
from tests.servers.exporter_process import Exporter
from tests.servers.process import wait_until
from tests.support.boards import boards

pytestmark = [pytest.mark.integration, pytest.mark.exhaustive]

BOARDS = boards(Path(__file__).parents[3])


@pytest.fixture(scope="module")
def drawer(demo: Exporter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drawing]:
    with backfilled(demo, tmp_path_factory.mktemp("prometheus"), WEEKS) as running:
        wait_until(lambda: running.prometheus.query('ALERTS{alertname="KpiWatchdog"}') != [], "the rules", 240)
        with drawing(running.prometheus.url) as drawer:
            yield drawer


@pytest.mark.parametrize("path", BOARDS)
def test_no_text_is_cut_and_no_panel_is_empty(drawer: Drawing, path: str) -> None:
    drawn = drawer.draw(BOARDS[path], full=True)
    assert (drawn.faults, drawn.overflows, drawn.empty) == ([], [], [])
