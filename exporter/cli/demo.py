"""`kpi-exporter demo`: a simulated company, polled and served as a real one would be."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from exporter.cli.run import listen_option, run
from exporter.demo.simulation import write
from exporter.runtime import utc_now


@click.command("demo")
@listen_option
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Keep the company's files and the store here.")
def command(address: str, folder: Path | None) -> None:
    """Write three years of a company's exports, read them as a real exporter would, and serve its KPIs."""
    if folder is not None:
        serve_demo(folder, address)
        return
    with TemporaryDirectory(prefix="kpi-demo-") as temporary:
        serve_demo(Path(temporary), address)


def serve_demo(folder: Path, address: str) -> None:
    company = write(folder, utc_now())
    click.echo(
        f"a company of three years is in {folder}; read {company.name} there to see how it is connected", err=True
    )
    run([company], address, folder / "kpi.duckdb")
