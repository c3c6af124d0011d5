"""`kpi-exporter demo`: the simulated companies, polled and served as real ones would be."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from exporter.calendar.clock import utc_now
from exporter.cli._web import WebOptions, web_options
from exporter.cli.run import run

MEMORY = "128MB"
"""For companies of some thousand customers."""


@click.command("demo")
@web_options
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Keep the companies' files and the store here.")
def command(web: WebOptions, folder: Path | None) -> None:
    """Write the exports of each simulated company, read them as a real exporter would, and serve all KPIs."""
    if folder is not None:
        serve_demo(folder, web)
        return
    with TemporaryDirectory(prefix="kpi-demo-") as temporary:
        serve_demo(Path(temporary), web)


def serve_demo(folder: Path, web: WebOptions) -> None:
    """Write the companies below a folder and serve them until the program is stopped."""
    # Only this command needs the simulation: no other one loads it, not even to list the commands.
    from exporter.demo.registry import write_companies

    # In a process of its own: what simulating takes in memory goes with it.
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        companies = process.submit(write_companies, folder, utc_now()).result()
    click.echo(f"simulated companies are in {folder}; each {companies[0].name} tells how one is connected", err=True)
    run(companies, web, folder / "kpi.duckdb", MEMORY)
