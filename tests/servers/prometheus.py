"""A real Prometheus with a configuration of the test's own."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import requests
from requests.auth import HTTPBasicAuth

from tests.servers import releases
from tests.servers.process import Process, free_port

SCRAPE_ITSELF = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
scrape_configs:
  - job_name: prometheus
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class Prometheus:
    """`with` starts it in `folder`; `{port}` in the configuration is its own, and braces are doubled.

    With a `web_config` for TLS, `ca` is the file of the authority; with users in it, `auth` is one of them.
    """

    def __init__(
        self,
        folder: Path,
        config: str = SCRAPE_ITSELF,
        web_config: str | None = None,
        ca: Path | None = None,
        auth: tuple[str, str] | None = None,
    ) -> None:
        self.port = free_port()
        self.url = f"{'https' if ca else 'http'}://127.0.0.1:{self.port}"
        self._program = releases.prometheus()
        self._folder = folder
        self._config = folder / "prometheus.yml"
        self._write(config)
        self._web_config = folder / "web.yml"
        self._web_config.write_text(web_config or "{}\n")
        self._session = requests.Session()
        self._session.trust_env = False  # REQUESTS_CA_BUNDLE would take the place of `ca`
        self._session.verify = str(ca) if ca else True
        self._session.auth = HTTPBasicAuth(*(part.encode() for part in auth)) if auth else None
        self._process: Process | None = None

    def __enter__(self) -> Prometheus:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._session.close()

    def start(self) -> None:
        self._process = Process(
            [
                self._program,
                f"--config.file={self._config}",
                f"--storage.tsdb.path={self._folder / 'data'}",
                "--storage.tsdb.retention.time=10y",
                f"--web.listen-address=127.0.0.1:{self.port}",
                f"--web.config.file={self._web_config}",
                "--web.enable-lifecycle",
                "--log.level=warn",
            ],
            self._folder / "log",
        )
        self._process.wait_until(self._ready)

    def stop(self) -> None:
        if self._process:
            self._process.end()
        self._process = None

    def reload(self, config: str) -> None:
        """Put another configuration in the place of the present one."""
        self._write(config)
        self._session.post(f"{self.url}/-/reload", timeout=30).raise_for_status()

    def get(self, path: str, **params: str) -> Any:
        """Return `data` of a GET of the API, such as `get("rules")`."""
        answer = self._session.get(f"{self.url}/api/v1/{path}", params=params, timeout=30)
        answer.raise_for_status()
        return answer.json()["data"]

    def query(self, promql: str) -> list[dict[str, Any]]:
        """Return the elements of an instant vector, each with `metric` and `value`."""
        result: list[dict[str, Any]] = self.get("query", query=promql)["result"]
        return result

    def _write(self, config: str) -> None:
        self._config.write_text(config.format(port=self.port))

    def _ready(self) -> bool:
        try:
            return self._session.get(f"{self.url}/-/ready", timeout=5).ok
        except requests.ConnectionError:
            return False
