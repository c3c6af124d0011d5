"""Stripe's own stand-in, stripe-mock: it knows every path and parameter of the API, and keeps nothing."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from types import TracebackType

import pytest
import requests

from tests.servers.process import free_port, wait_until

MODULE = "github.com/stripe/stripe-mock"
VERSION = "v0.203.0"
_GO = ("/usr/local/go/bin/go", "/usr/lib/go/bin/go")
HOW = f"""this test needs {MODULE}@{VERSION}, which Go builds, and there is no Go: put `go` 1.21 or later on the PATH
(`apt-get install golang-go`, or https://go.dev/dl/), and run the test again; it fetches the module by itself"""


@cache
def specification() -> Path:
    """Return the OpenAPI document that the module carries."""
    folder = Path(_output(_go(), "env", "GOMODCACHE")) / f"{MODULE}@{VERSION}"
    if not folder.exists():
        _program()
    return folder / "embedded" / "openapi" / "spec3.json"


class StripeMock:
    """`with` runs it on loopback alone; `refusal` says what it finds wrong with a request."""

    def __init__(self) -> None:
        self._program = _program()
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


@cache
def _program() -> Path:
    """Return the program, which Go fetches and builds once."""
    if path := shutil.which("stripe-mock"):
        return Path(path)
    folder = Path(_output(_go(), "env", "GOPATH")) / "bin"
    if not (folder / "stripe-mock").exists():
        subprocess.run([_go(), "install", f"{MODULE}@{VERSION}"], check=True, capture_output=True)
    return folder / "stripe-mock"


def _go() -> str:
    path = shutil.which("go") or next((each for each in _GO if Path(each).exists()), None)
    if path is None:
        pytest.fail(HOW, pytrace=False)
    return path


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
