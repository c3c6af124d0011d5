"""`kpi-exporter generate`: write what follows from the catalogues, or tell whether it is in step with them."""

from __future__ import annotations

from pathlib import Path

import click

from exporter.catalogue.loading import load_all, shipped, shipped_file
from exporter.generate.registry import generated
from exporter.generate.tree import apply, differences


@click.command("generate")
@click.argument("files", nargs=-1, metavar="[COMPANY_FILE]...", type=click.Path(path_type=Path))
@click.option("--out", "folder", default=".", type=click.Path(path_type=Path), help="Folder to write to.")
@click.option("--check", is_flag=True, help="Write nothing; show what differs, and exit with 1 if anything does.")
def command(files: tuple[Path, ...], folder: Path, check: bool) -> None:
    """Write rules, their tests, runbooks, boards and the catalogue's JSON Schema.

    They are made from each COMPANY_FILE, or from the catalogues that ship. Files in rules/ and grafana/ that an
    earlier run wrote and that are no longer generated are removed.
    """
    companies = load_all(files or [shipped_file(name) for name in shipped()])
    found = list(differences(folder, generated(list(companies.values()))))
    for difference in found:
        if check:
            click.echo(difference.diff(), nl=False)
        else:
            apply(folder, difference)
            click.echo(f"{'removed' if difference.wanted is None else 'wrote'} {difference.path}")
    if check and found:
        click.echo("The generated files are not in step with the catalogues; run: kpi-exporter generate", err=True)
        raise SystemExit(1)
