"""Asking promtool about generated files."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.servers.process import program


def run(*arguments: str | Path) -> tuple[int, str]:
    """The exit code of promtool and all it printed."""
    command = [program("promtool", "prometheus"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_rules(tree: Path) -> tuple[int, set[str]]:
    """The exit code of the generated tests of a folder, and the names of the alerts that failed them."""
    code, output = run("test", "rules", *sorted((tree / "rules/tests").glob("*.test.yml")))
    return code, set(re.findall(r"alertname: ?(\w+),", output))


test_rules.__test__ = False  # type: ignore[attr-defined]  # pytest takes its name for a test's
