"""What several of these tests look at: the demonstration, which polls only while a module asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from exporter.conventions import UNKNOWN
from tests.integration.backfilled import Backfilled
from tests.integration.backfilled import backfilled as started
from tests.integration.exporter_process import Exporter
from tests.servers.process import wait_until


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """`kpi-exporter demo`, when every source was read."""
    running = Exporter(tmp_path_factory.mktemp("demo"), [], command="demo")
    with running:
        wait_until(lambda: running.ready() and not _awaited(running), "every source to be read and shown", 120)
        yield running


@pytest.fixture(scope="module")
def backfilled(demo: Exporter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backfilled]:
    """A Prometheus that holds three years of the four simulated companies, scrapes them and has the committed rules.

    The first module of the session that asks for it waits a minute or two until the past is computed.
    """
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with started(demo, tmp_path_factory.mktemp("prometheus"), shared) as found:
        yield found


def _awaited(running: Exporter) -> bool:
    return any(name == UNKNOWN and ("reason", "not_polled") in labels for name, labels in running.series())
