"""Finds the files of a pattern, and whether one has changed since."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from os import SEEK_END
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


_SETTLED_AFTER = 2_000_000_000
"""Nanoseconds after which a change of a file has another time; the coarsest file systems count in two seconds."""

_WITH_CONTENTS = "+"
"""In a state, between what the system says of the files and a hash of what they hold."""

_PART, _MOST_PARTS = 1_000_000, 64
"""Bytes of a part of a file that is hashed, and how many parts are."""


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


def scan(pattern: Path, take: Take = "all", previous: str = "") -> FileSet:
    """Return the files that match an absolute pattern now; their state is `previous` if they are as they were then.

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
    state = _state(paths, pattern, previous)

    def check() -> None:
        try:
            # A file that arrived meanwhile is no change of the newest: the next poll reads it.
            now = scan(pattern, "all", state).state if take == "all" else _state(paths, pattern, state)
        except SourceFailed:
            now = ""
        if now != state:
            raise ChangedMeanwhile(
                f"{pattern} changed while it was read; write a new version beside it, then rename it into place"
            )

    return FileSet(pattern.name, tuple(paths), state, check)


def _state(paths: Sequence[Path], pattern: Path, previous: str) -> str:
    """Return a text that changes with the files, `previous` if they are as they were then.

    The time of a change is that of the last tick of the system's clock. So of files that were written just now, and may
    be written again in the same tick, the state has the contents too.
    """
    try:
        stats = [(str(path), path.stat()) for path in paths]
        seen = [(path, at.st_ino, at.st_mtime_ns, at.st_ctime_ns, at.st_size) for path, at in stats]
        state = sha256(repr(seen).encode()).hexdigest()[:16]
        same, _, contents = previous.partition(_WITH_CONTENTS)
        if same == state and contents in ("", _contents(paths) if contents else ""):
            return previous
        is_settled = all(time.time_ns() - at.st_ctime_ns > _SETTLED_AFTER for _, at in stats)
        return state if is_settled else f"{state}{_WITH_CONTENTS}{_contents(paths)}"
    except OSError as error:
        raise SourceFailed(f"cannot look at {pattern}: {error.strerror}") from None


def _contents(paths: Sequence[Path]) -> str:
    """Return a hash of what files hold, of long ones of parts of it."""
    digest = sha256()
    for path in paths:
        try:
            with path.open("rb") as file:
                step = max(_PART, file.seek(0, SEEK_END) // _MOST_PARTS)
                for number in range(_MOST_PARTS):
                    file.seek(number * step)
                    digest.update(file.read(_PART))
        except OSError as error:
            raise SourceFailed(f"cannot read {path.name}: {error.strerror}") from None
    return digest.hexdigest()[:16]


def _matches(pattern: Path) -> Iterator[Path]:
    return Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))
