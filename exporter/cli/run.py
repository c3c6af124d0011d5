"""`kpi-exporter run`: poll the sources of one or more companies and serve their KPIs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import click

from exporter.conventions import DEFAULT_ADDRESS
from exporter.records.store import Store
from exporter.runtime import Runtime
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from exporter.web.server import listen, serve

listen_option = click.option(
    "--listen", "address", default=DEFAULT_ADDRESS, show_default=True, help="Address to serve on, host:port."
)


@click.command("run")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@listen_option
@click.option(
    "--store",
    default=Path("kpi.duckdb"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="File that keeps the records; one exporter at a time uses it.",
)
def command(files: tuple[Path, ...], address: str, store: Path) -> None:
    """Poll the sources of the companies in FILES and serve their KPIs on /metrics, and for people on /."""
    run(files, address, store)


def run(files: Sequence[Path], address: str, store_file: Path) -> None:
    """Serve until told to stop. What can be refused is refused before anything is polled."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    listener = listen(address)
    store = Store(store_file)
    runtime = Runtime(files, store)
    exposition = Exposition(runtime.snapshot)
    runtime.changed = exposition.refresh
    app = create_app(runtime, exposition)
    runtime.start()
    try:
        serve(app, listener, runtime.reload)
    finally:
        runtime.stop()
