"""`kpi-exporter backtest`: which alerts would have fired; asks the running exporter or reads its store."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from exporter.analysis.backtest.backtest import backtest
from exporter.analysis.backtest.json import document
from exporter.analysis.backtest.request import STEP, BacktestRequest
from exporter.analysis.backtest.text import text
from exporter.cli._client import client_options, named, request
from exporter.records.store import Store

TIMEOUT = 300.0
"""A backtest of years takes minutes."""


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
@client_options
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
    if store is None:
        question = {"company": company, "since": since, "until": until, "step": step}
        chosen = [*(("kpi", each) for each in kpis), *(("threshold", each) for each in thresholds)]
        found = request(address, "backtest", [*question.items(), *chosen], TIMEOUT).json()
    else:
        found = _read(store, named(file), company, BacktestRequest(since, until, step, kpis, thresholds))
    click.echo(json.dumps(found, indent=2) if form == "json" else text(found), nl=form == "json")


def _read(store: Path, file: Path, company: str, asked: BacktestRequest) -> dict[str, Any]:
    try:
        return document(backtest(company, file, Store(store, read_only=True), datetime.now(UTC), asked))
    except ValueError as error:
        raise click.ClickException(str(error)) from None
