"""The messages of a poll: rows of record tables, answers of direct measures, or the reason for its failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from exporter.calendar.windows import Period

Row = Mapping[str, object]
"""A row as its source delivers it: canonical column name to text, number, date, bool, None or `Unreadable`."""


@dataclass(frozen=True)
class Unreadable:
    """A value that cannot be read. Its row is rejected; `reason` says why and what to write instead."""

    reason: str


class SourceFailed(Exception):
    """A poll failed. The message is for people and holds no secret."""


class HttpFailed(SourceFailed):
    """A server refused a request; `status` is what it answered, such as 403 or 404."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class ChangedMeanwhile(SourceFailed):
    """The data changed during the poll. Another poll, started at once, may read it consistently."""


@contextmanager
def about(what: str) -> Iterator[None]:
    """Prefix the message of a `SourceFailed` that is raised inside with its subject, such as `table deals`."""
    try:
        yield
    except ChangedMeanwhile as failure:
        raise ChangedMeanwhile(f"{what}: {failure}") from None
    except SourceFailed as failure:
        raise SourceFailed(f"{what}: {failure}") from None


@dataclass(frozen=True)
class Limits:
    """The catalogue's own limits for polls of a table, in percent of its rows; None leaves the default.

    `may_shrink` limits the rows that a snapshot removes, `may_reject` those that are bad. `may_reject_all` lets a poll
    go on though every row is bad, such as payments in another currency than that of the reports.
    """

    may_shrink: Decimal | None = None
    may_reject: Decimal | None = None
    may_reject_all: bool = False


@dataclass(frozen=True)
class RowSet:
    """Rows that a source can write as a set, many in one statement; whoever wants to see each iterates over them.

    Attributes:
        one_by_one: Yields the rows.
        write: Writes the same rows into files of a folder, and yields each file when it is whole. It is Parquet with
            the columns of the record table and `spool.UNREADABLE`, all of them texts as `spool.as_text` returns them.
    """

    one_by_one: Callable[[], Iterator[Row]]
    write: Callable[[Path], Iterator[Path]]

    def __iter__(self) -> Iterator[Row]:
        return self.one_by_one()


@dataclass(frozen=True)
class Records:
    """Rows for one canonical table.

    With `snapshot`, these are all rows of the source: earlier ones that are not among them are removed. Without it,
    they are added to the table, and replace rows of the same key.
    """

    table: str
    rows: Iterator[Row] | RowSet
    snapshot: bool
    limits: Limits = Limits()


@dataclass(frozen=True)
class Removed:
    """What is gone from a table that the source gives in parts.

    Each of `rows` names the values of the same columns: those of the table's key, or others such as `subscription_id`.
    Rows of the source with these values are removed, unless the same poll delivers them: so `Removed` by
    `subscription_id`, with `Records` of all that a subscription has now, replaces one subscription.
    """

    table: str
    rows: Iterator[Row]


@dataclass(frozen=True)
class Unfinished:
    """A whole slice of a first run was yielded, and there is more to read.

    What came since the poll began, or since the last slice, is stored with the cursor as it is now. The poll goes on if
    another slice fits into its time; else the next one begins there, at once. Until a poll comes to its end, the source
    was never read successfully, and what rests on it is unknown.

    Attributes:
        share: How much of the first run is done, from 0 to 1.
        reached: How far it is, for people: `incidents until 2025-03-01`.
    """

    share: float
    reached: str

    @property
    def text(self) -> str:
        """How far it is, as people read it."""
        return f"{int(self.share * 100)}%, {self.reached}"


@dataclass(frozen=True)
class Remembered:
    """What a source remembers of single things from poll to poll, as texts by their keys; None forgets one.

    It is stored in one transaction with the rows of the poll, and beside the cursor, which is read at every poll.
    """

    texts: Iterator[tuple[str, str | None]]


@dataclass(frozen=True)
class Estimated:
    """Rows of tables that are of before an instant were reconstructed by a rule, since the source has no trace of them.

    Attributes:
        tables: The record tables whose rows are of such a kind.
        before: From this instant on they are exact.
        why: What was reconstructed, and by which rule, for people.
    """

    tables: tuple[str, ...]
    before: datetime
    why: str


@dataclass(frozen=True)
class Corrected:
    """How many things a source ever showed in full otherwise than its reports of changes had it, up to this poll."""

    total: int


@dataclass(frozen=True)
class Unchanged:
    """The table has not changed since the last poll, so its rows were not read again."""

    table: str


@dataclass(frozen=True)
class Answer:
    """One direct measure's number, with its labels; None where the source has no number.

    It holds for the time of the poll or, with `period`, for a requested period. `reason` says what the source answered
    in place of a number, such as NaN.
    """

    measure: str
    value: Decimal | None
    labels: Mapping[str, str] = field(default_factory=dict)
    period: Period | None = None
    reason: str | None = field(default=None, compare=False)


Item = Records | Removed | Remembered | Estimated | Corrected | Unchanged | Answer | Unfinished
"""What a poll yields."""

_TRUTH: Mapping[object, Decimal] = {
    **dict.fromkeys((True, "true", "True", "TRUE", b"\x01"), Decimal(1)),
    **dict.fromkeys((False, "false", "False", "FALSE", b"\x00"), Decimal(0)),
}
"""Booleans as numbers: of JSON and databases, also written as texts, and MySQL's BIT(1)."""


def number(value: object) -> Decimal | None:
    """Return a number as Decimal, 1 and 0 for true and false, None for NULL.

    Raises:
        ArithmeticError: The value is not a number.
    """
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
    """Return a finite number as Decimal; None for NULL, NaN and infinities, which are unknown."""
    decimal = number(value)
    return decimal if decimal is not None and decimal.is_finite() else None
