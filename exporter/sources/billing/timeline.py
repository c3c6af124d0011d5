"""A value over time, known from marks: what it was seen to be, and when."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Generic, TypeVar

T = TypeVar("T")

_AT = attrgetter("at")


@dataclass(frozen=True)
class DatedValue(Generic[T]):
    """The value from `at` on, which was learnt at `learnt_at`."""

    at: datetime
    value: T
    learnt_at: datetime


@dataclass(frozen=True)
class Piece(Generic[T]):
    """An interval over which the value is the same, and when its value and its end were learnt.

    `end_learnt_at` is None where no mark ends it.
    """

    starts_at: datetime
    ends_at: datetime | None
    value: T
    start_learnt_at: datetime
    end_learnt_at: datetime | None


@dataclass(frozen=True)
class ValueTimeline(Generic[T]):
    """The marks in their order; no two that follow each other are equal.

    Marks may arrive in any order, and again. One between two that were equal ends the first of them only: the second,
    which said nothing new when it came, counts once it is put again.
    """

    marks: tuple[DatedValue[T], ...] = ()

    @property
    def last(self) -> DatedValue[T] | None:
        """The latest mark, None before the first."""
        return self.marks[-1] if self.marks else None

    def at(self, instant: datetime) -> T | None:
        """Return the value at an instant; before the first mark, that of the first."""
        if not self.marks:
            return None
        return self.marks[max(0, bisect_right(self.marks, instant, key=_AT) - 1)].value

    def put(self, at: datetime, value: T, learnt_at: datetime) -> ValueTimeline[T]:
        """Return the timeline with a mark, which replaces one of the same instant."""
        where = bisect_left(self.marks, at, key=_AT)
        before, after = self.marks[:where], self.marks[where:]
        if after and after[0].at == at:
            if after[0].value == value:
                return self
            after = after[1:]
        if before and before[-1].value == value:
            return ValueTimeline((*before, *_differing(after, value)))
        if after and after[0].value == value:
            # The start of the first piece is known from elsewhere, so nothing was learnt by an earlier first mark.
            learnt = max(learnt_at, after[0].learnt_at) if before else after[0].learnt_at
            return ValueTimeline((*before, DatedValue(at, value, learnt), *after[1:]))
        return ValueTimeline((*before, DatedValue(at, value, learnt_at), *after))

    def fill(self, at: datetime, value: T, learnt_at: datetime) -> ValueTimeline[T]:
        """Return the timeline with a mark, unless it has one of that instant."""
        where = bisect_left(self.marks, at, key=_AT)
        present = where < len(self.marks) and self.marks[where].at == at
        return self if present else self.put(at, value, learnt_at)

    def pieces(self, starts_at: datetime, ends_at: datetime | None) -> Iterator[Piece[T]]:
        """Yield the intervals of equal values within a period; the first value also holds before its mark."""
        for index, mark in enumerate(self.marks):
            following = self.marks[index + 1] if index + 1 < len(self.marks) else None
            starts = max(mark.at, starts_at) if index else starts_at
            ends, end_learnt = ends_at, None
            if following is not None and (ends_at is None or following.at < ends_at):
                ends, end_learnt = following.at, following.learnt_at
            if ends is None or ends > starts:
                yield Piece(starts, ends, mark.value, mark.learnt_at, end_learnt)


def _differing(marks: tuple[DatedValue[T], ...], value: T) -> tuple[DatedValue[T], ...]:
    """Return the marks without a first one of this value."""
    return marks[1:] if marks and marks[0].value == value else marks
