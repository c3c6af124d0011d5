"""A source of each kind in turn, and a store to poll it into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.records.store import Store
from tests.servers.postgres import Postgres
from tests.sources.databases import PostgresDatabase
from tests.sources.table_sources import KINDS, FillTable, table_filler
from tests.support.stores import new_store

SERVERS = ("postgresql", "mariadb")
LEFT_TO_MAKE_TEST = ("jsonl", "parquet", "prometheus")
"""Kinds without a path of their own, next to those that `make test-fast` tries: files, HTTP and SQL."""


def _parameter(kind: str) -> object:
    if kind in SERVERS:
        return pytest.param(kind, marks=pytest.mark.integration)
    return pytest.param(kind, marks=pytest.mark.slow) if kind in LEFT_TO_MAKE_TEST else kind


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open an empty store; close it after the test."""
    opened = new_store(tmp_path / "records.duckdb")
    yield opened
    opened.close()


@pytest.fixture
def database(postgres: Postgres) -> Iterator[PostgresDatabase]:
    """Make a database on the PostgreSQL server; drop it after the test."""
    made = PostgresDatabase(postgres)
    yield made
    made.drop()


@pytest.fixture(params=map(_parameter, KINDS))
def fill_table(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FillTable]:
    """Fill record tables by a source of each kind."""
    with table_filler(request.param, request, tmp_path) as fill:
        yield fill
