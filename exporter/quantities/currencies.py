"""Currencies: their codes and symbols, and the decimal places of an amount as it is billed and as it is shown.

The two places differ: the dinar of Iraq is divided into thousands by ISO 4217, and a bill of 1500 in minor units is 1.5
dinars; people write whole dinars, and so does CLDR. Prices in minor units are read by ISO's places, values of KPIs are
rounded and printed by CLDR's. Most currencies have two places in both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache

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


def minor_places(code: str) -> int:
    """Return the decimal places of a currency's minor unit, by ISO 4217."""
    return next((places for places, some in MINOR_UNIT_PLACES.items() if code in some.split()), 2)


def symbol(code: str) -> str:
    """Return the sign that stands before an amount in English, such as `€`; the code itself if there is none."""
    return get_currency_symbol(code, locale="en")


@lru_cache(maxsize=4096)  # a bound is read for its level, its rules and its words
def split(text: str, expected: str) -> tuple[str | None, str]:
    """Split an amount such as `€2,500` or `2,500 EUR` into the code of the currency it names, if any, and the rest.

    A sign that the expected currency shares with others is that of the expected one.
    """
    for sign in (expected, symbol(expected)):
        if bare := _without(text, sign):
            return expected, bare
    for sign, code in _signs().items():
        if bare := _without(text, sign):
            return code, bare
    return None, text


def without_signs(text: str) -> str:
    """Return a text such as `< €4,000 (SMB)` without the signs and codes of currencies before or after numbers."""
    signs = "|".join(map(re.escape, _signs()))
    bare = re.sub(rf"(?<![A-Za-z])(?:{signs})\s*(?=-?\d)", "", text)
    return re.sub(rf"(?<=[\dKkMB])\s*(?:{signs})(?![A-Za-z])", "", bare)


def _without(text: str, sign: str) -> str | None:
    """Return the text without a sign before or after it; None if the sign is not there."""
    bare = text.removeprefix(sign) if text.startswith(sign) else text.removesuffix(sign)
    return bare.strip() if bare != text and not re.match(r"[A-Za-z]", bare.strip()) else None


@cache
def _signs() -> Mapping[str, str]:
    """Return the currency of each sign and code, the longest first, so that `CA$` is not read as `$`."""
    signs = {code: code for code in codes()} | {symbol(code): code for code in sorted(codes())}
    return dict(sorted(signs.items(), key=lambda item: -len(item[0])))
