"""The server: the addresses it takes, what it says when it cannot listen, and what signals do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen

import pytest
import requests

from exporter.web.listening import CannotListen, listen, systemd_sockets, url

ROOT = Path(__file__).parents[2]


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen) as refused:
            listen(f"127.0.0.1:{port}")
    assert str(refused.value) == (
        f"cannot listen on 127.0.0.1:{port}: another program listens there; stop it, or choose another port "
        "with --listen"
    )


@pytest.mark.parametrize("address", ["", "9847", "127.0.0.1", "127.0.0.1:", "127.0.0.1:99999", "::1:9847", "a b:x"])
def test_what_is_not_an_address(address: str) -> None:
    with pytest.raises(CannotListen, match=r"is not an address; write host:port, such as 127\.0\.0\.1:9847"):
        listen(address)


def test_a_host_that_is_not_here() -> None:
    with pytest.raises(CannotListen, match=r"^cannot listen on 192\.0\.2\.1:9847: "):
        listen("192.0.2.1:9847")


@pytest.mark.parametrize(("address", "start"), [("127.0.0.1:0", "http://127.0.0.1:"), ("[::1]:0", "http://[::1]:")])
def test_addresses(address: str, start: str) -> None:
    with listen(address) as listener:
        port = listener.getsockname()[1]
        assert url(listener) == f"{start}{port}/"
        socket.create_connection(listener.getsockname()[:2], timeout=5).close()


def test_every_interface_is_that_of_both_protocols() -> None:
    with listen(":0") as listener:
        port = listener.getsockname()[1]
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port), timeout=5).close()


def test_small_answers_are_sent_at_once() -> None:
    """Only on connections of a socket that names its protocol does asyncio set TCP_NODELAY."""
    with listen("127.0.0.1:0") as listener:
        assert listener.proto == socket.IPPROTO_TCP


@pytest.mark.parametrize(
    ("pid", "number"),
    [("1", "1"), ("", "1"), (None, ""), (None, "\u00b2"), (None, "x")],
)
def test_sockets_that_are_not_for_this_process_are_left(pid: str | None, number: str) -> None:
    environ = {"LISTEN_PID": str(os.getpid()) if pid is None else pid, "LISTEN_FDS": number, "LISTEN_FDNAMES": "kpi"}
    assert list(systemd_sockets(environ)) == []
    assert not environ, "no child takes them for its own"


SOCKET_ACTIVATED = """
import os, socket, sys
given = socket.create_server(("127.0.0.1", 0))
port = str(given.getsockname()[1])
os.dup2(given.fileno(), 3)
if "file" in sys.argv:
    os.dup2(os.open("/dev/null", os.O_RDONLY), 3)
os.set_inheritable(3, True)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
os.execv(sys.executable, [sys.executable, "-c", sys.argv[1], port])
"""
TAKES_SOCKETS = """
import os, sys
from exporter.web.listening import CannotListen, systemd_sockets
try:
    (listener,) = systemd_sockets(os.environ)
    print(listener.getsockname()[1] == int(sys.argv[1]), listener.get_inheritable())
except CannotListen as refused:
    print(refused)
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("kind", "printed"), [("socket", "True False"), ("file", "descriptor 3 of systemd is no socket: ")]
)
def test_sockets_of_systemd(kind: str, printed: str) -> None:
    command = [sys.executable, "-c", SOCKET_ACTIVATED, TAKES_SOCKETS, kind]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.startswith(printed)


@pytest.fixture
def process() -> Iterator[Popen[str]]:
    command = [sys.executable, "-m", "tests.web.serve_shown", "127.0.0.1:0"]
    with Popen(command, cwd=ROOT, stdout=PIPE, stderr=STDOUT, text=True) as started:
        yield started
        started.kill()


def until(process: Popen[str], wanted: str) -> str:
    """Return the log up to and including the line that contains `wanted`."""
    assert process.stdout is not None
    logged = []
    for line in process.stdout:
        logged.append(line)
        if wanted in line:
            return "".join(logged)
    raise AssertionError(f"it ended without {wanted!r}: {logged}")


def address(process: Popen[str]) -> str:
    return until(process, "listening on").split()[-1]


@pytest.mark.process
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told_although_a_client_stays_connected(process: Popen[str], stop: signal.Signals) -> None:
    with requests.Session() as client:
        assert client.get(f"{address(process)}metrics", timeout=10).ok
        process.send_signal(stop)
        until(process, "stopped")
        assert process.wait(20) == 0


@pytest.mark.process
def test_hangup_reloads_and_a_refusal_is_logged_and_survived(process: Popen[str]) -> None:
    at = address(process)
    process.send_signal(signal.SIGHUP)
    until(process, "INFO the configuration was reloaded")
    process.send_signal(signal.SIGHUP)
    until(process, "ERROR the configuration was not reloaded, the old one stays")
    assert requests.get(f"{at}-/healthy", timeout=10).ok


@pytest.mark.process
def test_scrapes_are_not_logged(process: Popen[str]) -> None:
    at = address(process)
    requests.get(f"{at}metrics", timeout=10)
    process.send_signal(signal.SIGTERM)
    assert "GET" not in until(process, "stopped")
