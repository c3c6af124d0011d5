"""The crowd that `crowd` measures beside: slow clients and backtests, in a process of its own, until a line comes in.

It prints a line once it is there, and at the end the status of each answer to a backtest.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from threading import Event, Thread

import requests

BACKTESTS = 60
SLOW_HEADS = SLOW_READERS = 100
BACKTEST = "/api/v1/backtest?company=managed-kubernetes&since=2026-01-01"
HEAD = b"GET /api/v1/kpis HTTP/1.1\r\nHost: localhost\r\n"


def slow_clients(port: int) -> Sequence[socket.socket]:
    clients = []
    for number in range(SLOW_HEADS + SLOW_READERS):
        client = socket.create_connection(("127.0.0.1", port), timeout=10)
        client.sendall(HEAD if number < SLOW_HEADS else HEAD + b"\r\n")
        clients.append(client)
    return clients


def be_slow(clients: Sequence[socket.socket], leave: Event) -> None:
    """Send a byte of each head a second, and take a kilobyte of each answer."""
    while not leave.wait(1.0):
        for number, client in enumerate(clients):
            with suppress(OSError):
                client.send(b"X") if number < SLOW_HEADS else client.recv(1024)


def backtest(port: int, statuses: list[int], leave: Event) -> None:
    """Request a backtest after the other; come again as the answer says."""
    while not leave.is_set():
        with suppress(requests.RequestException):
            answer = requests.get(f"http://127.0.0.1:{port}{BACKTEST}", timeout=120)
            statuses.append(answer.status_code)
            leave.wait(float(answer.headers.get("retry-after", 0)))


def main(port: int) -> None:
    leave, statuses, clients = Event(), list[int](), slow_clients(port)
    threads = [Thread(target=be_slow, args=(clients, leave), daemon=True)]
    threads += [Thread(target=backtest, args=(port, statuses, leave), daemon=True) for _ in range(BACKTESTS)]
    for thread in threads:
        thread.start()
    print("there", flush=True)
    sys.stdin.readline()
    leave.set()
    print(*statuses)


if __name__ == "__main__":
    main(int(sys.argv[1]))
