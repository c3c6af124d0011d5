"""`kpi-exporter backtest`: which alerts would have fired; asks the running exporter or reads its store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import requests

from exporter.backtest.asked import STEP, Asked
from exporter.backtest.backtest import backtest
from exporter.backtest.document import document
from exporter.backtest.text import text
from exporter.cli.run import listen_option
from exporter.records.store import Store

TIMEOUT = 300.0


@click.command("backtest")
@click.argument("company")
@click.option("--since", required=True, metavar="DATE", help="Where the history begins, in the company's time zone.")
@click.option("--until", metavar="DATE", help="Where it ends; now if not given.")
@click.option("--step", default=STEP, show_default=True, metavar="DURATION", help="How often alerts are judged.")
@click.option("--kpi", "kpis", multiple=True, metavar="ID", help="Only this KPI's alerts. May be repeated.")
@click.option(
    "--threshold",
    "thresholds",
    multiple=True,
    metavar="KPI.SEVERITY=THRESHOLD",
    help="Try this threshold beside the one that the file has. May be repeated.",
)
@click.option("--format", "form", default="text", show_default=True, type=click.Choice(["text", "json"]))
@listen_option
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="Read this store instead of asking an exporter; needs the catalogue of --file.",
)
@click.option("--file", type=click.Path(path_type=Path), help="The company's catalogue, for --store.")
def command(
    company: str,
    since: str,
    until: str | None,
    step: str,
    kpis: tuple[str, ...],
    thresholds: tuple[str, ...],
    form: str,
    address: str,
    store: Path | None,
    file: Path | None,
) -> None:
    """Print which alerts of COMPANY would have fired on the recorded history: when, for how long, and how badly.

    The thresholds are those of the company's file as it stands now, loaded or not.
    """
    asked = Asked(since, until, step, kpis, thresholds)
    if store is None:
        found = _ask(address, company, asked)
    elif file is None:
        raise click.UsageError("--store needs --file, the company's catalogue")
    else:
        found = _read(store, file, company, asked)
    click.echo(json.dumps(found, indent=2) if form == "json" else text(found), nl=form == "json")


def _ask(address: str, company: str, asked: Asked) -> dict[str, Any]:
    questions: Mapping[str, object] = {
        "company": company,
        "since": asked.since,
        "until": asked.until,
        "step": asked.step,
        "kpi": asked.kpis,
        "threshold": asked.thresholds,
    }
    try:
        answer = requests.get(f"http://{address}/api/v1/backtest", params=questions, timeout=TIMEOUT)  # type: ignore[arg-type]  # lists and None
    except requests.RequestException:
        raise click.ClickException(
            f"no exporter answers on {address}; name it with --listen, or give --store and --file"
        ) from None
    if not answer.ok:
        raise click.ClickException(answer.text.strip())
    found: dict[str, Any] = answer.json()
    return found


def _read(store: Path, file: Path, company: str, asked: Asked) -> dict[str, Any]:
    try:
        return document(backtest(company, file, Store(store, read_only=True), datetime.now(UTC), asked))
    except ValueError as error:
        raise click.ClickException(str(error)) from None
