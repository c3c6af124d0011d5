"""`kpi-exporter run`: poll the sources of one or more companies and serve their KPIs."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from exporter.cli._web import WebOptions, web_options
from exporter.records.store import MEMORY, Store
from exporter.runtime.service import Runtime
from exporter.sources.query_memory import QUERY_MEMORY
from exporter.web.app import create_app
from exporter.web.connections import Connections
from exporter.web.exposition import Exposition
from exporter.web.http_stats import HttpStats
from exporter.web.server import serve

FULL_PASS_AFTER = 10_000
"""Passes of the garbage collector over young objects before one over all, which keeps a scrape waiting."""

SWITCH_SECONDS = 0.001
"""How long a thread that computes keeps a scrape waiting for the interpreter; 5 ms unless told otherwise."""

_ARENA_MAX = -8
"""The number of the option of glibc's `mallopt` that says how many heaps threads spread over."""

LEAST_MEGABYTES = 64
"""What the database needs for a company of any size."""


def _size(_: click.Context, __: click.Parameter, text: str) -> str:
    size = re.fullmatch(r"([1-9]\d*)(MB|GB)", text)
    if not size:
        raise click.BadParameter(f"{text!r} is not a size; write for example 512MB or 2GB")
    if size[2] == "MB" and int(size[1]) < LEAST_MEGABYTES:
        raise click.BadParameter(f"the database needs {LEAST_MEGABYTES}MB at least")
    return text


@click.command("run")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@web_options
@click.option(
    "--store",
    default=Path("kpi.duckdb"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="File that keeps the records; one exporter at a time uses it.",
)
@click.option(
    "--memory",
    default=MEMORY,
    show_default=True,
    callback=_size,
    metavar="SIZE",
    help="What the database may take beside the program, and as much again all queries over files together: more for a "
    "company of many thousand customers.",
)
def command(files: tuple[Path, ...], web: WebOptions, store: Path, memory: str) -> None:
    """Poll the sources of the companies in FILES and serve their KPIs on /metrics, and for people on /."""
    run(files, web, store, memory)


def run(files: Sequence[Path], web: WebOptions, store_file: Path, memory: str) -> None:
    """Serve until the process is stopped. What can be refused is refused before anything is polled."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # skipped polls are counted, at every one a line is noise
    os.umask(0o077)  # the store, and what polls write beside it, is for nobody else
    gc.set_threshold(*gc.get_threshold()[:2], FULL_PASS_AFTER)
    sys.setswitchinterval(SWITCH_SECONDS)
    share_one_heap()
    listeners = web.listeners()
    settings = web.settings(listeners)
    store = Store(store_file, memory=memory)
    QUERY_MEMORY.allow(memory)
    runtime = Runtime(files, store)
    stats = HttpStats(web_config_loaded=settings.files.web_config_loaded)
    exposition = Exposition(runtime.snapshot, stats=stats)
    runtime.changed, runtime.evaluated = exposition.refresh, exposition.prepare
    app = create_app(runtime, exposition, settings=settings)
    runtime.start()
    gc.collect()
    gc.freeze()  # modules and catalogues stay: a full pass need not look at them each time
    try:
        serve(app, listeners, runtime.reload, settings.files.tls(), Connections(web.most_connections, stats))
    finally:
        runtime.stop()
        gc.unfreeze()  # or the driver of the store takes what is left of it for leaks, and prints a page about them


def share_one_heap() -> None:
    """Let all threads share one heap of the C library, where that is glibc: of many, each keeps what is free in it."""
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)
