"""Asking amtool about a generated configuration, and walking its routes as Alertmanager does."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.servers import releases

Route = dict[str, Any]

_MATCHER = re.compile(r'(\w+)(=|!=|=~|!~)"(.*)"')


def check(file: Path) -> tuple[int, str]:
    """Return the exit code of `amtool check-config` and all it printed."""
    command = [releases.amtool(), "check-config", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def run_route_tests(folder: Path) -> tuple[int, str]:
    """Run the command that the generated route tests name; return its exit code and all it printed."""
    (line,) = [line for line in route_tests(folder).splitlines() if line.startswith("# To run them: ")]
    command = line.removeprefix("# To run them: ")
    path = os.pathsep.join([str(Path(releases.amtool()).parent), os.environ["PATH"]])
    environ = {**os.environ, "PATH": path}
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=False, env=environ)
    return done.returncode, done.stdout + done.stderr


def route_tests(folder: Path) -> str:
    return (folder / "rules/tests/alertmanager.routes.txt").read_text()


def taken(route: Route, labels: Mapping[str, str]) -> Iterator[Route]:
    """Yield the routes at which an alert ends, by Alertmanager's rules: the first that fits, more after `continue`."""
    matched = False
    for below in route.get("routes", []):
        if all(_fits(matcher, labels) for matcher in below.get("matchers", [])):
            matched = True
            yield from taken(below, labels)
            if not below.get("continue"):
                return
    if not matched:
        yield route


def every(route: Route) -> Iterator[Route]:
    yield route
    for below in route.get("routes", []):
        yield from every(below)


def _fits(matcher: str, labels: Mapping[str, str]) -> bool:
    parts = _MATCHER.fullmatch(matcher)
    assert parts, f"{matcher} is no matcher"
    value = parts[3].replace('\\"', '"').replace("\\\\", "\\")
    has = labels.get(parts[1], "")
    same = bool(re.fullmatch(value, has)) if "~" in parts[2] else has == value
    return same != parts[2].startswith("!")
