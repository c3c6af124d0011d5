"""The interface of a source: options that are checked when the catalogue loads, and `poll`, which reads."""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from exporter.calendar.durations import Duration, at_most
from exporter.calendar.schedule import Schedule, schedule_of
from exporter.calendar.staleness import stale_after
from exporter.calendar.windows import Period
from exporter.measures.model import Nature
from exporter.quantities import units
from exporter.records.batch import Item, SourceFailed
from exporter.strict_model import StrictModel, secret_texts

if TYPE_CHECKING:
    from exporter.revenue.parameters import LedgerParameters


Cursor = MutableMapping[str, str]
"""What a source remembers between polls, such as a position by table; stored in one transaction with its rows."""


class Deadline:
    """The instant by which a poll must be over."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends = clock() + seconds
        self.seconds = seconds

    def remaining(self) -> float:
        """Return the seconds that are left, 0 when the time is up."""
        return max(0.0, self._ends - self._clock())

    def failure(self) -> SourceFailed | None:
        """Return what to raise when the time is up; None before."""
        return None if self.remaining() > 0 else SourceFailed(f"timed out after {self.seconds:g}s")

    def check(self) -> None:
        """Raise `SourceFailed` when the time is up."""
        if failure := self.failure():
            raise failure


@dataclass(frozen=True)
class Demand:
    """The periods that a company requires of a source that computes measures, and how it counts revenue."""

    periods: Mapping[str, Collection[Period]]
    terms: LedgerParameters


NOT_SET = "(not set)"
"""Stands for a value from a variable or a file that is missing, where nothing is polled and none is needed."""


def is_url(text: str) -> bool:
    """Tell whether a text that should name a file is an address, such as https://host/file or s3://bucket/file."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text) is not None


def _on_this_machine(value: object) -> object:
    if isinstance(value, str) and is_url(value):
        raise ValueError("is an address, not a file; write the path of a file on this machine")
    return value


def beside_the_catalogue(path: Path, info: ValidationInfo) -> Path:
    """Return an absolute path; a relative one is below `folder` of the validation context."""
    folder: Path = (info.context or {}).get("folder", Path())
    try:
        return (folder / path.expanduser()).absolute()
    except RuntimeError:
        raise ValueError("begins with ~ and the name of a user who has no home here") from None


FilePath = Annotated[Path, BeforeValidator(_on_this_machine), AfterValidator(beside_the_catalogue)]
"""A file or a pattern of files. A relative path is below `folder` of the validation context, the catalogue's folder;
without a context, below the current folder."""


class MeasureOptions(StrictModel):
    """Base of a direct measure: the unit of its number and the labels that its breakdown carries."""

    unit: str = Field(description="unit of the number: EUR, ratio, count, duration (seconds), months, ...")
    nature: Nature | None = Field(
        default=None,
        description="stock, an amount at the period's end; flow, what adds up over it; whole, any other; "
        "stock if not given, or as the shipped measure of the same name",
    )
    by: tuple[str, ...] = Field(default=(), description="labels of the answer that make a breakdown")
    total: Literal["sum"] | None = Field(
        default=None, description="sum: the parts add up to the total, if the answer does not give it"
    )

    @model_validator(mode="after")
    def _adds_up(self) -> MeasureOptions:
        if self.total and not self.by:
            raise ValueError("`total: sum` is of parts; name their label in `by`")
        if self.total and not units.may_be_added(self.unit):
            raise ValueError(f"`total: sum` is of parts that add up, which those in {self.unit} do not")
        return self


