"""What is known of every KPI at one moment: the snapshot that series and pages are made from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum

from exporter.calendar.windows import Calendar, Period
from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.language.thresholds import Bound
from exporter.catalogue.model import Company, Kpi
from exporter.conventions import LONGEST_LABEL, MOST_PARTS, MOST_PARTS_COMPUTED
from exporter.kpis.projection import Projection
from exporter.records.batch import Unfinished
from exporter.records.state import EstimatedTable, Held, Rejected


class Status(IntEnum):
    """How a value stands to its thresholds; the numbers are those of `kpi_status`."""

    OK = 0
    WARNING = 1
    CRITICAL = 2

    @property
    def words(self) -> str:
        """The word in the public JSON; `in order` for `OK`, so that what reads it goes on to work."""
        return "in order" if self is Status.OK else self.name.lower()


class Reason(StrEnum):
    """Why a KPI has no value; the `reason` label."""

    NOT_CONNECTED = "not_connected"
    NO_SOURCE = "no_source"
    NOT_POLLED = "not_polled"
    STALE = "stale"
    NO_DATA = "no_data"
    TOO_YOUNG = "too_young"
    DIVISION_BY_ZERO = "division_by_zero"
    UNDEFINED = "undefined"
    ERROR = "error"


@dataclass(frozen=True)
class Unknown:
    """No number: the reason, and a sentence for people; for a young company also the day of the first value."""

    reason: Reason
    detail: str
    known_from: date | None = None


@dataclass(frozen=True)
class ToDate:
    """A KPI over the part that has passed of its calendar period; exactly one of `value` and `unknown` is None.

    `plan` is how much of the base plan is due by the end of that part.
    """

    period: Period
    value: float | None
    unknown: Unknown | None
    plan: float | None = None


TOO_MANY_PARTS = f"not on /metrics, for there are more than {MOST_PARTS:,} labels; break it down by less"
"""What is said of a breakdown that is withheld and was computed."""

NOT_COMPUTED = (
    f"not told apart, for there are more than {MOST_PARTS_COMPUTED:,} labels, or one of more than {LONGEST_LABEL:,} "
    "characters; break it down by less"
)
"""What is said of a breakdown that is withheld and was not computed."""


@dataclass(frozen=True)
class Level:
    """One side of a target or threshold, in the KPI's unit."""

    bound: Bound
    limit: float

    def holds(self, value: float, segments: Mapping[str, float]) -> bool:
        """Return whether the comparison holds of the headline, or of its segment; never of an unknown one."""
        number = segments.get(self.bound.scope.segment) if self.bound.scope.segment else value
        return number is not None and self.bound.comparison.holds(number, self.limit)


@dataclass(frozen=True)
class Reading:
    """One KPI at one moment. `value` is rounded as it is published; exactly one of `value` and `unknown` is None.

    `breakdowns` holds, per dimension, the known values by label; the dimensions in `withheld` have too many labels for
    /metrics, and are not in `breakdowns` either where there are too many to be computed, or one that is too long.
    `target` and `thresholds` hold the levels in force, `segment_plan` the plans of segments by label. `scenarios` holds
    the values in those of the catalogue's scenarios that concern the KPI. `status` is None when the value is unknown.
    `as_of` is the age of the data: the oldest last success among its sources, None if one was never read.
    `stale_after`, in seconds, is the age at which a source is overdue. `in_force` says by severity of what holds at
    some times only whether it does now. `held` and `rejected` are tables that it rests on and that are held back, or of
    which rows are set aside; `estimated` are those of which it needs reconstructed rows. `connected_until` is when the
    data of a KPI that is no longer connected was last read.
    `to_date` is there for a calendar window, `at_close` for `now`: the value at the end of the last complete month.
    `projection` says where the period that runs will end, `expected_beyond` by severity whether that is beyond the
    threshold; `expected_crossing` when a stock will cross it. They follow from the stored history.
    """

    kpi: Kpi
    value: float | None
    unknown: Unknown | None
    status: Status | None
    previous: float | None
    breakdowns: Mapping[str, Mapping[str, float]]
    target: tuple[Level, ...]
    thresholds: Mapping[str, tuple[Level, ...]]
    plan: Mapping[Scenario, float]
    period: Period | None
    as_of: datetime | None
    stale_after: float | None
    sources: tuple[str, ...]
    scenarios: Mapping[str, float] = field(default_factory=dict)
    segment_plan: Mapping[str, float] = field(default_factory=dict)
    in_force: Mapping[str, Mapping[Bound, bool]] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    estimated: tuple[EstimatedTable, ...] = ()
    connected_until: datetime | None = None
    to_date: ToDate | None = None
    at_close: float | None = None
    projection: Projection | None = None
    expected_beyond: Mapping[str, bool] = field(default_factory=dict)
    expected_crossing: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def connected(self) -> bool:
        """Whether sources of the company feed the KPI; one that is not connected is not counted as unknown."""
        return self.unknown is None or self.unknown.reason is not Reason.NOT_CONNECTED

    @property
    def segments(self) -> Mapping[str, float]:
        """The known values of the segments that targets and thresholds name, by label."""
        return self.breakdowns.get(self.kpi.segments, {}) if self.kpi.segments else {}

    @property
    def published_breakdowns(self) -> Mapping[str, Mapping[str, float]]:
        """The breakdowns on /metrics."""
        return {dimension: parts for dimension, parts in self.breakdowns.items() if dimension not in self.withheld}

    def why_withheld(self, dimension: str) -> str:
        """Return the reason, for people."""
        return TOO_MANY_PARTS if dimension in self.breakdowns else NOT_COMPUTED

    @property
    def projected(self) -> Mapping[str, float]:
        """Where the period that runs will end, by quantile; empty where that is not known."""
        return self.projection.quantiles if self.projection else {}

    @property
    def accumulated(self) -> float | None:
        """What there is to date of a KPI that can only grow within its period; None for any other."""
        return self.to_date.value if self.kpi.accumulates and self.to_date else None

    def closes(self, calendar: Calendar) -> datetime | None:
        """Return when the calendar period that runs ends; None for a KPI that is over no such period."""
        running = self.kpi.window.running
        return running.whole(self.to_date.period, calendar).ends if running and self.to_date else None

    @property
    def target_missed(self) -> bool:
        """Whether the value, or that of a segment, is not where the target wants it; what is unknown misses nothing."""
        return any(self._misses(level) for level in self.target)

    def _misses(self, level: Level) -> bool:
        segment = level.bound.scope.segment
        number = self.segments.get(segment) if segment else self.value
        return number is not None and not level.bound.comparison.holds(number, level.limit)

    @property
    def attainment(self) -> float | None:
        """The value as a share of the base plan's; None where that is not above 0, or too small to be divided by."""
        planned = self.plan.get(Scenario.BASE)
        share = self.value / planned if self.value is not None and planned is not None and planned > 0 else math.inf
        return share if math.isfinite(share) else None

    @property
    def classes(self) -> Mapping[str, bool]:
        """Per class of the KPI whether the value belongs to it; empty where the value is unknown."""
        value = self.value
        return {} if value is None else {each.name: each.holds(value) for each in self.kpi.classes}


