"""What several of these tests look at: the demonstration, which polls only while a module asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from exporter.conventions import UNKNOWN
from tests.servers.exporter_process import Exporter
from tests.servers.process import wait_until


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """`kpi-exporter demo`, when every source was read."""
    running = Exporter(tmp_path_factory.mktemp("demo"), [], command="demo")
    with running:
        wait_until(lambda: running.ready() and not _awaited(running), "every source to be read and shown", 120)
        yield running


def _awaited(running: Exporter) -> bool:
    return any(name == UNKNOWN and ("reason", "not_polled") in labels for name, labels in running.series())
