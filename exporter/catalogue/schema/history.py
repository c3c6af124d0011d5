"""The section `history`: how long the values of KPIs are kept, how densely, and the instants that follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, model_validator

from exporter.calendar.durations import Duration
from exporter.strict_model import StrictModel

DAY = 86400.0
_LONGEST = 100 * 365 * DAY
_DENSEST = 60.0
_MOST = 5000
"""Instants of the dense part. Each is recomputed whenever records that it may depend on change."""


def _retention(seconds: float) -> float:
    if not DAY <= seconds <= _LONGEST:
        raise ValueError("should be from 1 day to 100 years, such as 5 years")
    return seconds


def _step(seconds: float) -> float:
    if not _DENSEST <= seconds <= DAY or DAY % seconds:
        raise ValueError("should be from 1m to 1 day and divide a day evenly, such as 15m, 1h or 6h")
    return seconds


class RetentionPolicy(StrictModel):
    """How long the values of KPIs are kept, and how closely."""

    keep: Annotated[Duration, AfterValidator(_retention)] = 5 * 365 * DAY
    """how far back values go, and the answers of direct measures: `5 years`"""
    dense: Duration = 14 * DAY
    """the latest stretch, in which there is a value every so often; before it there is one a day: `14 days`"""
    every: Annotated[Duration, AfterValidator(_step)] = 3600.0
    """how often in that stretch, and how often at most of older answers of direct measures: `1h`"""

    @model_validator(mode="after")
    def _fit(self) -> RetentionPolicy:
        if self.dense > self.keep:
            raise ValueError("`dense` should not be longer than `keep`")
        if self.dense / self.every > _MOST:
            raise ValueError(f"`dense` has more than {_MOST:,} steps of `every`; shorten it, or write longer steps")
        return self

    def grid(self, now: datetime) -> Sequence[datetime]:
        """Return the instants whose values are kept, oldest first: midnights in UTC, then steps of the dense part."""
        day, step = timedelta(days=1), timedelta(seconds=self.every)
        latest = _floor(now, step)
        dense = min(_floor(now - timedelta(seconds=self.dense), day) + day, latest)
        oldest = _floor(now - timedelta(seconds=self.keep), day) + day
        days = -((oldest - dense) // day)
        return [
            *(oldest + number * day for number in range(days)),
            *(dense + number * step for number in range((latest - dense) // step + 1)),
        ]


def _floor(at: datetime, step: timedelta) -> datetime:
    """Round an instant down to a multiple of the step since 1970."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (at - epoch) // step * step
