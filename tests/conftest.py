"""What the tests of several rooms ask for: the real servers, started once in a run, and companies in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.mariadb import MariaDb
from tests.servers.postgres import Postgres
from tests.servers.prometheus import Prometheus
from tests.support.world import MakeWorld, Tables, World

pytest_plugins = ["tests.support.tiers", "tests.support.order", "tests.support.processor_time", "pytester"]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Yield an empty PostgreSQL; a test makes a schema or tables of its own."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    """Yield an empty MariaDB; a test makes a database or tables of its own."""
    with MariaDb() as server:
        yield server


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Yield a Prometheus that scrapes itself, for the first time some seconds after it started."""
    with Prometheus(tmp_path_factory.mktemp("prometheus")) as server:
        yield server


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MakeWorld]:
    """Make a world from its tables, or several; their stores are closed when the test is over."""
    worlds: list[World] = []

    def make(tables: Tables, **options: Any) -> World:
        folder = tmp_path / f"world{len(worlds)}"
        folder.mkdir()
        worlds.append(World(folder, tables, **options))
        return worlds[-1]

    yield make
    for made in worlds:
        made.store.close()
