"""The rows of CSV and JSON Lines files, where one broken line costs no other."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from exporter.sources.exact import exact
from exporter.sources.interface import SourceFailed

LONGEST = 200
"""Characters of a broken line that are shown."""


@dataclass(frozen=True)
class Broken:
    """A line that cannot be read, with where it is: `items.csv, line 7: ...`."""

    text: str


def csv_rows(
    path: Path, delimiter: str, require: Callable[[Iterable[str], str], None]
) -> Iterator[Mapping[str, object] | Broken]:
    """Each record by the names of the header, which `require` is shown first."""
    with _opened(path) as file:
        every = _records(file, delimiter, path.name)
        first = next(every, None)
        header = [name.strip() for name in first] if isinstance(first, list) else []
        if not any(header):
            raise SourceFailed(f"{path.name} has no header: its first line has to name the columns")
        if twice := sorted({name for name in header if name and header.count(name) > 1}):
            raise SourceFailed(f"{path.name} has two columns called `{twice[0]}`")
        require(header, path.name)
        for record in every:
            yield record if isinstance(record, Broken) else dict(zip(header, record, strict=True))


def jsonl_rows(path: Path) -> Iterator[Mapping[str, object] | Broken]:
    """The object on each line, with exact numbers."""
    with _opened(path) as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                found = _object(line)
                yield _broken(path.name, number, line) if found is None else found


def _object(line: str) -> Mapping[str, object] | None:
    try:
        found = exact(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _broken(name: str, number: int, line: str) -> Broken:
    return Broken(f"{name}, line {number}: {line.strip()[:LONGEST]}")


def _records(lines: Iterable[str], delimiter: str, name: str) -> Iterator[list[str] | Broken]:
    """The header, then each record; `Broken` for a line that has other fields than the header.

    A quote that is never closed spoils its own line only: the lines it ran over are read again on their own.
    Blank lines are left out.
    """
    source = iter(lines)
    ahead: deque[str] = deque()
    taken: list[str] = []
    width, done = 0, 0

    def pull() -> Iterator[str]:
        while (line := ahead.popleft() if ahead else next(source, None)) is not None:
            taken.append(line)
            yield line

    reader = csv.reader(pull(), delimiter=delimiter, strict=True)
    while True:
        taken.clear()
        try:
            record = next(reader, None)
        except csv.Error:
            record = []
        if record is None:
            return
        if record and len(record) == (width or len(record)):
            width = len(record)
            done += len(taken)
            yield record
        else:
            done += 1
            if taken[0].strip():
                yield _broken(name, done, taken[0])
            ahead.extendleft(reversed(taken[1:]))
            reader = csv.reader(pull(), delimiter=delimiter, strict=True)


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except UnicodeDecodeError:
        raise SourceFailed(f"{path.name} is not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise SourceFailed(f"cannot read {path.name}: {error.strerror}") from None
