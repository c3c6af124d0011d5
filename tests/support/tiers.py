"""The tiers of the tests: what each runs, the programs that it needs, and a guard that holds the marks to the truth.

A test that starts a process of this program has the mark `process`; one that starts or asks another program, such as
Prometheus or promtool, `integration`; one that `make test` leaves to `make test-all`, `exhaustive`.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

PROGRAMS = frozenset({"alertmanager", "browser", "demo", "mariadb", "postgres", "prometheus"})
"""The fixtures that start a program: whoever asks for one of them has the mark `integration`."""

USUAL = 100
"""The examples by which hypothesis counts, and to which `examples` scales; the tiers try a part of them or more."""

INSTALL_SERVERS = "INSTALL_SERVERS"
"""Is in the environment where the programs that the selected tests need may be installed."""

INSTALL = Path(__file__).parents[2] / "scripts" / "install-servers.sh"

settings.register_profile("fast", max_examples=USUAL // 4, deadline=None)
settings.register_profile("default", max_examples=USUAL // 3, deadline=None)
settings.register_profile("all", max_examples=USUAL * 8, deadline=None)
settings.load_profile("default")


class _Running:
    """The test that runs in this process."""

    item: pytest.Item | None = None


def pytest_configure() -> None:
    sys.addaudithook(_refuse_unmarked_processes)


def pytest_itemcollected(item: pytest.Item) -> None:
    if isinstance(item, pytest.Function) and PROGRAMS.intersection(item.fixturenames):
        item.add_marker(pytest.mark.integration)


def pytest_collection_finish(session: pytest.Session) -> None:
    if INSTALL_SERVERS not in os.environ or session.config.option.collectonly:
        return
    if any(item.get_closest_marker("integration") for item in session.items):
        _install()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> object:
    _Running.item = item
    try:
        return (yield)
    finally:
        _Running.item = None


def _install() -> None:
    """Install in one worker, while the others wait for it."""
    with (Path(tempfile.gettempdir()) / "kpi-exporter-install-servers.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run([INSTALL], stdout=sys.__stderr__, check=False)
    if done.returncode:
        pytest.exit(f"{INSTALL} could not install the programs that these tests need", done.returncode)


def _refuse_unmarked_processes(event: str, arguments: tuple[object, ...]) -> None:
    """Fail a test without the mark: else `make test-fast` would need programs that it does not install."""
    if event not in ("subprocess.Popen", "os.fork", "os.posix_spawn"):
        return
    item = _Running.item
    if item is not None and not any(item.get_closest_marker(mark) for mark in ("integration", "process")):
        raise RuntimeError(f"{item.nodeid} starts a process: mark it `process`, or `integration` for other programs")
