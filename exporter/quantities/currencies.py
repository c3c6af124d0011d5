"""Currencies: their codes and symbols, and the decimal places of an amount as it is billed and as it is shown.

The two places differ: the dinar of Iraq is divided into thousands by ISO 4217, and a bill of 1500 in minor units is 1.5
dinars; people write whole dinars, and so does CLDR. Prices in minor units are read by ISO's places, values of KPIs are
rounded and printed by CLDR's. Most currencies have two places in both.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from babel.numbers import get_currency_precision, get_currency_symbol, list_currencies

MINOR_UNIT_PLACES: Mapping[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
"""The currencies whose minor unit is not a hundredth, by its decimal places; from ISO 4217, list one (active codes)."""


@cache
def codes() -> frozenset[str]:
    """Return the ISO 4217 codes that a catalogue or a row may name, those of former currencies included."""
    return frozenset(list_currencies())


def shown_places(code: str) -> int:
    """Return the decimal places to which an amount is rounded and printed, by CLDR's table of standard use."""
    return get_currency_precision(code)


def symbol(code: str) -> str:
    """Return the sign that stands before an amount in English, such as `€`; the code itself if there is none."""
    return get_currency_symbol(code, locale="en")
