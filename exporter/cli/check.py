"""`kpi-exporter check`: read catalogues as a start would, and report every mistake."""

from __future__ import annotations

from pathlib import Path

import click

from exporter.catalogue.loading import load_all
from exporter.catalogue.reading.foreign_amounts import lines_to_paste
from exporter.catalogue.reading.problems import Problem
from exporter.kpis.notices import left_out_text
from exporter.quantities.counts import counted


@click.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def command(files: tuple[Path, ...]) -> None:
    """Check the catalogues in FILES; exit code 2 with every mistake, 0 if there is none. Connects to nothing.

    Amounts of an extended file in another currency than the company's are named: they are not in force.

    KPIs with a critical threshold and without an `action` are named, since whoever is told needs a first step.

    Files of this machine that are there are looked into for the columns that their tables require.

    Secrets need not be there: a variable or file of a source that is missing is named, and is no mistake before `run`.
    """
    not_set: list[Problem] = []
    companies = load_all(files, not_set=not_set, check_columns=True)
    for company in companies.values():
        counts = f"{counted(len(company.kpis), 'KPI')}, {counted(len(company.sources), 'source')}"
        click.echo(f"{company.name}: {counts}, no mistakes")
    for company in companies.values():
        if company.left_out:
            what = f"{company.name}: {left_out_text(company)}"
            click.echo(f"note: {what}; decide each number, and write in {company.file.name}:")
            click.echo(lines_to_paste(company.left_out))
    for company in companies.values():
        if silent := [kpi.id for kpi in company.kpis.values() if kpi.critical is not None and kpi.action is None]:
            which = f"{company.name}: critical without a first step: {', '.join(silent)}"
            click.echo(f"note: {which}; say in `action` what to do first")
    for missing in not_set:
        click.echo(f"note: {missing.subject}: {missing.message}; `run` needs it")
