"""The companies that ship, each in five currencies: what is loaded, published, shown and generated names no other."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
import requests

from exporter.catalogue.loading import shipped
from exporter.generate.registry import generated
from exporter.quantities import currencies
from exporter.web.exposition import Exposition
from tests.servers import promtool
from tests.support.examples import first
from tests.support.folders import write_all
from tests.support.mrr_company import item
from tests.support.readings import snapshot
from tests.support.web_server import StandInExporter, serve_exporter
from tests.support.world import TableRow, World, utc

pytestmark = [pytest.mark.integration, pytest.mark.newest]

PLACES = {"EUR": 2, "USD": 2, "GBP": 2, "JPY": 0, "KWD": 3}
NOW = utc("2026-04-15T06:00")


def started(folder: Path, name: str, currency: str) -> World:
    """Poll a customer who pays 1234.5678 a month, and one who pays 1000."""
    rows: list[TableRow] = [
        {**item(number, 0, "2025-02-01"), "unit_amount": amount, "currency": currency}
        for number, amount in ((1, "1234.5678"), (2, "1000"))
    ]
    catalogue = {"extends": name, "currency": currency}
    return World(folder, {"subscription_items": rows}, catalogue).poll(utc("2026-04-15T05:59"))


def names_of_others(text: str, currency: str) -> set[str]:
    """Return the other currencies whose sign or code is in a text, or that a metric in it ends with."""
    others = PLACES.keys() - {currency}
    return {
        each
        for each in others
        if each in text or f"_{each.lower()}" in text or (each != "USD" and currencies.symbol(each) in text)
    }


PAIRS = list(zip(("vmcloud", *shipped()), PLACES, strict=True))
"""Each company and each currency at least once."""


@pytest.mark.parametrize(
    ("name", "currency"),
    first(len(PAIRS), [*PAIRS, *(pair for pair in product(shipped(), PLACES) if pair not in PAIRS)]),
)
def test_a_company_that_ships_runs_in_each_currency(name: str, currency: str, tmp_path: Path) -> None:
    world = started(tmp_path, name, currency)
    reading = world.take(NOW)
    exporter = StandInExporter(snapshot(reading))
    published = Exposition(exporter.snapshot).current.text.plain.decode()
    metric, factor = f"kpi_arr_{currency.lower()}", 12
    expected = round(Decimal("2234.5678") * factor, PLACES[currency])
    assert f'{metric}{{company="acme"}} {float(expected)!r}'.removesuffix(".0") in published
    amounts = [kpi for kpi in world.company.kpis.values() if kpi.unit.currency]
    assert amounts
    assert {kpi.unit.currency for kpi in amounts} == {currency}
    # The note about amounts that are left out names the currency that they are in.
    assert all(amount.currency in ("EUR", "USD") for amount in world.company.left_out)
    assert names_of_others(published, currency) == set()
    with serve_exporter(exporter) as address:
        for path in ("", "/kpi/acme/arr"):
            page = requests.get(f"{address}{path}", timeout=10)
            assert page.status_code == 200
            assert names_of_others(page.text, currency) == set()
        assert currencies.symbol(currency) in page.text


@pytest.mark.parametrize(("name", "currency"), PAIRS)
def test_the_rules_of_a_company_in_another_currency_are_valid(name: str, currency: str, tmp_path: Path) -> None:
    texts = generated([started(tmp_path, name, currency).company])
    made = {
        path: text
        for path, text in texts.items()
        if path.endswith(("acme.rules.yml", ".json")) and "schema" not in path
    }
    assert {path: names for path, text in made.items() if (names := names_of_others(text, currency))} == {}
    assert any(f"kpi_arr_{currency.lower()}" in text for text in made.values())
    write_all(tmp_path, texts)
    for command, file in (("check", "rules/acme.rules.yml"), ("test", "rules/tests/acme.test.yml")):
        code, output = promtool.run(command, "rules", tmp_path / file)
        assert code == 0, output
