"""Opens a file as text, and reads it line by line or by many lines at once; a line has a greatest length."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

from exporter.records.batch import SourceFailed

MAX_SHOWN = 200
"""Characters of a broken line in a message."""
LONGEST_LINE = 16_000_000
"""Characters of a line; a longer one is no line of a table, and memory is finite."""
ENCODINGS = "such as `encoding: cp1252` for what Excel saves as CSV, or `encoding: utf-16`"
"""What a message says of the option."""
_INVALID_BYTES = re.compile(r"[\udc80-\udcff]")
"""The characters that Python's `surrogateescape` puts in the place of bytes that are no text."""


@contextmanager
def open_text(path: Path, encoding: str | None) -> Iterator[TextIO]:
    """Open a file as text.

    Bytes that are no text fail the file; where the catalogue gives an encoding, they stay visible in their line.
    """
    is_utf8 = encoding is None or codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    try:
        with path.open("rb") as raw:
            mark = raw.read(4)
        if encoding is None and mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise SourceFailed(f"{path.name} begins as UTF-16 does; write `encoding: utf-16`")
        if not is_utf8 and mark.startswith(codecs.BOM_UTF8):
            raise SourceFailed(f"{path.name} begins as UTF-8 does, and not as {encoding}; leave `encoding` out")
        errors = "surrogateescape" if encoding else "strict"
        with path.open(encoding="utf-8-sig" if is_utf8 else encoding, errors=errors, newline="") as file:
            yield file
    except UnicodeError:
        what = f"{encoding} text" if encoding else f"UTF-8 text: {_first_invalid_byte(path)}"
        raise SourceFailed(f"{path.name} is not {what}; write how it is encoded, {ENCODINGS}") from None
    except OSError as error:
        raise SourceFailed(f"cannot read {path.name}: {error.strerror}") from None


def _first_invalid_byte(path: Path) -> str:
    with path.open("rb") as file:
        for number, line in enumerate(iter(partial(file.readline, LONGEST_LINE), b""), 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return f"byte 0x{line[error.start]:02x} in line {number} cannot stand there"
    return "it changed meanwhile"


class Lines(Iterator[str]):
    """The lines of a file; one that is longer than any line of a table is a `SourceFailed`."""

    def __init__(self, file: TextIO, name: str) -> None:
        self._file = file
        self._name = name
        self._number = 0
        self._ahead: deque[str] = deque()

    def __next__(self) -> str:
        if self._ahead:
            return self._ahead.popleft()
        if not (line := self._file.readline(LONGEST_LINE + 1)):
            raise StopIteration
        self._check(line)
        self._number += 1
        return line

    def put_back(self, lines: Sequence[str]) -> None:
        """Let these lines be the next ones."""
        self._ahead.extendleft(reversed(lines))

    def block(self, length: int) -> str:
        """Return many lines at once, some `length` characters; an empty text at the end."""
        if self._ahead:
            taken, total = [], 0
            while self._ahead and total < length:
                taken.append(self._ahead.popleft())
                total += len(taken[-1])
            return "".join(taken)
        block = self._file.read(length)
        if not block:
            return ""
        last = max(block.rfind("\n", 0, -1), block.rfind("\r", 0, -1)) + 1
        rest = self._file.readline(LONGEST_LINE + 1) if block[-1] != "\n" else ""
        self._number += _count_lines(block[:last])
        self._check(block[last:] + rest)
        self._number += 1
        return block + rest

    def _check(self, line: str) -> None:
        if len(line) > LONGEST_LINE:
            raise SourceFailed(f"{self._name}, line {self._number + 1} is longer than {LONGEST_LINE:,} characters")


def has_invalid_bytes(line: str) -> bool:
    """Tell whether a line holds bytes that are no text."""
    return "\0" in line or (not line.isascii() and _INVALID_BYTES.search(line) is not None)


def preview(line: str) -> str:
    """Return the beginning of a line, for a message."""
    return line.strip().replace("\0", "\\0")[:MAX_SHOWN]


def _count_lines(text: str) -> int:
    """Return the number of line ends in a text."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")
