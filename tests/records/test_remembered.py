"""What a source remembers by key, and what it says of how sure its rows are: stored with the poll, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.records.batch import Corrected, Estimated, Remembered
from exporter.records.store import Store
from tests.support.polls import NOON, Poll, poll_into


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a store."""
    opened = Store(tmp_path / "kpi.duckdb")
    yield opened
    opened.close()


@pytest.fixture
def poll(store: Store) -> Poll:
    return poll_into(store)


def remembered(**texts: str | None) -> Remembered:
    return Remembered(iter(texts.items()))


def test_texts_are_recalled_by_key_and_forgotten(store: Store, poll: Poll) -> None:
    poll(remembered(a="1", b="2"))
    poll(remembered(a="3", c="4"))
    assert store.polls.remembered("acme", "crm", ["a", "b", "c", "d"]) == {"a": "3", "b": "2", "c": "4"}
    poll(remembered(a=None))
    assert store.polls.remembered("acme", "crm", ["a", "b"]) == {"b": "2"}
    assert store.polls.remembered("acme", "desk", ["b"]) == {}


def test_what_is_estimated_is_as_the_last_poll_had_it(store: Store, poll: Poll) -> None:
    poll(Estimated(("deals", "leads"), NOON, "first"))
    poll(Estimated(("deals",), NOON, "second"))
    assert [(each.table, each.why) for each in store.polls.estimated("acme")] == [
        ("deals", "second"),
        ("leads", "first"),
    ]
    assert store.polls.estimated("acme")[0].text == "deals of crm is estimated before 2026-03-02 12:00 UTC: second"


def test_corrections_are_those_of_the_last_poll_that_counted_them(store: Store, poll: Poll) -> None:
    poll()
    assert store.polls.state("acme")["crm"].corrections is None
    poll(Corrected(3))
    poll()
    assert store.polls.state("acme")["crm"].corrections == 3
