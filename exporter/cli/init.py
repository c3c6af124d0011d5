"""`kpi-exporter init`: write a company's first catalogue from the exports in a folder."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exporter.calendar.instants import parse_zone
from exporter.catalogue.loading import load, load_all, shipped, shipped_file
from exporter.catalogue.schema.company import COMPANY_NAME
from exporter.cli.trial import try_and_print
from exporter.kpis.notices import left_out_text
from exporter.mistakes import did_you_mean
from exporter.quantities.counts import counted
from exporter.quantities.currencies import codes
from exporter.records.tables import TABLES
from exporter.setup.document import Answers, document, undecided
from exporter.setup.nearest import coverage
from exporter.setup.proposal import Proposal
from exporter.setup.survey import Unused, currency_of, survey
from exporter.setup.systems import SYSTEMS, VENDORS, key_variable
from exporter.setup.vocabulary import words

if TYPE_CHECKING:
    from exporter.setup.vendors import Access


class _System(click.ParamType[tuple[str, str | None]]):
    """The name of a system; of a vendor, also where its API is: `pagerduty=https://api.eu.pagerduty.com`."""

    name = "system"

    def convert(
        self, value: str | tuple[str, str | None], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str | None]:
        """Return the name and the address, which only vendors may have."""
        if isinstance(value, tuple):
            return value
        name, _, address = value.partition("=")
        names = [*VENDORS, *SYSTEMS]
        if name not in names:
            self.fail(f"{name!r} is none of {', '.join(sorted(names))}{did_you_mean(name, names)}", param, ctx)
        if address and name not in VENDORS:
            self.fail(f"the address of {name} goes into the catalogue; write the name alone", param, ctx)
        return name, address or None


@click.command("init")
@click.argument("folder", default=Path(), type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; else FOLDER/company.yaml.",
)
@click.option("--like", type=click.Choice(shipped()), help="The shipped company to begin with; else the nearest.")
@click.option("--company", help="The label `company` of every series, such as acme; the folder's name if not given.")
@click.option("--title", help="What people call the company.")
@click.option("--currency", help="The currency of reports, such as EUR; that of the exports if not given.")
@click.option("--timezone", help="Where days and months begin, such as Europe/Berlin; UTC if not given.")
@click.option("--launch", type=click.DateTime(["%Y-%m-%d"]), help="The day from which plans count.")
@click.option(
    "--system",
    "systems",
    multiple=True,
    type=_System(),
    metavar="NAME",
    help=f"A system to connect; may be repeated. {' and '.join(VENDORS)} need a key alone, which is taken from a "
    f"variable such as {key_variable('stripe')} or asked for; NAME=ADDRESS where their API is elsewhere. "
    f"{', '.join(sorted(SYSTEMS))} are written as lines to complete.",
)
def command(
    folder: Path,
    output: Path | None,
    like: str | None,
    company: str | None,
    title: str | None,
    currency: str | None,
    timezone: str | None,
    launch: datetime | None,
    systems: Sequence[tuple[str, str | None]],
) -> None:
    """Write the first catalogue of the company whose exports are in FOLDER, then check it and try it.

    Each file is looked into: its columns, how it is written, and which record table it fills. Each vendor is asked what
    its key may read. On a terminal the command asks for what no option says; elsewhere it takes what is usual.
    """
    target = output or folder / "company.yaml"
    if target.exists():
        raise click.UsageError(f"{target} is there already; write another file with --output, or remove it")
    proposals, unused = survey(folder)
    accesses = [_access(kind, address) for kind, address in systems if kind in VENDORS]
    tables = {proposal.table for proposal in proposals}.union(*(access.tables for access in accesses))
    nearest = list(coverage(tables, [access.tables for access in accesses]))
    name = _answer("The company's name in labels", company, "-".join(words(folder.resolve().name)) or "company", _label)
    answers = Answers(
        company=name,
        title=_answer("The company's name for people", title, name.replace("-", " ").title(), str),
        extends=_answer(f"The shipped company to begin with: {', '.join(nearest)}", like, nearest[0], _one_of(nearest)),
        currency=_answer(
            "The currency of reports", currency, _usual_currency(proposals, accesses, like or nearest[0]), _currency
        ),
        timezone=_answer("The time zone in which days begin", timezone, "UTC", _zone),
        launch=launch.date() if launch else None,
        systems=[name for name, _ in systems if name in SYSTEMS],
        vendors=[access.vendor for access in accesses],
    )
    for line in _lines(proposals, unused, answers.currency):
        click.echo(line)
    text = document(answers, proposals, target.resolve().parent)
    for vendor in answers.vendors:
        if path := vendor.write_key(target.parent):
            click.echo(f"wrote {path}, which nobody but you may read")
    target.write_text(text, encoding="utf-8")
    click.echo(f"wrote {target}")
    written = load_all([target], not_set=[], check_columns=True)[name]
    if left_out := undecided(written):
        target.write_text(text + left_out, encoding="utf-8")
        click.echo(f"note: {name}: {left_out_text(written)}; please decide them where {target} lists them")
    counts = f"{counted(len(written.kpis), 'KPI')}, {counted(len(written.sources), 'source')}"
    click.echo(f"{name}: {counts}, no mistakes\n")
    try_and_print(written)
    click.echo(f"To go on: kpi-exporter run {target}")


def _answer(question: str, option: str | None, usual: str | None, check: Callable[[str], str]) -> str:
    """Return what an option says, else what a person answers, else what is usual.

    Raises `click.UsageError` where there is no terminal to ask on, and nothing is usual.
    """
    if option is not None:
        return check(option)
    if _on_a_terminal():
        answer: str = click.prompt(question, default=usual, value_proc=check)
        return answer
    if usual is None:
        raise click.UsageError(f"{question.lower()} stands in no file; give it as an option")
    return usual


def _access(kind: str, address: str | None) -> Access:
    """Ask a vendor what the key may read that a variable holds or a person types; print it."""
    # Imported when a vendor is asked: sources are half of what `--help` would take.
    from exporter.setup.vendors import ask, from_variable, with_key

    vendor = from_variable(kind, address)
    if vendor is None and _on_a_terminal():
        vendor = with_key(kind, click.prompt(f"The key of {kind}, which is not shown", hide_input=True), address)
    if vendor is None:
        raise click.UsageError(
            f"{key_variable(kind)} is not set; let it hold a key of {kind}, or run this on a terminal"
        )
    try:
        access = ask(vendor)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    for line in access.lines():
        click.echo(line)
    return access


def _usual_currency(proposals: Sequence[Proposal], accesses: Sequence[Access], like: str) -> str | None:
    """Return the currency of the exports, else of a vendor's amounts; that of the shipped company if none has any."""
    currencies = [currency_of(proposals), *(access.currency for access in accesses)]
    columns = [column for access in accesses for table in access.tables for column in TABLES[table].columns]
    if not any(currencies) and accesses and not proposals and not any(column.money for column in columns):
        return load(shipped_file(like)).currency
    return next((each for each in currencies if each), None)


