"""`kpi-exporter check`: read catalogues as a start would, and tell every mistake."""

from __future__ import annotations

from pathlib import Path

import click

from exporter.catalogue.loading import load_all


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(files: tuple[Path, ...]) -> None:
    """Check the catalogues in FILES; exit code 2 with every mistake, 0 if there is none. Connects to nothing."""
    for company in load_all(files).values():
        click.echo(f"{company.name}: {len(company.kpis)} KPIs, {len(company.sources)} sources, no mistakes")
