"""Finds the files of a pattern, and whether one has changed since."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from exporter.records.batch import ChangedMeanwhile, SourceFailed
from exporter.sources.address import Address

Format = Literal["csv", "jsonl", "parquet", "workbook"]
Take = Literal["all", "newest"]
"""Which of the files of a pattern are read: all, or the last by name."""

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


def format_of(location: Path | Address) -> Format | None:
    """Return the format that belongs to the suffix of a file or a pattern; None for another suffix."""
    return _SUFFIXES.get(location.suffix.lower())


def _nothing_changes() -> None:
    """Stand for the check of copies, which nothing changes."""


@dataclass(frozen=True)
class FileSet:
    """Files of this machine that are read together, in the order of their names.

    Attributes:
        name: What messages call them.
        paths: The files.
        state: A text that changes when one is written, added or removed.
        check: Raises `ChangedMeanwhile` if the state is another by now.
    """

    name: str
    paths: tuple[Path, ...]
    state: str
    check: Callable[[], None] = _nothing_changes

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Raise `ChangedMeanwhile` if a file has changed at the end, also in place of a failure that this caused."""
        try:
            yield
        except SourceFailed:
            self.check()
            raise
        self.check()


def scan(pattern: Path, take: Take = "all") -> FileSet:
    """Return the files that match an absolute pattern now.

    Raises:
        SourceFailed: If there are none, or nobody may look for them.
    """
    try:
        paths = [pattern] if pattern.is_file() else sorted(filter(Path.is_file, _matches(pattern)))
    except OSError as error:
        raise SourceFailed(f"cannot look at {pattern}: {error.strerror}") from None
    if not paths:
        raise SourceFailed(f"no file matches {pattern}")
    paths = paths if take == "all" else paths[-1:]
    state = _state(paths, pattern)

    def check() -> None:
        try:
            # A file that arrived meanwhile is no change of the newest: the next poll reads it.
            now = scan(pattern).state if take == "all" else _state(paths, pattern)
        except SourceFailed:
            now = ""
        if now != state:
            raise ChangedMeanwhile(
                f"{pattern} changed while it was read; write a new version beside it, then rename it into place"
            )

    return FileSet(pattern.name, tuple(paths), state, check)


def _state(paths: Sequence[Path], pattern: Path) -> str:
    try:
        states = [(str(path), stat.st_ino, stat.st_mtime_ns, stat.st_size) for path in paths for stat in [path.stat()]]
    except OSError as error:
        raise SourceFailed(f"cannot look at {pattern}: {error.strerror}") from None
    return sha256(repr(states).encode()).hexdigest()[:16]


def _matches(pattern: Path) -> Iterator[Path]:
    return Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))