@dataclass(frozen=True)
class SourceReading:
    """One source at one moment. `up` is None until it was tried.

    `rejected` counts bad rows per table, and `reasons` say why the first of them is bad. `held` are the tables of which
    the last poll is not believed, `estimated` those with reconstructed rows. `unfinished` is how far a first run has
    come that is not over. `corrections` counts what it showed in full otherwise than as reported.
    """

    name: str
    type: str
    up: bool | None
    last_success: datetime | None
    last_attempt: datetime | None
    error: str | None
    rejected: Mapping[str, int] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    held: Mapping[str, Held] = field(default_factory=dict)
    estimated: Mapping[str, EstimatedTable] = field(default_factory=dict)
    corrections: int | None = None
    unfinished: Unfinished | None = None

    @property
    def first_run(self) -> float | None:
        """How much of the first run is done, from 0 to 1; None before it began."""
        if self.unfinished is not None:
            return self.unfinished.share
        return None if self.last_success is None else 1.0


@dataclass(frozen=True)
class CompanyReading:
    """All of one company at one moment: its KPIs in the order of the catalogue, and its sources.

    `bases` are what the values follow from, by KPI: as long as they are the same object, so are the values. `computed`
    and `reused` count the measures that were asked for it, and those of which everything was known.
    """

    company: Company
    at: datetime
    kpis: tuple[Reading, ...]
    sources: tuple[SourceReading, ...]
    bases: Mapping[str, object] = field(default_factory=dict, compare=False)
    computed: int = field(default=0, compare=False)
    reused: int = field(default=0, compare=False)

    @property
    def connected(self) -> tuple[Reading, ...]:
        """The KPIs that sources of the company feed, in the order of the catalogue."""
        return tuple(each for each in self.kpis if each.connected)

    def without_sources(self, why: str) -> CompanyReading:
        """Return the same reading while nothing that its sources give can be kept."""
        return replace(self, sources=tuple(replace(each, up=False, error=why) for each in self.sources))

    def moved(self, by: timedelta) -> CompanyReading:
        """Return the same reading, of the same age, after the clock was set by so much."""

        def later(at: datetime | None) -> datetime | None:
            return None if at is None else at + by

        return replace(
            self,
            at=self.at + by,
            kpis=tuple(
                replace(
                    each,
                    as_of=later(each.as_of),
                    held=tuple(held.moved(by) for held in each.held),
                    connected_until=later(each.connected_until),
                )
                for each in self.kpis
            ),
            sources=tuple(
                replace(
                    each,
                    last_success=later(each.last_success),
                    last_attempt=later(each.last_attempt),
                    held={table: held.moved(by) for table, held in each.held.items()},
                )
                for each in self.sources
            ),
        )
