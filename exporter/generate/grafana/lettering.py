"""How wide a name is in Inter, the font of Grafana, so that it is never cut."""

from __future__ import annotations

_NARROW, _WIDE = frozenset("fijlrt.,:;'|()/ "), frozenset("mwMWGOQ%@…")

LARGEST, SMALLEST = 24, 14
"""Heights of a name in pixels: 24 are 15 mm on a screen of 55 inches, twice what good eyes need at five metres."""


def fitted(name: str, width: float) -> tuple[str, int]:
    """Return the name and its height in pixels, the largest with which it fits; what is too long ends in `…`."""
    height = min(LARGEST, int(width / ems(name)))
    if height >= SMALLEST:
        return name, height
    while ems(f"{name}…") * SMALLEST > width:
        name = name[:-1]
    return f"{name.rstrip()}…", SMALLEST


def ems(text: str) -> float:
    """Return the most that the text is wide, as a multiple of its height."""
    return sum(_of_letter(letter) for letter in text)


def _of_letter(letter: str) -> float:
    if letter in _NARROW:
        return 0.4
    if letter in _WIDE or not letter.isascii():
        return 0.95
    return 0.72 if letter.isupper() else 0.64
