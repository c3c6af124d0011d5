"""`kpi-exporter generate` in tests: the command into a folder, and the files that it wrote."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from exporter.cli.generate import command


def generate(out: Path, *arguments: str | Path) -> Result:
    """Run the command with this folder as its output."""
    return CliRunner().invoke(command, ["--out", str(out), *map(str, arguments)])


def files(folder: Path) -> set[str]:
    """Return the relative paths of all files below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
