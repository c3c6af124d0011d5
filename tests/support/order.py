"""The order in which workers get the tests: what takes long begins first, so that no worker ends long after the others.

A file goes to one worker as a whole; so do the files that look at the demonstration, which is started once.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

DEMONSTRATION = "tests/integration/demonstration"
LATER = ("integration", "process", "slow")
"""Marks of tests by the time that files with them take, the longest first."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    return _ByFile(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order files by the most expensive mark of their selected tests, and leave the order within files alone."""
    places: dict[str, int] = {}
    for item in items:
        file = _unit(item.nodeid)
        places[file] = min(places.get(file, len(LATER)), _place(item))
    items.sort(key=lambda item: (_unit(item.nodeid) != DEMONSTRATION, places[_unit(item.nodeid)]))


def _place(item: pytest.Item) -> int:
    marks = (place for place, mark in enumerate(LATER) if item.get_closest_marker(mark))
    return min(marks, default=len(LATER))


def _unit(nodeid: str) -> str:
    """Return the name of what goes to one worker."""
    return DEMONSTRATION if nodeid.startswith(f"{DEMONSTRATION}/") else nodeid.partition("::")[0]


class _ByFile(LoadFileScheduling):  # type: ignore[misc] # xdist has no types
    def _split_scope(self, nodeid: str) -> str:
        return _unit(nodeid)
