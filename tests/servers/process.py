"""Starting a real program on a port of its own, waiting until it answers, and ending it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def program(name: str, package: str, *folders: Path) -> str:
    """Return where a program is; `RuntimeError` says how to install it."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)])
    if path_found := shutil.which(name, path=path):
        return path_found
    raise RuntimeError(f"{name} is missing: run scripts/install-servers.sh, or apt-get install {package}")


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(true: Callable[[], bool], what: str, timeout: float = 30.0) -> None:
    """Ask again and again until `true` is; `TimeoutError` names `what` was waited for.

    Between two questions pass twice as long as one takes: else those about a program that is busy take its time.
    """
    began = time.monotonic()
    end = began + timeout
    while not true():
        now = time.monotonic()
        if now > end:
            raise TimeoutError(f"waited {timeout:g}s for {what}")
        time.sleep(max(0.01, 2 * (now - began)))
        began = time.monotonic()


class Process:
    """One run of a program, with its output in a file."""

    def __init__(self, command: Sequence[str], log: Path, user: str | None = None) -> None:
        self._log = log
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                user=user,
                group=user,
                extra_groups=[] if user else None,
            )

    def wait_until(self, ready: Callable[[], bool], timeout: float = 30.0) -> None:
        """Until the program answers; `RuntimeError` with its last words if it ends instead."""

        def answered_or_ended() -> bool:
            if self._child.poll() is not None:
                raise RuntimeError(f"{self._child.args!r} ended: {self._log.read_text()[-2000:]}")
            return ready()

        try:
            wait_until(answered_or_ended, f"{self._child.args!r} to answer", timeout)
        except BaseException:
            self.end()
            raise

    def send(self, sign: signal.Signals) -> None:
        self._child.send_signal(sign)

    def end(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """End it and wait until it is gone."""
        if self._child.poll() is None:
            self._child.send_signal(sign)
        try:
            self._child.wait(30)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
