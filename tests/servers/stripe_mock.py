"""Stripe's own stand-in, stripe-mock: it knows every path and parameter of the API, and keeps nothing."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import TracebackType

import requests

from tests.servers import go_program
from tests.servers.process import free_port, wait_until

MODULE = "github.com/stripe/stripe-mock"
VERSION = "v0.203.0"


def specification() -> Path:
    """Return the OpenAPI document that the module carries."""
    return go_program.module(MODULE, VERSION) / "embedded" / "openapi" / "spec3.json"


class StripeMock:
    """`with` runs it on loopback alone; `refusal` says what it finds wrong with a request."""

    def __init__(self) -> None:
        self._program = go_program.program(MODULE, VERSION)
        self._port, tls = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        # Without an address for HTTPS it would listen on every interface.
        self._addresses = ["-http-addr", f"127.0.0.1:{self._port}", "-https-addr", f"127.0.0.1:{tls}"]
        self._session = requests.Session()

    def __enter__(self) -> StripeMock:
        command = [str(self._program), *self._addresses, "-strict-version-check"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._is_up, "stripe-mock")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()
        self._process.terminate()
        self._process.wait()

    def refusal(self, method: str, path: str, query: str, version: str) -> str | None:
        """Return what it answers to a request that it does not accept."""
        url = f"{self.url}{path}?{query}" if query else f"{self.url}{path}"
        headers = {"Authorization": "Bearer sk_test_123", "Stripe-Version": version}
        response = self._session.request(method, url, headers=headers)
        return None if response.status_code == 200 else f"{response.status_code} {response.text}"

    def _is_up(self) -> bool:
        try:
            return bool(requests.get(self.url, timeout=5).status_code)
        except requests.RequestException:
            return False
