"""Where the period that runs will end, as plain text: the band, how it was made, and the past periods behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exporter.catalogue.model import Company
from exporter.kpis.projection import Projection
from exporter.kpis.reading import Reading
from exporter.kpis.working_time import EVEN
from exporter.quantities.prometheus import style

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MOST = 12
"""Past periods that are printed; the oldest are left out."""


def projection_lines(company: Company, reading: Reading) -> Sequence[str]:
    """Return the section about the projection, or about the expected crossings of a stock; empty for neither."""
    if reading.projection is not None:
        return ["At this pace", *_projection(company, reading, reading.projection), ""]
    zone = company.calendar.zone
    crossings = [
        f"  crosses its {severity} threshold about {at.astimezone(zone):%-d %B %Y}, if its trend of a quarter goes on"
        for severity, at in reading.expected_crossing.items()
    ]
    return ["At this pace", *crossings, ""] if crossings else []


def _projection(company: Company, reading: Reading, projection: Projection) -> Iterator[str]:
    amount, kpi = style(reading.kpi.unit), reading.kpi
    low, middle, high = (amount.text(each) for each in projection.quantiles.values())
    yield (
        f"  {amount.text(projection.to_date)} so far, {middle} at the end of the {kpi.window.text}; "
        f"four of five outcomes lie between {low} and {high}"
    )
    for severity, expected in reading.expected_beyond.items():
        if expected:
            yield f"  all of that is beyond the {severity} threshold, and was two days before"
    methods = ", and half ".join(method.value for method in projection.methods)
    yield f"  {'half ' if len(projection.methods) > 1 else ''}{methods}"
    yield f"  {100 * projection.share:.0f}% of the {kpi.window.text} has passed{_days(projection.weekdays)}"
    yield "  past periods by then, and at their end:"
    zone = company.calendar.zone
    for point in projection.points[-_MOST:]:
        day = point.period.starts.astimezone(zone)
        yield f"    from {day:%Y-%m-%d}  {amount.text(point.to_date)}  {amount.text(point.final)}"


def _days(weekdays: Sequence[float]) -> str:
    if tuple(weekdays) == EVEN:
        return ""
    days = ", ".join(f"{name} {weight:.1f}" for name, weight in zip(_WEEKDAYS, weekdays, strict=True))
    return f", counted by what usually happens on each day ({days})"
