"""Items that are read ahead arrive as they would without, and so does what ends them."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.sources.read_ahead import read_ahead
from tests.support.examples import examples


@examples(50)
@given(items=st.lists(st.none() | st.integers()), wanted=st.integers(0, 5))
def test_each_item_comes_once_in_its_order(items: list[int | None], wanted: int) -> None:
    assert list(read_ahead(iter(items))) == items
    ahead = read_ahead(iter(items))
    assert [next(ahead, "end") for _ in range(min(wanted, len(items)))] == items[:wanted]


def test_the_item_behind_is_read_while_the_caller_works() -> None:
    behind = Event()

    def two() -> Iterator[int]:
        yield 1
        behind.set()
        yield 2

    ahead = read_ahead(two())
    assert next(ahead) == 1
    assert behind.wait(30)


def test_a_failure_comes_after_what_was_read_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    ahead = read_ahead(failing())
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="broken"):
        next(ahead)


def test_what_is_read_is_ended_with_its_reader() -> None:
    ended = Event()

    def endless() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            ended.set()

    ahead = read_ahead(endless())
    next(ahead)
    ahead.close()  # type: ignore[attr-defined]
    assert ended.is_set()
