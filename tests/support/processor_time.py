"""`--processor-time` prints what the tests of each folder take of the processor, which a busy machine hardly changes.

The time of a program that a test has started counts where the test has waited for its end.
"""

from __future__ import annotations

import os
from collections import defaultdict
from operator import itemgetter
from pathlib import PurePath

import pytest

SPENT = "seconds of the processor"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--processor-time", action="store_true", help="print the processor time by folder and file")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("processor_time"):
        config.pluginmanager.register(_Times())


class _Times:
    """Measures in the workers, and adds up where the reports come together."""

    def __init__(self) -> None:
        self._began = 0.0
        self._by_file: dict[str, float] = defaultdict(float)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        self._began = _spent()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> object:
        try:
            return (yield)
        finally:
            item.user_properties.append((SPENT, _spent() - self._began))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            self._by_file[report.nodeid.partition("::")[0]] += float(str(dict(report.user_properties).get(SPENT, 0.0)))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        folders: dict[str, float] = defaultdict(float)
        for file, seconds in self._by_file.items():
            folders["/".join(PurePath(file).parts[:2])] += seconds
        terminalreporter.section(SPENT)
        for title, times, most in (("folders", folders, None), ("the ten longest files", self._by_file, 10)):
            terminalreporter.write_line(f"{title}:")
            for name, seconds in sorted(times.items(), key=itemgetter(1), reverse=True)[:most]:
                terminalreporter.write_line(f"{seconds:8.1f}  {name}")


def _spent() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
