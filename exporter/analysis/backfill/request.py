"""The request for a backfill, in texts as people write them, and the moments that it means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Annotated
from zoneinfo import ZoneInfo

from exporter.analysis.parameters import COMPANIES, Parameter, text
from exporter.calendar.durations import seconds
from exporter.calendar.instants import parse_as_of
from exporter.catalogue.model import Company

WINDOW = timedelta(hours=1458)
"""What one document covers, so that it becomes one block: of the lengths that promtool takes, two months."""

HEAD = timedelta(hours=3)
"""The latest stretch, which a running Prometheus holds in memory and blocks must leave alone."""

_MOST = 50_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class BackfillRequest:
    """`since` and `until` are dates or times in UTC, `step` and `recent` durations.

    The values of the `recent` stretch are repeated so often that an `offset` finds them at any time of day. `instance`
    is what Prometheus calls the exporter.
    """

    companies: Annotated[tuple[Company, ...], COMPANIES]
    since: Annotated[str, Parameter(text, "Where the past begins, in UTC.", "DATE", required=True)]
    until: Annotated[str | None, Parameter(text, "Where it ends; three hours ago if not given.", "DATE")] = None
    step: Annotated[str, Parameter(text, "How far apart the moments are.", "DURATION")] = "1d"
    recent: Annotated[
        str,
        Parameter(
            text,
            "The latest stretch, in which values and states are repeated every 5 minutes, so that `offset` finds them.",
            "DURATION",
        ),
    ] = "35d"
    instance: Annotated[str, Parameter(text, "The exporter's address as Prometheus's targets have it.")] = (
        "localhost:9847"
    )


@dataclass(frozen=True)
class Span:
    """The moments of a backfill, the oldest first; values are repeated from `recent` on, up to `ends`."""

    moments: Sequence[datetime]
    recent: datetime
    ends: datetime
    step: timedelta

    def windows(self) -> Iterator[Sequence[datetime]]:
        """Yield the moments of each document."""
        for _, together in groupby(self.moments, lambda at: (at - _EPOCH) // WINDOW):
            yield list(together)


def span(request: BackfillRequest, now: datetime) -> Span:
    """Return the multiples of the step since 1970: of days, the midnights of UTC, at which Grafana queries days.

    Raises `ValueError` that says what to write.
    """
    since, until = (parse_as_of(at, ZoneInfo("UTC")) if at else now for at in (request.since, request.until))
    step, recent = timedelta(seconds=seconds(request.step)), timedelta(seconds=seconds(request.recent))
    if until > now:
        raise ValueError(f"nothing is known yet of {request.until}; leave --until out for now")
    if not timedelta(minutes=1) <= step <= timedelta(days=1):
        raise ValueError(f"steps of {request.step} are not from 1m to 1d; write for example 1d or 6h")
    ends = min(until, now - HEAD)
    if (ends - since) / step > _MOST:
        raise ValueError(
            f"steps of {request.step} from {request.since} are more than {_MOST:,} moments; write longer ones"
        )
    first = _EPOCH - (_EPOCH - since) // step * step
    moments = [first + number * step for number in range((ends - first) // step + 1)] if ends >= first else []
    if not moments:
        raise ValueError(f"there is nothing from {request.since} to three hours ago; write an earlier --since")
    return Span(moments, ends - recent, ends, step)
