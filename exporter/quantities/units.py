"""Units: what a number counts, what it may be combined with, and how people write amounts of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from exporter.calendar import durations
from exporter.mistakes import TextError
from exporter.quantities import currencies

Dimension = tuple[tuple[str, int], ...]
"""Base units with their exponents, sorted: `(("EUR", 1), ("month", -1))`. Empty for plain numbers."""

LARGEST = Decimal(10) ** 28
"""Numbers are below it; so they are kept, and are far from what a sample of Prometheus cannot hold."""

_MAGNITUDES = {"": Decimal(1), "K": Decimal(1000), "k": Decimal(1000), "M": Decimal(10**6), "B": Decimal(10**9)}
_NUMBER = re.compile(r"([+-]?\d+(?:,\d{3})*(?:\.\d+)?)\s*([KkMB]?)")
_RATES = {
    "daily": Decimal(365) / 12,
    "weekly": Decimal(52) / 12,
    "monthly": Decimal(1),
    "quarterly": Decimal(1) / 3,
}
_SCORE = re.compile(r"score (-?\d+)\.\.(-?\d+)")
_BYTES = {"": 0, "k": 3, "K": 3, "M": 6, "G": 9, "T": 12, "P": 15}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kKMGTP]?)B")
_PLAIN = {"ratio": "_ratio", "count": "", "ratio n:1": "", "rank": "", "bytes": "_bytes"}


class ForeignAmountError(TextError):
    """Says that an amount is in another currency than the unit; `named` is true if the amount itself names it."""

    def __init__(self, message: str, currency: str, *, named: bool) -> None:
        super().__init__(message)
        self.currency = currency
        self.named = named


@dataclass(frozen=True)
class Unit:
    """A unit as the catalogue writes it. `suffix` ends the metric's name; `currency` is None unless money.

    `bare_currency` is what an amount without a sign is in, where that is not the unit's own currency.
    """

    text: str
    suffix: str
    dimension: Dimension
    currency: str | None = None
    bare_currency: str | None = field(default=None, compare=False)

    @property
    def is_duration(self) -> bool:
        """True for amounts of time, held in seconds."""
        return self.text == "duration"

    @property
    def is_ratio(self) -> bool:
        """True for shares, held as a fraction of 1."""
        return self.text == "ratio"

    @cached_property
    def decimals(self) -> int | None:
        """Places to which the number is rounded when published; None to publish it as it is."""
        return currencies.shown_places(self.currency) if self.currency else None

    def amount(self, text: str) -> Decimal:
        """Parse an amount such as `99.9%`, `€2,500`, `4 h` or `weekly` into a number of this unit.

        Raises `ValueError` with what to write instead, `ForeignAmountError` for an amount in another currency; 0 is
        the same in each.
        """
        number = self._amount(text.strip())
        if not abs(number) < LARGEST:
            raise ValueError(f"{text.strip()[:20]}... is too large; write an amount of at most 28 digits")
        return number

    def _amount(self, text: str) -> Decimal:
        if self.is_duration:
            return Decimal(str(durations.seconds(text)))
        if self.text == "per month" and text in _RATES:
            return _RATES[text]
        if self.text == "bytes" and (size := _SIZE.fullmatch(text)):
            return Decimal(size[1]).scaleb(_BYTES[size[2]])
        if self.is_ratio and (percent := _percentage(text)) is not None:
            return percent
        if self.currency:
            return self._money(text, self.currency)
        number = _number(self._bare(text), text, self)
        if (scale := _SCORE.fullmatch(self.text)) and not int(scale[1]) <= number <= int(scale[2]):
            raise ValueError(f"{text!r} is not on the scale; write a number between {scale[1]} and {scale[2]}")
        return number

    def _money(self, text: str, expected: str) -> Decimal:
        named, bare = currencies.split(text, expected)
        number = _number(bare, text, self)
        currency = named or self.bare_currency or expected
        if number and currency != expected:
            raise ForeignAmountError(_no_amount(text, self), currency, named=named is not None)
        return number

    def _bare(self, text: str) -> str:
        if self.text == "months":
            return re.sub(r"\s*(months?|mo)$", "", text)
        if self.text == "ratio n:1":
            return re.sub(r"(:1|x)$", "", text)
        return text


def _percentage(text: str) -> Decimal | None:
    for suffix, divisor in (("%", 100), ("pp", 100), ("bp", 10_000)):
        if text.endswith(suffix) and (match := _NUMBER.fullmatch(text.removesuffix(suffix).strip())):
            return Decimal(match[1].replace(",", "")) / divisor
    return None


def _number(bare: str, text: str, unit: Unit) -> Decimal:
    match = _NUMBER.fullmatch(bare)
    if not match:
        raise ValueError(_no_amount(text, unit))
    return Decimal(match[1].replace(",", "")) * _MAGNITUDES[match[2]]


def _no_amount(text: str, unit: Unit) -> str:
    return f"{text!r} is not an amount in the unit {unit.text}; write for example {example(unit)}"


def example(unit: Unit) -> str:
    """Return an amount as one would write it in this unit, for messages."""
    if unit.currency:
        return f"2500 or {currencies.symbol(unit.currency)}2,500"
    if scale := _SCORE.fullmatch(unit.text):
        return scale[2]
    examples = {
        "ratio": "99.9%",
        "duration": "4h",
        "months": "6 months",
        "ratio n:1": "15",
        "per month": "weekly",
        "bytes": "20 TB",
    }
    return examples.get(unit.text, "50")


def multiply(left: Dimension, right: Dimension, sign: int = 1) -> Dimension:
    """Return the dimension of a product, or with sign -1 of a quotient."""
    exponents: dict[str, int] = dict(left)
    for base, exponent in right:
        exponents[base] = exponents.get(base, 0) + sign * exponent
    return tuple(sorted((base, exponent) for base, exponent in exponents.items() if exponent))


def describe(dimension: Dimension) -> str:
    """Format a dimension as `EUR/month`; `a plain number` if it has none."""
    above = [base if exponent == 1 else f"{base}^{exponent}" for base, exponent in dimension if exponent > 0]
    below = [base if exponent == -1 else f"{base}^{-exponent}" for base, exponent in dimension if exponent < 0]
    if not above and not below:
        return "a plain number"
    return "/".join([" ".join(above) or "1", *below])


def may_be_added(text: str) -> bool:
    """Return true if parts in this unit may add up to a total: shares, ranks and scores never do."""
    return not text.strip().startswith(("ratio", "rank", "score"))


def parse(text: str, money: str | None = None) -> Unit:
    """Parse the unit that a catalogue or measure names; `money` in the text stands for the currency in `money`.

    Raises `ValueError` that lists what can be written.
    """
    written = text.strip()
    if money:
        written = re.sub(r"^money\b", money, written)
    if written in _PLAIN:
        return Unit(written, _PLAIN[written], ())
    if _SCORE.fullmatch(written):
        return Unit(written, "", ())
    if written == "months":
        return Unit(written, "_months", (("month", 1),))
    if written == "duration":
        return Unit(written, "_seconds", (("second", 1),))
    if match := re.fullmatch(r"per (month|year)", written):
        return Unit(written, f"_per_{match[1]}", ((match[1], -1),))
    if match := re.fullmatch(r"([A-Z]{3})(?:/(month|year))?", written):
        return _money(written, match[1], match[2])
    raise ValueError(
        f"{text!r} is not a unit; write a currency (EUR, EUR/month, EUR/year), money for that of the company, "
        "ratio, ratio n:1, count, duration, "
        "months, per month, per year, bytes, rank or score LOW..HIGH"
    )


def _money(text: str, currency: str, per: str | None) -> Unit:
    if currency not in currencies.codes():
        raise ValueError(f"{currency!r} is not an ISO 4217 currency code, such as EUR or USD")
    suffix = f"_{currency.lower()}" + (f"_per_{per}" if per else "")
    dimension: Mapping[str, int] = {currency: 1, **({per: -1} if per else {})}
    return Unit(text, suffix, tuple(sorted(dimension.items())), currency)
