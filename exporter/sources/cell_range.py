"""A range of the cells of a sheet, as spreadsheets write it: `B4:F200`."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"([A-Z]{1,3})([1-9][0-9]*):([A-Z]{1,3})([1-9][0-9]*)?")


@dataclass(frozen=True)
class CellRange:
    """`left` and `right` are indexes of columns from 0; `top` and `bottom` are rows from 1, `bottom` None for all."""

    left: int
    top: int
    right: int
    bottom: int | None

    @classmethod
    def parse(cls, text: str) -> CellRange:
        """Return the range that a text names.

        Raises:
            ValueError: If it names none, or ends before it begins.
        """
        match = _RANGE.fullmatch(text.strip().upper())
        if match is None:
            raise ValueError("is not a range of cells; write for example B4:F200, or B4:F for all rows below")
        area = cls(_index(match[1]), int(match[2]), _index(match[3]), int(match[4]) if match[4] else None)
        if area.left > area.right or (area.bottom is not None and area.top > area.bottom):
            raise ValueError("ends before it begins; write the upper left cell first, such as B4:F200")
        return area


def check_range(text: str) -> str:
    """Return the text of a range; raise `ValueError` if it names none."""
    CellRange.parse(text)
    return text.strip().upper()


def _index(letters: str) -> int:
    """Return the index of a column: 0 for A, 26 for AA."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1
