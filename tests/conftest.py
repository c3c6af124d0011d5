"""The real servers that tests share: started once in a run, when the first test asks for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.mariadb import MariaDb
from tests.servers.postgres import Postgres
from tests.servers.prometheus import Prometheus

pytest_plugins = ["tests.support.tiers", "tests.support.processor_time", "pytester"]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """An empty PostgreSQL; a test makes a schema or tables of its own."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    """An empty MariaDB; a test makes a database or tables of its own."""
    with MariaDb() as server:
        yield server


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus that scrapes itself, for the first time some seconds after it started."""
    with Prometheus(tmp_path_factory.mktemp("prometheus")) as server:
        yield server
