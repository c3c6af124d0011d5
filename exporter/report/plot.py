"""Plots of a trend: as SVG that a browser draws without asking for anything, and as a row of characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from exporter.catalogue.windows import Calendar
from exporter.kpis.history import Point
from exporter.report.review import Line
from exporter.web import formatting

_BARS = "▁▂▃▄▅▆▇█"
_GAP = "·"


@dataclass(frozen=True)
class _Frame:
    """Where values lie in a drawing: the plotted area in its own units, and the range of values."""

    left: float
    top: float
    width: float
    height: float
    low: float
    high: float
    points: int

    def x(self, place: int) -> float:
        return round(self.left + self.width * place / max(1, self.points - 1), 1)

    def y(self, value: float) -> float:
        spread = self.high - self.low
        share = (value - self.low) / spread if spread else 0.5
        return round(self.top + self.height * (1 - share), 1)


def sparkline(line: Line) -> Markup:
    """The trend in the height of a line of text; empty where fewer than two values are known."""
    values = [point.value for point in line.trend]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Markup("")
    frame = _Frame(2, 2, 96, 20, min(known), max(known), len(values))
    drawn = Markup("").join([*_paths(frame, values, "value"), _last(frame, values)])
    return _svg(100, 24, "spark", _description(line), drawn)


def chart(line: Line, calendar: Calendar) -> Markup:
    """The trend with its plan, the levels in force now and an axis; empty where fewer than two values are known."""
    values, plans = [point.value for point in line.trend], [point.plan for point in line.trend]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return Markup("")
    levels = [
        (name, level.limit)
        for name, found in line.now.thresholds.items()
        for level in found
        if not level.bound.scope.segment
    ]
    shown = [*known, *(value for value in plans if value is not None), *(limit for _, limit in levels)]
    frame = _Frame(4, 10, 312, 88, min(shown), max(shown), len(values))
    unit = line.kpi.unit
    parts = [
        *(_level(frame, name, limit) for name, limit in levels),
        *_paths(frame, plans, "planned"),
        *_paths(frame, values, "value"),
        _last(frame, values),
        _text(4, 8, formatting.amount(frame.high, unit), "start"),
        _text(4, 108, formatting.amount(frame.low, unit), "start"),
        _text(4, 118, _when(line, line.trend[0], calendar), "start"),
        _text(316, 118, _when(line, line.trend[-1], calendar), "end"),
    ]
    return _svg(320, 120, "chart", _description(line), Markup("").join(parts))


def characters(trend: Sequence[Point]) -> str:
    """The trend as bars between its least and its greatest value; a dot where it is unknown."""
    known = [point.value for point in trend if point.value is not None]
    if len(known) < 2:
        return ""
    low, spread = min(known), max(known) - min(known)
    return "".join(_GAP if point.value is None else _bar(point.value - low, spread) for point in trend)


def _bar(above: float, spread: float) -> str:
    return _BARS[round(above / spread * (len(_BARS) - 1))] if spread else _BARS[0]


def _paths(frame: _Frame, values: Sequence[float | None], kind: str) -> Iterator[Markup]:
    """A line through each run of known values, a dot for one alone; what is unknown is a gap."""
    for known, found in groupby(enumerate(values), lambda each: each[1] is not None):
        run = [(frame.x(place), frame.y(value)) for place, value in found if value is not None]
        if known and len(run) == 1:
            yield _dot(*run[0], kind)
        elif known:
            points = " ".join(f"{x},{y}" for x, y in run)
            yield Markup('<polyline class="{}" points="{}"/>').format(kind, points)


def _last(frame: _Frame, values: Sequence[float | None]) -> Markup:
    place, value = next((place, value) for place, value in reversed([*enumerate(values)]) if value is not None)
    return _dot(frame.x(place), frame.y(value), "value")


def _dot(x: float, y: float, kind: str) -> Markup:
    return Markup('<circle class="{}" cx="{}" cy="{}" r="2"/>').format(kind, x, y)


def _level(frame: _Frame, severity: str, limit: float) -> Markup:
    y = frame.y(limit)
    return Markup('<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
        severity, frame.left, frame.left + frame.width, y, y
    )


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(x, y, anchor, text)


def _svg(width: int, height: int, kind: str, description: str, drawn: Markup) -> Markup:
    return Markup(
        '<svg class="{}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">{}</svg>'
    ).format(kind, width, height, width, height, description, drawn)


def _description(line: Line) -> str:
    known = [point.value for point in line.trend if point.value is not None]
    first, last = (formatting.amount(value, line.kpi.unit) for value in (known[0], known[-1]))
    return f"{line.kpi.title}: from {first} to {last}"


def _when(line: Line, point: Point, calendar: Calendar) -> str:
    """The month or other calendar period that a point speaks about, else its day."""
    window, zone = line.kpi.window, calendar.zone
    if window.kind == "calendar":
        return formatting.stretch(window.period(point.at, calendar), zone)
    return f"{point.at.astimezone(zone):%-d %b %Y}"
