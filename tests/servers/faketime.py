"""A time of day of its own for a program, which a test sets while the program runs (libfaketime)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_LIBRARIES = Path("/usr/lib")


class FakeTime:
    """`prefix` runs a command under it. The clock that nobody sets goes on as it does."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "faketime"
        self.offset = 0
        self.set(0)

    @property
    def prefix(self) -> Sequence[str]:
        library = next(_LIBRARIES.glob("*/faketime/libfaketimeMT.so.1"), None)
        if library is None:
            raise RuntimeError("libfaketime is missing: run `make test`, or apt-get install libfaketime")
        return (
            "env",
            f"LD_PRELOAD={library}",
            f"FAKETIME_TIMESTAMP_FILE={self._file}",
            "FAKETIME_NO_CACHE=1",
            "DONT_FAKE_MONOTONIC=1",
        )

    def set(self, seconds: int) -> None:
        """Put the time of day so many seconds ahead of the true one."""
        written = self._file.with_suffix(".new")
        written.write_text(f"{seconds:+d}")
        written.replace(self._file)
        self.offset = seconds
