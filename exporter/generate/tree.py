"""Comparison of generated files with a folder, and its update."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from exporter.generate.text import MARK

_OWNED = {"rules", "grafana", "grafana-alerting", "kubernetes", "mimir"}
"""The folders in which a file with the mark that is no longer generated is a leftover.

A run looks only at the folders to which it writes, so that one format leaves the files of the other alone.
"""


@dataclass(frozen=True)
class Difference:
    """Describes a file that differs: `actual` is None where it is missing, `wanted` where it is a leftover."""

    path: str
    actual: str | None
    wanted: str | None

    def diff(self) -> str:
        """Return a unified diff from the actual text to the wanted one."""
        before, after = (self.actual or "").splitlines(True), (self.wanted or "").splitlines(True)
        origin = "/dev/null" if self.actual is None else self.path
        goal = "/dev/null" if self.wanted is None else self.path
        return "".join(unified_diff(before, after, origin, goal))


def differences(folder: Path, wanted: Mapping[str, str]) -> Iterator[Difference]:
    """Yield every file of the folder that differs from the wanted one, and every leftover, in order of path."""
    paths = {*wanted, *_leftovers(folder, wanted)}
    for path in sorted(paths):
        actual = _text(folder / path)
        if actual != wanted.get(path):
            yield Difference(path, actual, wanted.get(path))


def apply(folder: Path, difference: Difference) -> None:
    """Write the wanted file, or remove the leftover."""
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
