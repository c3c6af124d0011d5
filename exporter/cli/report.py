"""`kpi-exporter report`: the review of a day, week, month or quarter, from the running exporter or from its store."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from exporter.analysis.review.document import Format, write
from exporter.analysis.review.review import review
from exporter.calendar.instants import parse_as_of
from exporter.catalogue.schema.company import Cadence
from exporter.cli._client import client_options, company_of, named, request
from exporter.records.store import Store


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
@client_options
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
        question = {"company": company, "cadence": cadence, "since": since, "format": form}
        text = request(address, "report", question.items()).text
    else:
        text = _read(store, named(file), company, Cadence(cadence), since, Format(form))
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


def _read(store: Path, file: Path, company: str, cadence: Cadence, since: str | None, form: Format) -> str:
    known = company_of(file, company)
    try:
        at = parse_as_of(since, known.calendar.zone) if since else None
        return write(review(known, Store(store, read_only=True), datetime.now(UTC), cadence, at), form)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