class Options(StrictModel, ABC):
    """Base of the options of a source, which are its section of the catalogue; each kind of source extends it."""

    reads: ClassVar[str]
    """A phrase that goes on a sentence beginning with the type: `reads JSON over HTTP`."""

    type: str
    every: Annotated[Duration, at_most("1 year")] | None = Field(
        default=None, ge=0.01, description="interval between polls; 5m if cron is not given"
    )
    cron: str | None = Field(default=None, description="five cron fields, instead of `every`")
    timezone: str | None = Field(
        default=None, description="zone of `cron` and of times without an offset; the company's if not given"
    )
    timeout: Annotated[Duration, at_most("1 day")] = Field(
        default=30.0, gt=0, description="a poll is over by then, counted from its start"
    )
    max_age: Duration = Field(
        default=7 * 86400.0,
        gt=0,
        description="older than this, what the source said is unknown rather than shown",
    )

    @model_validator(mode="after")
    def _one_schedule(self) -> Options:
        if self.every is not None and self.cron is not None:
            raise ValueError("give `every` or `cron`, not both")
        return self

    def schedule(self, company: str, source: str, timezone: str) -> Schedule:
        """Return when this source of a company is polled; `timezone` is the company's."""
        return schedule_of(self.every, self.cron, self.timezone or timezone, company, source)

    def stale_after(self, timezone: str) -> float:
        """Return the seconds since its last success after which it is stale; `timezone` is the company's."""
        return stale_after(self.every, self.cron, self.timezone or timezone, self.timeout)

    @abstractmethod
    def record_tables(self) -> Mapping[str, tuple[str, ...]]:
        """Return the record tables that this source fills, each with the columns that its options name, if any."""

    @abstractmethod
    def direct_measures(self) -> Mapping[str, MeasureOptions]:
        """Return the direct measures that this source answers, by name."""

    def lacking_columns(self) -> Iterator[tuple[str, str]]:
        """Yield the record tables that polls cannot fill, each with a sentence that says which columns are missing.

        Called by commands that check a catalogue; it may look into files of this machine, and connects to nothing.
        """
        yield from ()

    def secrets(self) -> Iterator[str]:
        """Yield everything that no message may repeat: every `SecretStr` among the options, and what kinds add."""
        yield from secret_texts(self)

    @abstractmethod
    def build(self, name: str) -> Source:
        """Return the source, called `name` in the catalogue. Opens no connection."""


@dataclass(frozen=True)
class Context:
    """What a poll may use.

    Attributes:
        deadline: When the poll must be over.
        cursor: What the source stored at its last successful poll; changes are stored if this one succeeds.
        now: The instant of the poll.
        timezone: The zone of times without an offset.
        demand: Returns the periods that are required; None where nobody asks for periods.
        recall: Returns the texts that the source remembers of some keys, without those that it has none of.
    """

    deadline: Deadline
    cursor: Cursor
    now: datetime
    timezone: str
    demand: Callable[[], Demand] | None = None
    trace: Callable[[str], None] = lambda _: None
    recall: Callable[[Collection[str]], Mapping[str, str]] = lambda _: {}


@dataclass(frozen=True)
class Permission:
    """Whether the credentials of a source may read one thing.

    Attributes:
        reads: What is read, by the vendor's word for the permission: `Invoices: read`.
        tables: The record tables that lack rows or columns without it.
        refusal: What the server says against it; None if it may be read.
    """

    reads: str
    tables: tuple[str, ...]
    refusal: str | None = None


class Source(ABC):
    """One external system: built once from its options, then polled again and again, by one thread at a time."""

    @abstractmethod
    def poll(self, context: Context) -> Iterator[Item]:
        """Read everything that the options ask for; the rows of a table are read before the next item.

        Raises:
            SourceFailed: With a sentence for people; nothing of a failed poll is stored.
        """

    def permissions(self, deadline: Deadline) -> Iterator[Permission]:
        """Ask for the least of everything that a poll reads, and yield whether the credentials may read it.

        Called by `kpi-exporter try` and `init`. A refusal is no failure, so that all of them are named at once.

        Raises:
            SourceFailed: If the server cannot be asked.
        """
        yield from ()

    def currency(self, deadline: Deadline) -> str | None:
        """Return the currency that most of its amounts are in, for a first catalogue; None if it cannot be told.

        Raises:
            SourceFailed: If the server cannot be asked.
        """
        return None

    def close(self) -> None:  # noqa: B027 - closing is optional
        """Close connections; the source is not polled again."""
