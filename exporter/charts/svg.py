"""Lines in SVG that a browser draws without any request, with gaps where values are unknown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup


@dataclass(frozen=True)
class Frame:
    """Where values lie in a drawing: the plotted area in its own units, and the ranges of positions and values."""

    left: float
    top: float
    width: float
    height: float
    low: float
    high: float
    first: float
    last: float

    def x(self, at: float) -> float:
        """Return the horizontal place of a position."""
        return round(self.left + self.width * (at - self.first) / ((self.last - self.first) or 1), 1)

    def y(self, value: float) -> float:
        """Return the vertical place of a value; higher values lie further up."""
        spread = self.high - self.low
        share = (value - self.low) / spread if spread else 0.5
        return round(self.top + self.height * (1 - share), 1)


def paths(frame: Frame, at: Sequence[float], values: Sequence[float | None], kind: str) -> Iterator[Markup]:
    """Draw a line through each run of known values, and a dot for a value alone; unknown values are gaps."""
    for is_known, points_of_run in groupby(zip(at, values, strict=True), lambda each: each[1] is not None):
        run = [(frame.x(place), frame.y(value)) for place, value in points_of_run if value is not None]
        if is_known and len(run) == 1:
            yield dot(*run[0], kind)
        elif is_known:
            points = " ".join(f"{x},{y}" for x, y in _bends(run))
            yield Markup('<polyline class="{}" points="{}"/>').format(kind, points)


def _bends(run: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield the points at which a line changes its height: a month at one level is two of them."""
    for place, point in enumerate(run):
        inner = 0 < place < len(run) - 1
        if not inner or not run[place - 1][1] == point[1] == run[place + 1][1]:
            yield point


def dot(x: float, y: float, kind: str, radius: float = 2) -> Markup:
    """Draw a circle."""
    return Markup('<circle class="{}" cx="{}" cy="{}" r="{:g}"/>').format(kind, x, y, radius)


def level(frame: Frame, kind: str, value: float) -> Markup:
    """Draw a line across the plotted area at a value."""
    y = frame.y(value)
    return Markup('<line class="{}" x1="{:g}" x2="{:g}" y1="{}" y2="{}"/>').format(
        kind, frame.left, frame.left + frame.width, y, y
    )


def upright(frame: Frame, kind: str, x: float) -> Markup:
    """Draw a short line below the plotted area."""
    foot = frame.top + frame.height
    return Markup('<line class="{}" x1="{}" x2="{}" y1="{:g}" y2="{:g}"/>').format(kind, x, x, foot, foot + 4)


def text(x: float, y: float, words: str, anchor: str, kind: str = "") -> Markup:
    """Write words at a point; `anchor` says which end of them lies there."""
    named = Markup(' class="{}"').format(kind) if kind else ""
    return Markup('<text{} x="{}" y="{}" text-anchor="{}">{}</text>').format(named, x, y, anchor, words)


def svg(width: int, height: int, kind: str, description: str, drawn: Markup) -> Markup:
    """Return the drawing as an element.

    Screen readers speak the description. Without one they skip the drawing, and it may be stretched to any shape.
    """
    described = Markup('role="img" aria-label="{}"').format(description)
    attributes = described if description else Markup('preserveAspectRatio="none" aria-hidden="true"')
    return Markup('<svg class="{}" viewBox="0 0 {} {}" width="{}" height="{}" {}>{}</svg>').format(
        kind, width, height, width, height, attributes, drawn
    )
