"""`kpi-exporter explain`: ask the running exporter why a KPI is what it is, or, if none runs, its store."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from exporter.analysis.explain.text import explanation_text
from exporter.calendar.instants import parse_as_of, parse_known_at
from exporter.cli._client import client_options, company_of, named, request
from exporter.mistakes import did_you_mean
from exporter.records.store import Store


@click.command("explain")
@click.argument("company")
@click.argument("kpi")
@click.option("--as-of", metavar="DATE", help="A date or time in the past, in the company's time zone.")
@click.option(
    "--known-at",
    metavar="DATE",
    help="Tell revenue as it was known then, a day meaning its end, not as later corrections restate it.",
)
@client_options
def command(
    company: str,
    kpi: str,
    as_of: str | None,
    known_at: str | None,
    address: str,
    store: Path | None,
    file: Path | None,
) -> None:
    """Print the definition of KPI, its formula with its numbers, and the sources, rows and ages behind them.

    Of revenue, also the movements in its period, the largest customers by their ids, and the policy in force.
    """
    if store is None:
        question = {"company": company, "kpi": kpi, "as_of": as_of, "known_at": known_at}
        text = request(address, "explain", question.items()).text
    else:
        text = _read(store, named(file), company, kpi, as_of, known_at)
    click.echo(text, nl=False)


def _read(store: Path, file: Path, company: str, kpi: str, as_of: str | None, known_at: str | None) -> str:
    known = company_of(file, company)
    if kpi not in known.kpis:
        raise click.ClickException(f"{company} has no KPI {kpi!r}{did_you_mean(kpi, known.kpis)}")
    now = datetime.now(UTC)
    try:
        at = parse_as_of(as_of, known.calendar.zone) if as_of else None
        then = parse_known_at(known_at, known.calendar.zone, now) if known_at else None
        return explanation_text(known, known.kpis[kpi], Store(store, read_only=True), now, at, then)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
