"""`kpi-exporter what-if`: what the KPIs would be if an input changed; asks the running exporter or reads its store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from exporter.analysis.what_if.what_if import what_if
from exporter.catalogue.resolution.scenarios import parse_settings
from exporter.cli._client import client_options, company_of, named, request
from exporter.quantities import display, units
from exporter.quantities.units import Unit
from exporter.records.store import Store
from exporter.web.what_if import document

UNKNOWN = "unknown"


@click.command("what-if")
@click.argument("company")
@click.option(
    "--set",
    "settings",
    multiple=True,
    required=True,
    metavar="INPUT=CHANGE",
    help="A measure or KPI and its change: +20% of it, +200bp or +500 added, or a new amount. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@client_options
def command(
    company: str, settings: tuple[str, ...], as_json: bool, address: str, store: Path | None, file: Path | None
) -> None:
    """Print every KPI of COMPANY that depends on the changed inputs: before, after, change and status."""
    if store is None:
        found = request(address, "what-if", [("company", company), *(("set", each) for each in settings)]).json()
    else:
        found = _read(store, named(file), company, settings)
    click.echo(json.dumps(found, indent=2) if as_json else table(found["kpis"]))


def _read(store: Path, file: Path, company: str, settings: Sequence[str]) -> dict[str, Any]:
    known = company_of(file, company)
    try:
        shocks = parse_settings(known, settings)
    except ValueError as error:
        raise click.ClickException(f"set: {error}") from None
    return document(company, what_if(known, Store(store, read_only=True), datetime.now(UTC), shocks))


def table(kpis: Sequence[dict[str, Any]]) -> str:
    """The effects in columns, for people; a sentence if there are none."""
    if not kpis:
        return "no KPI depends on this"
    rows = [("KPI", "before", "after", "change", "status"), *(_row(each) for each in kpis)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column in (0, 4) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _row(effect: dict[str, Any]) -> tuple[str, str, str, str, str]:
    unit = units.parse(effect["unit"])
    before, after = effect["before"], effect["after"]
    known = before is not None and after is not None
    moved = display.change(after, before, unit) if known else ""
    words = effect["status_before"], effect["status_after"]
    status = words[0] if words[0] == words[1] else f"{words[0]} -> {words[1]}"
    return effect["title"], _shown(before, unit), _shown(after, unit), moved, status


def _shown(value: float | None, unit: Unit) -> str:
    """Ratios such as LTV:CAC to two decimals, as their classes and limits are told apart there."""
    if value is None:
        return UNKNOWN
    return f"{value:,.2f}" if unit.text == "ratio n:1" else display.amount(value, unit)
