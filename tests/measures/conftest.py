"""A book of its own for each test: that of another company in the one store of a module."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from exporter.records.store import Store
from tests.measures.book import Book
from tests.support.stores import new_store

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = new_store(tmp_path_factory.mktemp("books") / "records.duckdb")
    yield store
    store.close()


@pytest.fixture
def book(shared_store: Store) -> Book:
    return Book(shared_store, f"company {next(_NUMBERS)}")
