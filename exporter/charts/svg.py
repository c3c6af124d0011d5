"""Lines in SVG that a browser draws without asking for anything: where values lie, gaps where nothing is known."""

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
        return round(self.left + self.width * (at - self.first) / ((self.last - self.first) or 1), 1)

    def y(self, value: float) -> float:
        spread = self.high - self.low
        share = (value - self.low) / spread if spread else 0.5
        return round(self.top + self.height * (1 - share), 1)


def paths(frame: Frame, at: Sequence[float], values: Sequence[float | None], kind: str) -> Iterator[Markup]:
    """A line through each run of known values, a dot for one alone; what is unknown is a gap."""
    for known, found in groupby(zip(at, values, strict=True), lambda each: each[1] is not None):
        run = [(frame.x(place), frame.y(value)) for place, value in found if value is not None]
        if known and len(run) == 1:
            yield dot(*run[0], kind)
        elif known:
            points = " ".join(f"{x},{y}" for x, y in _bends(run))
            yield Markup('<polyline class="{}" points="{}"/>').format(kind, points)


def _bends(run: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """The points at which a line changes its height: a month at one level is two of them."""
    for place, point in enumerate(run):
        inner = 0 < place < len(run) - 1
        if not inner or not run[place - 1][1] == point[1] == run[place + 1][1]:
            yield point


def dot(x: float, y: float, kind: str, radius: float = 2) -> Markup:
    return Markup('<circle class="{}" cx="{}" cy="{}" r="{:g}"/>').format(kind, x, y, radius)


def level(frame: Frame, kind: str, value: float) -> Markup:
    """A line across."""
    y = frame.y(value)
    return Markup('<line class="{}" x1="{:g}" x2="{:g}" y1="{}" y2="{}"/>').format(
        kind, frame.left, frame.left + frame.width, y, y
    )


def upright(frame: Frame, kind: str, x: float) -> Markup:
    """A short line below the plotted area."""
    foot = frame.top + frame.height
    return Markup('<line class="{}" x1="{}" x2="{}" y1="{:g}" y2="{:g}"/>').format(kind, x, x, foot, foot + 4)


def text(x: float, y: float, words: str, anchor: str, kind: str = "") -> Markup:
    named = Markup(' class="{}"').format(kind) if kind else ""
    return Markup('<text{} x="{}" y="{}" text-anchor="{}">{}</text>').format(named, x, y, anchor, words)


def svg(width: int, height: int, kind: str, description: str, drawn: Markup) -> Markup:
    """The drawing; a description tells those who do not see it. Without one they are not told of it, and it may be
    stretched to any shape.
    """
    told = Markup('role="img" aria-label="{}"').format(description)
    told = told if description else Markup('preserveAspectRatio="none" aria-hidden="true"')
    return Markup('<svg class="{}" viewBox="0 0 {} {}" width="{}" height="{}" {}>{}</svg>').format(
        kind, width, height, width, height, told, drawn
    )
