"""Asking promtool about generated files."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.servers.process import program


def run(*arguments: str | Path) -> tuple[int, str]:
    """The exit code of promtool and all it printed, in the order in which it did."""
    command = [program("promtool", "prometheus"), *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout
