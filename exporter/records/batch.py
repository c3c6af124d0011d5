"""What a poll gives: rows of record tables, answers of direct measures, or the reason why it failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from exporter.calendar.windows import Period

Row = Mapping[str, object]
"""A row as the source gives it: canonical column name to value (text, number, date, bool, None or Unreadable)."""


@dataclass(frozen=True)
class Unreadable:
    """Stands for a value that cannot be read: its row is set aside, and the reason says why and what to write."""

    reason: str


class SourceFailed(Exception):
    """A poll that could not be completed. The message is for people and holds no secret."""


class ChangedMeanwhile(SourceFailed):
    """What was read changed before the poll was over. Another poll, begun at once, may see it whole."""


@contextmanager
def about(what: str) -> Iterator[None]:
    """Begin the message of a `SourceFailed` raised inside with what it is about, such as `table deals`."""
    try:
        yield
    except ChangedMeanwhile as failure:
        raise ChangedMeanwhile(f"{what}: {failure}") from None
    except SourceFailed as failure:
        raise SourceFailed(f"{what}: {failure}") from None


@dataclass(frozen=True)
class Limits:
    """What a poll of a table may do, in percent of its rows, where the catalogue says so.

    `may_shrink` is how many a snapshot may take away, `may_reject` how many may be bad.
    """

    may_shrink: Decimal | None = None
    may_reject: Decimal | None = None


@dataclass(frozen=True)
class Records:
    """Rows for one canonical table.

    With `snapshot`, these rows are all there are: what this source gave earlier for the table and does not
    give now is removed. Without it, they are added to, and replace by key, what is there.
    """

    table: str
    rows: Iterator[Row]
    snapshot: bool
    limits: Limits = Limits()


@dataclass(frozen=True)
class Unchanged:
    """The table is as it was at the last poll; its rows are not read again."""

    table: str


@dataclass(frozen=True)
class Answer:
    """One direct measure's number, with its labels; None where the source has no number.

    It is the number now or, with `period`, that of a period which was asked for. `reason` says what else the source
    gave in the place of a number, such as NaN.
    """

    measure: str
    value: Decimal | None
    labels: Mapping[str, str] = field(default_factory=dict)
    period: Period | None = None
    reason: str | None = field(default=None, compare=False)


_TRUTH: Mapping[object, Decimal] = {
    **dict.fromkeys((True, "true", "True", "TRUE", b"\x01"), Decimal(1)),
    **dict.fromkeys((False, "false", "False", "FALSE", b"\x00"), Decimal(0)),
}
"""Truth as a number: that of JSON and of databases, as texts too, and MySQL's BIT(1)."""


def number(value: object) -> Decimal | None:
    """A number as Decimal, 1 and 0 for true and false; None for NULL. `ArithmeticError` for what is none."""
    if value is None:
        return None
    if isinstance(value, bool | str | bytes) and value in _TRUTH:
        return _TRUTH[value]
    match value:
        case int() | Decimal():
            return Decimal(value)
        case float():
            return Decimal(repr(value))
        case list() | dict():
            raise InvalidOperation
        case str() if "_" in value:  # Python reads 1_000
            raise InvalidOperation
        case _:
            return Decimal(str(value))


def decimal_or_none(value: object) -> Decimal | None:
    """A finite number as Decimal; None for NULL, NaN and infinities, which are unknown."""
    found = number(value)
    return found if found is not None and found.is_finite() else None
