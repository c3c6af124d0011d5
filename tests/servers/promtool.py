"""Asking promtool about generated files."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.servers.process import program


def run(*arguments: str | Path) -> tuple[int, str]:
    """The exit code of promtool and all it printed, in the order in which it did."""
    command = [program("promtool", "prometheus"), *map(str, arguments)]
    environ = {**os.environ, "GOGC": "400"}  # it drops a store after each test, and spends a fifth on collecting them
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=environ
    )
    return done.returncode, done.stdout
