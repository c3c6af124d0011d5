"""`kpi-exporter report`: the review of a day, week, month or quarter, from the running exporter or from its store."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import requests

from exporter.catalogue.document import Cadence
from exporter.catalogue.loading import load_all
from exporter.catalogue.problems import did_you_mean
from exporter.cli.run import listen_option
from exporter.kpis.explanation import parse_as_of
from exporter.records.store import Store
from exporter.report.document import write
from exporter.report.review import review
from exporter.web.interface import Format

TIMEOUT = 60.0


@click.command("report")
@click.argument("company")
@click.option(
    "--cadence",
    required=True,
    type=click.Choice([each.value for each in Cadence]),
    help="KPIs of this cadence or a finer one are reviewed.",
)
@click.option("--since", metavar="DATE", help="When the last review was; one cadence ago if not given.")
@click.option(
    "--format",
    "form",
    default=Format.MARKDOWN.value,
    show_default=True,
    type=click.Choice([each.value for each in Format]),
)
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file.")
@listen_option
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="Read this store instead of asking an exporter; needs the catalogue of --file.",
)
@click.option("--file", type=click.Path(path_type=Path), help="The company's catalogue, for --store.")
def command(
    company: str,
    cadence: str,
    since: str | None,
    form: str,
    out: Path | None,
    address: str,
    store: Path | None,
    file: Path | None,
) -> None:
    """Write the review of COMPANY: what changed its status, what is behind plan, what moved, what is unknown."""
    if store is None:
        text = _ask(address, {"company": company, "cadence": cadence, "since": since, "format": form})
    elif file is None:
        raise click.UsageError("--store needs --file, the company's catalogue")
    else:
        text = _read(store, file, company, Cadence(cadence), since, Format(form))
    if out is None:
        click.echo(text, nl=False)
    else:
        _put(out, text)
        click.echo(f"wrote {out}", err=True)


def _put(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from None


def _ask(address: str, asked: dict[str, str | None]) -> str:
    try:
        answer = requests.get(f"http://{address}/api/v1/report", params=asked, timeout=TIMEOUT)
    except requests.RequestException:
        raise click.ClickException(
            f"no exporter answers on {address}; name it with --listen, or give --store and --file"
        ) from None
    if not answer.ok:
        raise click.ClickException(answer.text.strip())
    return answer.text


def _read(store: Path, file: Path, company: str, cadence: Cadence, since: str | None, form: Format) -> str:
    companies = load_all([file])
    if company not in companies:
        raise click.ClickException(f"{file} is not about {company!r}{did_you_mean(company, companies)}")
    known = companies[company]
    try:
        at = parse_as_of(since, known.calendar.zone) if since else None
        return write(review(known, Store(store, read_only=True), datetime.now(UTC), cadence, at), form)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
