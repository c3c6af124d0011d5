"""When an alert fires: a value beyond a limit, now or ever since some time ago, as PromQL."""

from __future__ import annotations

from exporter.alerts.promql import duration, number
from exporter.catalogue.language.changes import Change
from exporter.quantities.comparison import Comparison

STEP = "1m"
"""How far apart the moments are at which a condition that is held is looked at: as rules are evaluated."""


def breach_expr(value: str, comparison: Comparison, limit: str, hold: int | None, *, literal: bool) -> str:
    """The value, where it is beyond the limit; with `hold` where it has been for that many minutes.

    Persistence is asked of the stored samples, which outlast a restart of Prometheus, and not of a `for`. The last
    part keeps a series quiet that is younger than that. A limit that is no `literal` moves, so that what is looked at
    is the distance to it.
    """
    now = f"{value} {comparison} {limit}"
    if hold is None:
        return now
    observed, least = (value, limit) if literal else (f"({value} - ({limit}))", "0")
    mildest = "min_over_time" if comparison.upward else "max_over_time"
    # A second more than the hold: Prometheus 2 counts both ends of a range, Prometheus 3 leaves out the earlier.
    return (
        f"{value if literal else now} and {mildest}({observed}[{duration(hold)}1s:{STEP}]) {comparison} {least}"
        f" and last_over_time({observed}[{STEP}:{STEP}] offset {duration(hold)})"
    )


def change_expr(change: Change, previous: str) -> str:
    """The value that far from the previous one; a share of what is not positive says nothing."""
    if change.relative:
        return f"{number(change.factor)} * ({previous} > 0)"
    if not change.amount:
        return previous
    return f"{previous} {'+' if change.amount > 0 else '-'} {number(abs(change.amount))}"
