"""Which Prometheus and Alertmanager the tests run: Debian's, or in the second round of `make test-all` the newest."""

from __future__ import annotations

import os

from tests.servers import go_program
from tests.servers.process import program

NEWEST_SERVERS = "NEWEST_SERVERS"
"""Is in the environment of a run of the newest."""

_PROMETHEUS = ("github.com/prometheus/prometheus", "v0.316.0")
_ALERTMANAGER = ("github.com/prometheus/alertmanager", "v0.35.0")
_PAGES = ("ui/app/dist/elm/index.html", "ui/app/dist/mantine/index.html")
"""Alertmanager's own page, which its makefile builds."""


def prometheus(name: str = "prometheus") -> str:
    """Return the path of Prometheus, or of its `promtool`."""
    if NEWEST_SERVERS not in os.environ:
        return program(name, "prometheus")
    module, version = _PROMETHEUS
    return str(go_program.program(f"{module}/cmd/{name}", version))


def alertmanager() -> str:
    """Return the path of Alertmanager."""
    if NEWEST_SERVERS not in os.environ:
        return program("prometheus-alertmanager", "prometheus-alertmanager")
    module, version = _ALERTMANAGER
    return str(go_program.program(f"{module}/cmd/alertmanager", version, _PAGES))


def amtool() -> str:
    """Return the path of Alertmanager's command line."""
    return newest_amtool() if NEWEST_SERVERS in os.environ else program("amtool", "prometheus-alertmanager")


def newest_amtool() -> str:
    """Return that of the newest, which knows receivers that Debian's does not."""
    module, version = _ALERTMANAGER
    return str(go_program.program(f"{module}/cmd/amtool", version))
