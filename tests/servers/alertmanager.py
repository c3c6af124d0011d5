"""A real Alertmanager with a configuration of the test's own."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from tests.servers import releases
from tests.servers.process import Process, free_port


class Alertmanager:
    """`with` starts it in `folder`, alone: it looks for no peers."""

    def __init__(self, folder: Path, config: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._program = releases.alertmanager()
        self._folder = folder
        self._config = folder / "alertmanager.yml"
        self._config.write_text(config)
        self._process: Process | None = None

    def __enter__(self) -> Alertmanager:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self._process = Process(
            [
                self._program,
                f"--config.file={self._config}",
                f"--storage.path={self._folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
                "--cluster.listen-address=",
                "--log.level=warn",
            ],
            self._folder / "log",
        )
        self._process.wait_until(self._ready)

    def stop(self) -> None:
        if self._process:
            self._process.end()
        self._process = None

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts that it holds now, as its API gives them."""
        answer = requests.get(f"{self.url}/api/v2/alerts", timeout=30)
        answer.raise_for_status()
        held: list[dict[str, Any]] = answer.json()
        return held

    def post(self, *alerts: dict[str, Any]) -> None:
        """Give it alerts, as Prometheus does."""
        requests.post(f"{self.url}/api/v2/alerts", json=alerts, timeout=30).raise_for_status()

    def _ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/-/ready", timeout=5).ok
        except requests.ConnectionError:
            return False
