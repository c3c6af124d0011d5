"""Programs and modules that are published for Go: fetched once, and built where they are needed."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

_GO = ("/usr/local/go/bin/go", "/usr/lib/go/bin/go")
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kpi-exporter-tests"
"""Where programs stay that were built, each version in a folder of its own: some take minutes."""


@cache
def program(package: str, version: str, absent: Sequence[str] = ()) -> Path:
    """Return the program of a package such as `helm.sh/helm/v3/cmd/helm`, which Go fetches and builds once.

    `absent` names files that the program embeds and that its module, which has `cmd/`, lacks; they are empty then.
    """
    name = re.sub(r"/v\d+$", "", package).rsplit("/", 1)[-1]
    path = _CACHE / f"{name}-{version}" / name
    with _one_at_a_time(path.parent):
        if path.exists():
            pass
        elif absent:
            _build_with(absent, package, version, path)
        else:
            environ = {**os.environ, "GOBIN": str(path.parent)}
            _run(go(package), "install", f"{package}@{version}", environ=environ)
    return path


@cache
def module(name: str, version: str) -> Path:
    """Return the folder with the source of a module."""
    folder = Path(_run(go(name), "env", "GOMODCACHE")) / f"{name}@{version}"
    if not folder.exists():
        _run(go(name), "mod", "download", f"{name}@{version}")
    return folder


def _build_with(absent: Sequence[str], package: str, version: str, path: Path) -> None:
    """Build in a copy of the module, since modules cannot be written to."""
    name, _, command = package.partition("/cmd/")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "module"
        shutil.copytree(module(name, version), copy, copy_function=shutil.copyfile)
        for each in (copy, *copy.rglob("*/")):
            each.chmod(0o755)
        for file in absent:
            (copy / file).parent.mkdir(parents=True, exist_ok=True)
            (copy / file).touch()
        _run(go(package), "build", "-o", str(path), f"./cmd/{command}", folder=copy)


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Let other processes wait, which want the same program."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def go(wanted: str) -> str:
    """Return the path of Go; without one the test fails and says what it is for."""
    path = shutil.which("go") or next((each for each in _GO if Path(each).exists()), None)
    if path is None:
        pytest.fail(
            f"this test needs {wanted}, which Go fetches, and there is no Go: put `go` 1.21 or later on the PATH "
            "(`apt-get install golang-go`, or https://go.dev/dl/), and run the test again",
            pytrace=False,
        )
    return path


def _run(*command: str, environ: dict[str, str] | None = None, folder: Path = Path("/")) -> str:
    """Return what a command of Go prints; `RuntimeError` has its complaint."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ, cwd=folder)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return done.stdout.strip()
