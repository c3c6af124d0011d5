"""Programs and modules that are published for Go: fetched once, and built where they are needed."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

_GO = ("/usr/local/go/bin/go", "/usr/lib/go/bin/go")


@cache
def program(package: str, version: str) -> Path:
    """Return the program of a package such as `helm.sh/helm/v3/cmd/helm`, which Go fetches and builds once."""
    folder = Path(_output(_go(package), "env", "GOPATH")) / "bin"
    path = folder / package.rsplit("/", 1)[-1]
    if not path.exists():
        subprocess.run([_go(package), "install", f"{package}@{version}"], check=True, capture_output=True)
    return path


@cache
def module(name: str, version: str) -> Path:
    """Return the folder with the source of a module."""
    folder = Path(_output(_go(name), "env", "GOMODCACHE")) / f"{name}@{version}"
    if not folder.exists():
        subprocess.run([_go(name), "mod", "download", f"{name}@{version}"], check=True, capture_output=True, cwd="/")
    return folder


def _go(wanted: str) -> str:
    path = shutil.which("go") or next((each for each in _GO if Path(each).exists()), None)
    if path is None:
        pytest.fail(
            f"this test needs {wanted}, which Go fetches, and there is no Go: put `go` 1.21 or later on the PATH "
            "(`apt-get install golang-go`, or https://go.dev/dl/), and run the test again",
            pytrace=False,
        )
    return path


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