def _on_a_terminal() -> bool:
    return sys.stdin.isatty()


def _label(text: str) -> str:
    if not re.fullmatch(COMPANY_NAME, text):
        raise click.BadParameter(
            f"{text!r} is no name for labels; write small letters, digits and -, such as acme-shop"
        )
    return text


def _currency(text: str) -> str:
    if text.upper() not in codes():
        raise click.BadParameter(f"{text!r} is not a currency; write its ISO 4217 code, such as EUR")
    return text.upper()


def _zone(text: str) -> str:
    try:
        return parse_zone(text).key
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a time zone; write for example Europe/Berlin") from None


def _one_of(names: Sequence[str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text not in names:
            raise click.BadParameter(f"{text!r} is none of {', '.join(names)}")
        return text

    return check


def _lines(proposals: Sequence[Proposal], unused: Sequence[Unused], currency: str) -> Iterator[str]:
    for proposal in proposals:
        export = proposal.export
        yield f"{export.path.name}: {export.rows} rows for {proposal.table}"
        for column, origin in proposal.columns.items():
            examples = ", ".join(export.column(origin).examples) if proposal.reshaping is None else ""
            yield f"  {column} is {origin}" + (f", such as {examples}" if examples else "")
        yield from (f"  {column} is {text} in every row" for column, text in proposal.constants.items())
        yield from (f"  {column} is {currency} in every row" for column in proposal.in_currency)
        for option, doubt in export.doubts.items():
            one, two = doubt.readings
            yield f"  please decide `{option}`: {doubt.value} may be {one} or {two}"
        for column, left in proposal.unmapped.items():
            yield f"  please say what these words of {column} are: {', '.join(left) or 'there are too many to list'}"
    yield from (f"{file.path.name}: not used: {file.reason}" for file in unused)
