"""Promtool in tests: its commands on generated files, and tests of PromQL that a test writes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.servers import releases


def run(*arguments: str | Path) -> tuple[int, str]:
    """Return promtool's exit code and its output, both streams in order."""
    command = [releases.prometheus("promtool"), *map(str, arguments)]
    environ = {**os.environ, "GOGC": "400"}  # it drops a store after each test, and spends a fifth on collecting them
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, env=environ
    )
    return done.returncode, done.stdout


def run_test(folder: Path, test: Mapping[str, Any], rules: Path | None = None) -> tuple[int, str]:
    """Run one test, in a file that this writes to the folder, on a file of rules or on none."""
    if rules is None:
        rules = folder / "none.yml"
        rules.write_text("groups: []\n")
    file = folder / "one.test.yml"
    document = {"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": [test]}
    file.write_text(yaml.safe_dump(document))
    return run("test", "rules", file)
