"""The demonstration that all tests of this folder look at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from exporter.conventions import UNKNOWN
from tests.servers.exporter_process import Exporter
from tests.servers.process import wait_until


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exporter]:
    """`kpi-exporter demo`, when every source was read.

    Of its past it computes days, not five years, which would take a processor for minutes beside the tests.
    """
    folder = tmp_path_factory.mktemp("demo")
    with Exporter(folder, [], command="demo") as running:
        for file in folder.glob("*/company.yaml"):
            file.write_text(f"{file.read_text()}\nhistory: {{keep: 10d, dense: 0s}}\n")
        assert running.reload().ok
        wait_until(lambda: running.ready() and not _awaited(running), "every source to be read and shown", 120)
        yield running


def _awaited(running: Exporter) -> bool:
    return any(name == UNKNOWN and ("reason", "not_polled") in labels for name, labels in running.series())
