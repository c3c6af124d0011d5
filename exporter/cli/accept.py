"""`kpi-exporter accept`: accept a snapshot that is held back, at the running exporter or in its store."""

from __future__ import annotations

import os
from pathlib import Path

import click

from exporter.analysis.remote import send
from exporter.cli._client import listen_option, refusals
from exporter.records.store import Store
from exporter.records.store_file import StoreRefused


@click.command("accept")
@click.argument("company")
@click.argument("source")
@click.argument("table", required=False)
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="Write into this store of a stopped exporter instead of asking one.",
)
@listen_option
def command(company: str, source: str, table: str | None, store: Path | None, address: str) -> None:
    """Let the next poll of SOURCE take the rows away for whose sake TABLE, or all its tables, are held back.

    What is accepted is the loss that is told now: a poll that takes more away is held back again.
    """
    if store is None:
        texts = {"company": [company], "source": [source], "table": [table] if table else []}
        with refusals(address):
            click.echo(send(address, "/api/v1/accept", texts, method="POST").text, nl=False)
        return
    if not store.exists():
        raise StoreRefused(f"{store}: there is no record store")
    os.umask(0o077)  # as the exporter, which this user may be
    records = Store(store)
    try:
        for held in records.polls.accept(company, source, table):
            click.echo(held.accepted_text)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    finally:
        records.close()
