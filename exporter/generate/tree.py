"""Comparing generated files with what a folder holds, and bringing it in step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from exporter.generate.text import MARK

_OWNED = {"rules", "grafana", "kubernetes"}
"""The folders in which a file that carries the mark and is no longer generated is a leftover.

Only those of them are looked at in which files are wanted: what is generated in one format is none of the other's.
"""


@dataclass(frozen=True)
class Difference:
    """A file that is not as it should be: `found` is None where it is missing, `wanted` where it should go."""

    path: str
    actual: str | None
    wanted: str | None

    def diff(self) -> str:
        """A unified diff from what there is to what there should be."""
        before, after = (self.actual or "").splitlines(True), (self.wanted or "").splitlines(True)
        origin = "/dev/null" if self.actual is None else self.path
        goal = "/dev/null" if self.wanted is None else self.path
        return "".join(unified_diff(before, after, origin, goal))


def differences(folder: Path, wanted: Mapping[str, str]) -> Iterator[Difference]:
    """Every file of the folder that differs from what is wanted, and every leftover, in order of path."""
    paths = {*wanted, *_leftovers(folder, wanted)}
    for path in sorted(paths):
        actual = _text(folder / path)
        if actual != wanted.get(path):
            yield Difference(path, actual, wanted.get(path))


def apply(folder: Path, difference: Difference) -> None:
    """Write the file, or remove the leftover."""
    path = folder / difference.path
    if difference.wanted is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(difference.wanted.encode())


def _leftovers(folder: Path, wanted: Mapping[str, str]) -> Iterator[str]:
    for owned in sorted(_OWNED & {path.split("/")[0] for path in wanted}):
        for path in (folder / owned).rglob("*"):
            relative = path.relative_to(folder).as_posix()
            if relative not in wanted and path.is_file() and MARK in (_text(path) or ""):
                yield relative


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return None
