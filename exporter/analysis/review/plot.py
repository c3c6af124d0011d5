"""Plots of a trend: as SVG that a browser draws without asking for anything, and as a row of characters."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from exporter.analysis.review.review import ReviewLine
from exporter.calendar.windows import Calendar
from exporter.charts import svg
from exporter.charts.svg import Frame
from exporter.kpis.history import Point
from exporter.quantities import display

_BARS = "▁▂▃▄▅▆▇█"
_GAP = "·"


def sparkline(line: ReviewLine) -> Markup:
    """Draw the trend in the height of a line of text; empty for fewer than two values."""
    values = [point.value for point in line.trend]
    present = [value for value in values if value is not None]
    if len(present) < 2:
        return Markup("")
    at = range(len(values))
    frame = Frame(2, 2, 96, 20, min(present), max(present), 0, at[-1])
    drawn = Markup("").join([*svg.paths(frame, at, values, "value"), _last(frame, values)])
    return svg.svg(100, 24, "spark", _description(line), drawn)


def chart(line: ReviewLine, calendar: Calendar) -> Markup:
    """Draw the trend with its plan, the levels in force now and an axis; empty for fewer than two values."""
    values, plans = [point.value for point in line.trend], [point.plan for point in line.trend]
    present = [value for value in values if value is not None]
    if len(present) < 2:
        return Markup("")
    levels = [
        (name, level.limit)
        for name, in_force in line.now.thresholds.items()
        for level in in_force
        if not level.bound.scope.segment
    ]
    drawn = [*present, *(value for value in plans if value is not None), *(limit for _, limit in levels)]
    at = range(len(values))
    frame = Frame(4, 10, 312, 88, min(drawn), max(drawn), 0, at[-1])
    unit = line.kpi.unit
    parts = [
        *(svg.level(frame, name, limit) for name, limit in levels),
        *svg.paths(frame, at, plans, "planned"),
        *svg.paths(frame, at, values, "value"),
        _last(frame, values),
        svg.text(4, 8, display.amount(frame.high, unit), "start"),
        svg.text(4, 108, display.amount(frame.low, unit), "start"),
        svg.text(4, 118, _when(line, line.trend[0], calendar), "start"),
        svg.text(316, 118, _when(line, line.trend[-1], calendar), "end"),
    ]
    return svg.svg(320, 120, "chart", _description(line), Markup("").join(parts))


def characters(trend: Sequence[Point]) -> str:
    """Return the trend as bars between its least and its greatest value; a dot where it is unknown."""
    values = [point.value for point in trend if point.value is not None]
    if len(values) < 2:
        return ""
    low, spread = min(values), max(values) - min(values)
    return "".join(_GAP if point.value is None else _bar(point.value - low, spread) for point in trend)


def _bar(above: float, spread: float) -> str:
    return _BARS[round(above / spread * (len(_BARS) - 1))] if spread else _BARS[0]


def _last(frame: Frame, values: Sequence[float | None]) -> Markup:
    place, value = next((place, value) for place, value in reversed([*enumerate(values)]) if value is not None)
    return svg.dot(frame.x(place), frame.y(value), "value")


def _description(line: ReviewLine) -> str:
    values = [point.value for point in line.trend if point.value is not None]
    first, last = (display.amount(value, line.kpi.unit) for value in (values[0], values[-1]))
    return f"{line.kpi.title}: from {first} to {last}"


def _when(line: ReviewLine, point: Point, calendar: Calendar) -> str:
    """Return the month or other calendar period that a point is about, else its day."""
    window, zone = line.kpi.window, calendar.zone
    if window.kind == "calendar":
        return display.period_text(window.period(point.at, calendar), zone)
    return f"{point.at.astimezone(zone):%-d %b %Y}"
