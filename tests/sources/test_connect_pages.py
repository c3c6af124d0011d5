"""The pages of the vendors say what the code does: permissions, options, tables, and the KPIs that then have values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from exporter.catalogue.loading import load, shipped, shipped_file
from exporter.records.tables import TABLES
from exporter.setup.systems import VENDORS
from exporter.sources.endpoint import Remote
from exporter.sources.interface import Options
from exporter.sources.pagerduty.source import PERMISSIONS as PAGERDUTY_PERMISSIONS
from exporter.sources.registry import kinds
from exporter.sources.stripe.source import PERMISSIONS as STRIPE_PERMISSIONS

KEYS = {"stripe": "rk_live_0123456789", "pagerduty": "y_0123456789"}
PERMISSIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "pagerduty": {what: ("incidents",) for what, _ in PAGERDUTY_PERMISSIONS},
    "stripe": {what: tables for what, _, tables in STRIPE_PERMISSIONS},
}


def page(vendor: str) -> str:
    return (Path(__file__).parents[2] / "docs" / "connect" / f"{vendor}.md").read_text("utf-8")


def table(vendor: str, title: str) -> Mapping[str, str]:
    """Return the second cell of each row of the first table below a title, by the text of the first cell."""
    below = page(vendor).partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in below.splitlines() if line.startswith("|")]
    return {first.strip().strip("`"): " | ".join(rest).strip() for first, *rest in rows[2:]}


def in_code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def of(vendor: str) -> Options:
    return kinds()[vendor].model_validate({"type": vendor, "key": KEYS[vendor]})


def unknown_columns(tables: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Return the columns of record tables that a source never fills, where it names those that it does."""
    return {each for name, columns in tables.items() if columns for each in set(TABLES[name].column_names) - {*columns}}


@pytest.mark.parametrize("vendor", VENDORS)
def test_permissions(vendor: str) -> None:
    rows = table(vendor, "The key")
    assert list(rows) == list(PERMISSIONS[vendor])
    for what, tables in PERMISSIONS[vendor].items():
        assert set(in_code(rows[what])) & set(TABLES) == set(tables), what


@pytest.mark.parametrize("vendor", VENDORS)
def test_options(vendor: str) -> None:
    model = kinds()[vendor]
    own = set(model.model_fields) - (set(Remote.model_fields) - {"url"})
    assert set(table(vendor, "Options")) == own
    assert "`730d`" in table(vendor, "Options")["history"]
    assert model.model_fields["history"].default == 730 * 86400


@pytest.mark.parametrize("vendor", VENDORS)
def test_tables_are_named(vendor: str) -> None:
    assert {f"`{name}`" for name in of(vendor).record_tables()} <= set(re.findall(r"`\w+`", page(vendor)))


@pytest.mark.parametrize("vendor", VENDORS)
def test_kpis_that_then_have_values(vendor: str) -> None:
    tables = of(vendor).record_tables()
    lacking = unknown_columns(tables)
    expected: dict[str, list[str]] = {}
    for name in shipped():
        company = load(shipped_file(name))
        expected[name] = [
            id_
            for id_, kpi in company.kpis.items()
            if (needs := company.unfilled(kpi))
            and set(tables).issuperset(needs)
            and not any(
                re.search(rf"\b{each}\b", measure.sql or "")
                for measure in company.inputs(kpi).values()
                for each in lacking
            )
        ]
    rows = {company: in_code(text) for company, text in table(vendor, "KPIs").items()}
    assert rows == expected


def test_every_page_says_against_what_it_was_tested() -> None:
    for vendor in VENDORS:
        assert re.search(r"tested against .*published.*not\s+against\s+a\s+live\s+account", page(vendor), re.DOTALL)
