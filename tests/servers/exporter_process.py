"""The exporter as its users run it: a process of its own, watched over HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.servers.process import Process, free_port

Labels = frozenset[tuple[str, str]]
Series = Mapping[tuple[str, Labels], float]

COMMAND = [sys.executable, "-c", "from exporter.cli import main; main()"]


class Exporter:
    """`with` starts `kpi-exporter run` on the files, or another command that serves, with its store in `folder`.

    `prefix` is a command that runs it, such as `env`.
    """

    def __init__(
        self,
        folder: Path,
        files: Sequence[Path],
        environ: Mapping[str, str] | None = None,
        command: str = "run",
        prefix: Sequence[str] = (),
        options: Sequence[str] = ("--web.enable-lifecycle",),
    ) -> None:
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.address}"
        self.store = folder / "kpi.duckdb"
        self.log = folder / "exporter.log"
        self._command = command
        self._prefix = prefix
        self._options = options
        self._files = files
        self._folder = folder
        self.environ = dict(environ or {})
        self._process: Process | None = None
        self._session = requests.Session()

    def __enter__(self) -> Exporter:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._session.close()

    def start(self) -> None:
        os.environ.update(self.environ)
        where = ["--store", str(self.store)] if self._command == "run" else ["--dir", str(self._folder)]
        files = [str(file) for file in self._files]
        self._process = Process(
            [*self._prefix, *COMMAND, self._command, *files, "--listen", self.address, *where, *self._options], self.log
        )
        self._process.wait_until(self._answers, timeout=120)  # the demonstration is simulated first

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> None:
        if self._process:
            self._process.end(sign)
        self._process = None

    def kill(self) -> None:
        """`kill -9`."""
        self.stop(signal.SIGKILL)

    def send(self, sign: signal.Signals) -> None:
        assert self._process
        self._process.send(sign)

    def reload(self) -> requests.Response:
        return requests.post(f"{self.url}/-/reload", timeout=30)

    def series(self) -> Series:
        """Everything on /metrics."""
        answer = self._session.get(f"{self.url}/metrics", timeout=30)
        answer.raise_for_status()
        families = text_string_to_metric_families(answer.text)
        return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}

    def value(self, name: str, **labels: str) -> float | None:
        """Return the sample of that name with exactly those labels."""
        return self.series().get((name, frozenset(labels.items())))

    def scrape(self) -> str:
        return self.page("/metrics")

    def page(self, path: str) -> str:
        answer = self._session.get(f"{self.url}{path}", timeout=30)
        return answer.text

    def ready(self) -> bool:
        return requests.get(f"{self.url}/-/ready", timeout=30).ok

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command of the same program, while this one runs."""
        os.environ.update(self.environ)
        return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False)

    def _answers(self) -> bool:
        try:
            return "was not evaluated yet" not in requests.get(f"{self.url}/-/ready", timeout=5).text
        except (requests.ConnectionError, requests.Timeout):  # it listens before it is ready to answer
            return False
