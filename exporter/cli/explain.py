"""`kpi-exporter explain`: ask the running exporter why a KPI is what it is, or, if none runs, its store."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import requests

from exporter.catalogue.loading import load_all
from exporter.catalogue.problems import did_you_mean
from exporter.cli.run import listen_option
from exporter.kpis.explanation import explain, parse_as_of
from exporter.records.store import Store

TIMEOUT = 30.0


@click.command("explain")
@click.argument("company")
@click.argument("kpi")
@click.option("--as-of", metavar="DATE", help="A date or time in the past, in the company's time zone.")
@click.option(
    "--known-at",
    metavar="DATE",
    help="Tell revenue as it was known then, not as later corrections restate it.",
)
@listen_option
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="Read this store instead of asking an exporter; needs the catalogue of --file.",
)
@click.option("--file", type=click.Path(path_type=Path), help="The company's catalogue, for --store.")
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
        click.echo(_ask(address, company, kpi, as_of, known_at), nl=False)
    elif file is None:
        raise click.UsageError("--store needs --file, the company's catalogue")
    else:
        click.echo(_read(store, file, company, kpi, as_of, known_at), nl=False)


def _ask(address: str, company: str, kpi: str, as_of: str | None, known_at: str | None) -> str:
    asked = {"company": company, "kpi": kpi, "as_of": as_of, "known_at": known_at}
    try:
        answer = requests.get(f"http://{address}/api/v1/explain", params=asked, timeout=TIMEOUT)
    except requests.RequestException:
        raise click.ClickException(
            f"no exporter answers on {address}; name it with --listen, or give --store and --file"
        ) from None
    if not answer.ok:
        raise click.ClickException(answer.text.strip())
    return answer.text


def _read(store: Path, file: Path, company: str, kpi: str, as_of: str | None, known_at: str | None) -> str:
    companies = load_all([file])
    if company not in companies:
        raise click.ClickException(f"{file} is not about {company!r}{did_you_mean(company, companies)}")
    known = companies[company]
    if kpi not in known.kpis:
        raise click.ClickException(f"{company} has no KPI {kpi!r}{did_you_mean(kpi, known.kpis)}")
    try:
        at = parse_as_of(as_of, known.calendar.zone) if as_of else None
        then = parse_as_of(known_at, known.calendar.zone) if known_at else None
        return explain(known, known.kpis[kpi], Store(store, read_only=True), datetime.now(UTC), at, then)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
