"""`kpi-exporter try`: poll each source of a company once, store nothing, and print what comes of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from exporter.calendar.clock import Clock
from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.mistakes import did_you_mean


@click.command("try")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--source", "sources", multiple=True, help="Only this source; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(file: Path, sources: Sequence[str], as_json: bool) -> None:
    """Poll the sources of the company in FILE once, and print what they give and which KPIs would have values.

    Nothing is stored. The exit code is 1 when a source fails or a row is set aside, and 2 for a mistake in FILE.
    """
    company = load(file)
    for name in sources:
        if name not in company.sources:
            raise click.UsageError(f"{company.name} has no source {name!r}{did_you_mean(name, company.sources)}")
    if not try_and_print(company, sources, as_json=as_json):
        raise SystemExit(1)


def try_and_print(company: Company, sources: Sequence[str] = (), *, as_json: bool = False) -> bool:
    """Try the sources of a company, all if none is named, and print what comes of it; True if nothing is wrong."""
    # Imported when something is tried: pollers and KPIs are half of what `--help` would take.
    from exporter.setup.trial import try_company
    from exporter.setup.trial_text import document, text

    trial = try_company(company, sources, Clock(), lambda sentence: click.echo(sentence, err=True))
    click.echo(json.dumps(document(trial), indent=2) if as_json else text(trial), nl=as_json)
    return all(source.flawless for source in trial.sources)
