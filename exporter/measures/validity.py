"""How long results hold while records stay as they are: until a bound of their period passes an instant of a record."""

# ruff: noqa: S608 - names come from the schema and are quoted

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import attrgetter
from zoneinfo import ZoneInfo

import duckdb

from exporter.calendar.windows import Period
from exporter.measures.comparisons import BoundComparison, comparisons
from exporter.records.sql import instant, name

MOST_ROWS = 100_000
"""Rows of one relation that are searched for the next instant, at most; from more of them nothing is concluded."""

_BOUNDS = ("starts", "ends")
_RELATION = attrgetter("relation")
_FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Validity:
    """The instants before which both bounds of a period may move on, while the result stays the same."""

    starts_before: datetime
    ends_before: datetime

    def covers(self, earlier: Period, other: Period) -> bool:
        """Return whether the result of the period that is earlier is that of another one, too."""
        return (
            (earlier.starts == earlier.ends) == (other.starts == other.ends)
            and _within(earlier.starts, other.starts, self.starts_before)
            and _within(earlier.ends, other.ends, self.ends_before)
        )


def _within(earlier: datetime, other: datetime, limit: datetime) -> bool:
    return earlier == other or earlier < other < limit


def validities(
    cursor: duckdb.DuckDBPyConnection, periods: Sequence[Period], queries: Mapping[str, str], zone: ZoneInfo
) -> Mapping[str, Mapping[Period, Validity]]:
    """Return for how long the results of measures hold, by measure and period, where that is known.

    `queries` has their SQL by name. To be called in the transaction in which they were computed, with these periods.
    """
    compared = {measure: conditions for measure, sql in queries.items() if (conditions := comparisons(sql)) is not None}
    limits = _limits(cursor, frozenset[BoundComparison]().union(*compared.values()), periods, zone)
    midnights = [{each: _next_midnight(getattr(period, each), zone) for each in _BOUNDS} for period in periods]
    return {
        measure: {
            period: Validity(
                *(
                    min(
                        [
                            midnights[number][bound],
                            *(limits[each][number] for each in conditions if each.bound == bound),
                        ]
                    )
                    for bound in _BOUNDS
                )
            )
            for number, period in enumerate(periods)
        }
        for measure, conditions in compared.items()
        if conditions <= limits.keys()
    }


def _limits(
    cursor: duckdb.DuckDBPyConnection, wanted: Collection[BoundComparison], periods: Sequence[Period], zone: ZoneInfo
) -> Mapping[BoundComparison, Sequence[datetime]]:
    """Return, by comparison and number of a period, before which instant its bound passes none of the column.

    Each relation is searched once; one that is too large is left out.
    """
    limits: dict[BoundComparison, Sequence[datetime]] = {}
    for relation, group in groupby(sorted(wanted, key=_RELATION), key=_RELATION):
        conditions = list(group)
        compared = [f"period.{each.bound}{f' - {each.less}' if each.less else ''}" for each in conditions]
        firsts = (
            f"epoch_us({bound}), epoch_us(min({name(each.column)}) "
            f"FILTER ({name(each.column)} >= {bound} AND {name(each.column)} < {bound} + INTERVAL 2 DAY))"
            for each, bound in zip(conditions, compared, strict=True)
        )
        columns = ", ".join(sorted({name(each.column) for each in conditions}))
        rows = cursor.execute(
            f"SELECT period.period, count(searched), {', '.join(firsts)} FROM period LEFT JOIN "
            f"(SELECT {columns}, true AS searched FROM {name(relation)} LIMIT {MOST_ROWS + 1}) ON true "
            "GROUP BY ALL"
        ).fetchall()
        if any(count > MOST_ROWS for _, count, *_ in rows):
            continue
        by_number = {number: [each and instant(each) for each in instants] for number, _, *instants in rows}
        for place, each in enumerate(conditions):
            limits[each] = [
                _limit(getattr(period, each.bound), instants[2 * place], instants[2 * place + 1], zone)
                for period, instants in zip(periods, (by_number[number] for number in range(len(periods))), strict=True)
            ]
    return limits


def _limit(bound: datetime, compared: datetime, following: datetime | None, zone: ZoneInfo) -> datetime:
    """Return when a bound comes to the instant that follows what is compared.

    Both move on alike, unless the clocks of the time zone change: then nothing is concluded.
    """
    if following is None:
        return _FOREVER
    limit = bound + (following - compared)
    jumps = any(
        before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset()
        for before, after in ((bound, limit), (compared, following))
    )
    return bound if jumps and compared != bound else limit


def _next_midnight(at: datetime, zone: ZoneInfo) -> datetime:
    """Return the first midnight of a time zone at or after an instant."""
    today = at.astimezone(zone).date()
    return next(each for days in (0, 1) if (each := _midnight(today + timedelta(days=days), zone)) >= at)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
