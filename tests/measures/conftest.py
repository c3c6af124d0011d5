"""A book of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.records.store import Store
from tests.measures.book import Book


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    store = Store(tmp_path / "records.duckdb")
    yield Book(store)
    store.close()
