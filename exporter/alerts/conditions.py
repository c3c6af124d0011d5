"""PromQL of an alert's condition: a value past a limit, now or for some time."""

from __future__ import annotations

from exporter.alerts.promql import duration, number
from exporter.catalogue.language.changes import Change
from exporter.quantities.comparison import Comparison

STEP = "1m"
"""The interval at which a hold checks its condition, equal to the evaluation interval of the rules."""


def breach_expr(value: str, comparison: Comparison, limit: str, hold: int | None, *, literal: bool) -> str:
    """Return PromQL of the value where it breaches the limit, or has for `hold` minutes.

    The hold looks at stored samples, which survive a restart of Prometheus, and not at a `for`. Its last part drops
    a series that is younger than the hold. A limit that is not `literal` moves, so the hold then looks at the
    distance to it.
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
    """Return PromQL of the limit at that change from the previous value.

    A relative change has no limit where the previous value is not above 0.
    """
    if change.relative:
        return f"{number(change.factor)} * ({previous} > 0)"
    if not change.amount:
        return previous
    return f"{previous} {'+' if change.amount > 0 else '-'} {number(abs(change.amount))}"
