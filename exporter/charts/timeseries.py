"""A KPI's past drawn: a sparkline for a tile, and a chart with its levels, plans, axes and a legend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from exporter.charts import svg, ticks
from exporter.charts.svg import Frame
from exporter.kpis.kpi_series import KpiSeries
from exporter.quantities import display
from exporter.quantities.units import Unit

SPARK_POINTS = 60
"""The width of a sparkline shows no more than that."""

_WIDTH, _HEIGHT = 960, 300
_RIGHT, _TOP, _BOTTOM = 12, 10, 24
_LETTER = 7
"""How wide one is on an axis, about."""
_REACH = 1.5
"""How far beyond the values, in their own spread, a level may lie to be in the chart."""


@dataclass(frozen=True)
class Curve:
    """Something beside the values over the same moments. `kind` is how it is drawn, `name` what the legend says."""

    kind: str
    name: str
    values: Sequence[float | None]


def sparkline(track: KpiSeries) -> Markup:
    """Draw the values in the height of two lines of text; the result is empty if fewer than two are known."""
    present_values = [value for value in track.value if value is not None]
    if len(present_values) < 2:
        return Markup("")
    at, values = _thinned(track.at, track.value)
    frame = Frame(1.5, 3, 97, 26, min(present_values), max(present_values), at[0], at[-1])
    lines = [*svg.paths(frame, at, values, "value")]
    place, last = next((x, y) for x, y in zip(reversed(at), reversed(values), strict=True) if y is not None)
    return svg.svg(100, 32, "spark", "", Markup("").join([*lines, svg.dot(frame.x(place), frame.y(last), "now")]))


def _thinned(at: Sequence[float], values: Sequence[float | None]) -> tuple[Sequence[float], Sequence[float | None]]:
    """Return the last point in each of `SPARK_POINTS` equal stretches of time, as some have more values than others."""
    stretch = (at[-1] - at[0]) / SPARK_POINTS or 1
    chosen = {int((moment - at[0]) / stretch): place for place, moment in enumerate(at)}
    return [at[place] for place in chosen.values()], [values[place] for place in chosen.values()]


def trend(track: KpiSeries, unit: Unit) -> str:
    """Describe the sparkline in words for those who do not see it; the text is empty if there is no sparkline."""
    present_values = [value for value in track.value if value is not None]
    if len(present_values) < 2:
        return ""
    first, last, least, most = (
        display.amount(value, unit)
        for value in (present_values[0], present_values[-1], min(present_values), max(present_values))
    )
    return f"from {first} to {last}, between {least} and {most}"


@dataclass(frozen=True)
class Chart:
    """A drawing and its legend.

    For each curve the legend has its kind, its name, its value now, and whether it lies outside the drawing: `above`,
    `below`, or an empty text.
    """

    drawn: Markup
    legend: Sequence[tuple[str, str, str, str]]


def chart(title: str, track: KpiSeries, curves: Sequence[Curve], unit: Unit, zone: ZoneInfo) -> Chart | None:
    """Draw the values over time with levels and plans; return None if no value is known."""
    present_values = [value for value in track.value if value is not None]
    if not present_values:
        return None
    low, high = _range(present_values, curves)
    marks = ticks.amounts(low, high, unit)
    left = 16 + _LETTER * max(len(display.amount(mark, unit)) for mark in marks)
    frame = Frame(
        left, _TOP, _WIDTH - left - _RIGHT, _HEIGHT - _TOP - _BOTTOM, marks[0], marks[-1], track.at[0], track.at[-1]
    )
    legend = [("value", title, display.amount(present_values[-1], unit), "")]
    parts = [*_axes(frame, marks, unit, zone)]
    for each in curves:
        present = [value for value in each.values if value is not None]
        if present:
            out = "above" if min(present) > marks[-1] else "below" if max(present) < marks[0] else ""
            legend.append((each.kind, each.name, display.amount(present[-1], unit), out))
            parts += [] if out else svg.paths(frame, track.at, _within(frame, each.values), each.kind)
    parts += svg.paths(frame, track.at, track.value, "value")
    place, last = next(
        (at, value) for at, value in zip(reversed(track.at), reversed(track.value), strict=True) if value is not None
    )
    parts.append(svg.dot(frame.x(place), frame.y(last), "now", 3.5))
    described = f"{title} over time: {trend(track, unit) or display.amount(present_values[-1], unit)}"
    return Chart(svg.svg(_WIDTH, _HEIGHT, "chart", described, Markup("").join(parts)), legend)


def _range(present_values: Sequence[float], curves: Sequence[Curve]) -> tuple[float, float]:
    """Return the range of the chart: all values, and those points of curves that are too close to flatten them."""
    low, high = min(present_values), max(present_values)
    reach = _REACH * max(high - low, abs(high) / 10, abs(low) / 10)
    beside = [value for each in curves for value in each.values if value is not None]
    near = [value for value in beside if low - reach <= value <= high + reach]
    return min([low, *near]), max([high, *near])


def _within(frame: Frame, values: Sequence[float | None]) -> Sequence[float | None]:
    """Return the values in the frame; the rest become None and are not drawn."""
    return [value if value is not None and frame.low <= value <= frame.high else None for value in values]


def _axes(frame: Frame, marks: Sequence[float], unit: Unit, zone: ZoneInfo) -> Iterator[Markup]:
    for mark in marks:
        yield svg.level(frame, "grid", mark)
        yield svg.text(frame.left - 8, frame.y(mark) + 4, display.amount(mark, unit), "end")
    first, last = (datetime.fromtimestamp(at, UTC) for at in (frame.first, frame.last))
    for at, name in ticks.moments(first, last, zone):
        x = frame.x(at.timestamp())
        yield svg.upright(frame, "tick", x)
        anchor = "start" if x < frame.left + 12 else "end" if x > _WIDTH - _RIGHT - 12 else "middle"
        yield svg.text(x, _HEIGHT - 6, name, anchor)
