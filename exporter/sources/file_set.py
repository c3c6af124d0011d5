"""Finds the files of a pattern, and whether one has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from exporter.records.batch import ChangedMeanwhile, SourceFailed

Format = Literal["csv", "jsonl", "parquet", "workbook"]

_SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "workbook",
    ".xlsb": "workbook",
    ".xls": "workbook",
    ".ods": "workbook",
}


def format_of(path: Path) -> Format | None:
    """Return the format that belongs to the suffix of a file or a pattern; None for another suffix."""
    return _SUFFIXES.get(path.suffix.lower())


@dataclass(frozen=True)
class FileSet:
    """The files of a pattern, by name; `state` changes when one is written, added or removed."""

    pattern: Path
    paths: tuple[Path, ...]
    state: str

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Raise `ChangedMeanwhile` if a file has changed at the end, also in place of a failure that this caused."""
        try:
            yield
        except SourceFailed:
            self._check()
            raise
        self._check()

    def _check(self) -> None:
        try:
            same = scan(self.pattern).state == self.state
        except SourceFailed:
            same = False
        if not same:
            raise ChangedMeanwhile(
                f"{self.pattern} changed while it was read; write a new version beside it, then rename it into place"
            )


def scan(pattern: Path) -> FileSet:
    """Return the files that match an absolute pattern now.

    Raises:
        SourceFailed: If there are none.
    """
    paths = [pattern] if pattern.is_file() else sorted(filter(Path.is_file, _matches(pattern)))
    if not paths:
        raise SourceFailed(f"no file matches {pattern}")
    try:
        states = [(str(path), stat.st_ino, stat.st_mtime_ns, stat.st_size) for path in paths for stat in [path.stat()]]
    except OSError as error:
        raise SourceFailed(f"cannot look at {pattern}: {error.strerror}") from None
    return FileSet(pattern, tuple(paths), sha256(repr(states).encode()).hexdigest()[:16])


def _matches(pattern: Path) -> Iterator[Path]:
    return Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))
