"""How a text file is laid out: its encoding, what parts its fields, and the line that names the columns."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 2000
"""Lines of a file that are looked at."""
TITLES = 20
"""Lines at most that may stand above the names of the columns."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class TextLayout:
    """`encoding` is None for UTF-8; `skip_rows` counts the lines above the header; `rows` are the sampled cells."""

    encoding: str | None
    delimiter: str
    skip_rows: int
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def decode(data: bytes) -> tuple[str, str | None] | None:
    """Return the text of a file and its encoding, None for UTF-8; None for bytes that are no text.

    Bytes that are not UTF-8 are taken for what Excel saves on Western Windows, unless that leaves some undefined.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace"), None if encoding == "utf-8-sig" else encoding
    if b"\0" in data:
        return None
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding), None if encoding == "utf-8" else encoding
        except UnicodeDecodeError as error:
            if encoding == "utf-8" and error.end >= len(data) - 3 and error.reason == "unexpected end of data":
                return data[: error.start].decode(encoding), None  # the sample ends within a letter
    return None


def layout(text: str, encoding: str | None) -> TextLayout | None:
    """Return how the lines of a text are parted into columns; None where they are not a table of two columns."""
    lines = list(islice(io.StringIO(text), SAMPLE))
    candidates = [(_regularity(lines, delimiter), delimiter) for delimiter in DELIMITERS]
    (share, width), delimiter = max(candidates, key=lambda candidate: candidate[0])
    if width < 2 or share < 0.5:
        return None
    parsed = _records(lines, delimiter)
    start = next(
        (place for place, (_, cells) in enumerate(parsed[:TITLES]) if _names_columns(cells, width)),
        None,
    )
    if start is None:
        return None
    line, header = parsed[start]
    rows = [
        tuple(cell.strip() for cell in cells[:width])
        for _, cells in parsed[start + 1 :]
        if len(cells) >= width and any(cell.strip() for cell in cells)
    ]
    return TextLayout(encoding, delimiter, line, tuple(name.strip() for name in header[:width]), tuple(rows))


def names_columns(cells: Sequence[object]) -> bool:
    """Tell whether each cell of a row is a text of its own, as the names of columns are."""
    texts = [str(cell).strip() for cell in cells if cell is not None]
    return len(texts) == len(cells) and all(texts) and len(set(texts)) == len(texts) and not all(map(_numeric, texts))


def _names_columns(cells: Sequence[str], width: int) -> bool:
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    return len(cells) in (width, width - 1) and names_columns(cells)


def _numeric(text: str) -> bool:
    return text.replace(".", "").replace(",", "").replace("-", "").isdigit()


def _regularity(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    """Return the share of the lines that have the commonest number of fields, and this number."""
    widths = Counter(len(cells) for _, cells in _records(lines, delimiter) if len(cells) > 1)
    if not widths:
        return 0.0, 1
    width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
    filled = sum(1 for line in lines if line.strip())
    return count / filled, width


def _records(lines: Sequence[str], delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the cells of each record, with the number of lines above it."""
    reader = csv.reader(lines, delimiter=delimiter)
    records, above = [], 0
    try:
        for cells in reader:
            records.append((above, cells))
            above = reader.line_num
    except csv.Error:
        pass  # what follows cannot be parsed; the lines before tell enough
    return records
