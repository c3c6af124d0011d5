"""What every source is: options checked when the catalogue loads, and one `poll` for records or answers."""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator

from exporter.calendar.durations import Duration
from exporter.calendar.schedule import Schedule, schedule_of
from exporter.calendar.staleness import stale_after
from exporter.calendar.windows import Period
from exporter.quantities import units
from exporter.records.batch import (
    Answer,
    Records,
    SourceFailed,
    Unchanged,
)

if TYPE_CHECKING:
    from exporter.revenue.parameters import LedgerParameters


Cursor = MutableMapping[str, str]
"""What a source wants to remember between polls, per table; stored in the same transaction as its rows."""


class Deadline:
    """The instant by which a poll must be over, counted from its start. `remaining` never goes below 0."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ends = clock() + seconds
        self.seconds = seconds

    def remaining(self) -> float:
        return max(0.0, self._ends - self._clock())

    def failure(self) -> SourceFailed | None:
        """What to raise when the time is up; None while it is not."""
        return None if self.remaining() > 0 else SourceFailed(f"timed out after {self.seconds:g}s")

    def check(self) -> None:
        """Raise `SourceFailed` when the time is up."""
        if failure := self.failure():
            raise failure


@dataclass(frozen=True)
class Demand:
    """What a company needs of a source that computes measures for periods: which, by measure, and on what terms."""

    periods: Mapping[str, Collection[Period]]
    terms: LedgerParameters


NOT_SET = "(not set)"
"""Stands for a value from a variable or a file that is not there, where nothing is polled and none is needed."""


class Strict(BaseModel):
    """A part of a source's options: unknown keys are errors, and no error repeats what may be a secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def is_url(text: str) -> bool:
    """Whether a text that should name a file is an address, such as https://host/file or s3://bucket/file."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text) is not None


def _on_this_machine(value: object) -> object:
    if isinstance(value, str) and is_url(value):
        raise ValueError("is an address, not a file; write the path of a file on this machine")
    return value


def _beside_the_catalogue(path: Path, info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    return (folder / path.expanduser()).absolute()


FilePath = Annotated[Path, BeforeValidator(_on_this_machine), AfterValidator(_beside_the_catalogue)]
"""A file or a pattern of files. A relative path counts from `folder` of the validation context, which is the
catalogue's; from the current folder if there is none."""


class MeasureOptions(Strict):
    """Base of a direct measure: the unit of its number and the labels that its breakdown carries."""

    unit: str = Field(description="unit of the number: EUR, ratio, count, duration (seconds), months, ...")
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


class Options(Strict, ABC):
    """Base of what a source's section of the catalogue may say; each kind of source extends it."""

    reads: ClassVar[str]
    """What this kind of source reads, to go on a sentence that begins with its type."""

    type: str
    every: Duration | None = Field(default=None, ge=0.01, description="interval between polls; 5m if cron is not given")
    cron: str | None = Field(default=None, description="five cron fields, instead of `every`")
    timezone: str | None = Field(
        default=None, description="zone of `cron` and of times without an offset; the company's if not given"
    )
    timeout: Duration = Field(default=30.0, gt=0, description="a poll is over by then, counted from its start")
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
    def fills(self) -> Mapping[str, tuple[str, ...]]:
        """The canonical tables this source fills, each with the columns its mapping names, if any."""

    @abstractmethod
    def answers(self) -> Mapping[str, MeasureOptions]:
        """The direct measures this source answers, by name."""

    def secrets(self) -> Iterator[str]:
        """Everything that no message may repeat."""
        yield from ()

    @abstractmethod
    def build(self, name: str) -> Source:
        """The source itself. Opens no connection."""


@dataclass(frozen=True)
class Context:
    """What a poll is given: where it stands in time, what it remembered, how naive times are read, what is needed."""

    deadline: Deadline
    cursor: Cursor
    now: datetime
    timezone: str
    demand: Callable[[], Demand] | None = None


class Source(ABC):
    """One external system. Built once from its options, polled again and again from one thread at a time."""

    @abstractmethod
    def poll(self, context: Context) -> Iterator[Records | Unchanged | Answer]:
        """Read everything the options ask for.

        Raises `SourceFailed` with a sentence for people; nothing of a failed poll is kept.
        """

    def close(self) -> None:  # noqa: B027 - closing is optional
        """Let go of connections."""
