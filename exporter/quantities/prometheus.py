"""Formats amounts as alerts do, exactly as Prometheus prints them, and names their unit for Grafana."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from exporter.quantities import currencies
from exporter.quantities.units import Unit


@dataclass(frozen=True)
class Style:
    """How a unit's amounts are printed.

    `pipe` is the function of Prometheus templates that prints the number, and `printed` does the same here; `after`
    follows it. `grafana` is Grafana's id of the unit. `step` returns the smallest difference from an
    amount that its print shows.
    """

    pipe: str
    printed: Callable[[float], str]
    after: str
    grafana: str
    step: Callable[[Decimal], Decimal]

    def template(self, pipeline: str) -> str:
        """Return the template that prints the result of a pipeline such as `$value`."""
        return f"{{{{ {pipeline} | {self.pipe} }}}}{self.after}"

    def text(self, value: float) -> str:
        """Return what `template` prints for a value."""
        return f"{self.printed(value)}{self.after}"


@dataclass(frozen=True)
class Money(Style):
    """How amounts of a currency are printed: `€12.50`, `€2,499`, `€3.76M`, with the symbol in `before`."""

    decimals: int = 2
    before: str = ""

    def template(self, pipeline: str) -> str:
        """Return the template, which prints small amounts whole and shortens large ones."""
        sign = f'reReplaceAll "^{self._symbol}-" "-{self.before}"'
        cents, whole, short = (
            f'printf "{self.before}{form}" {amount} | {sign}'
            for form, amount in ((f"%.{self.decimals}f", "$n"), ("%.0f", "$n"), ("%s", "(humanize $n)"))
        )
        thousands = r'reReplaceAll "(\\d)(\\d{3})$" "$1,$2"'
        return (
            f"{{{{ $n := {pipeline} }}}}{{{{ if and (gt $n -{SMALL}) (lt $n {SMALL}) }}}}{{{{ {cents} }}}}"
            f"{{{{ else if and (gt $n -{LARGE}) (lt $n {LARGE}) }}}}{{{{ {whole} | {thousands} }}}}"
            f"{{{{ else }}}}{{{{ {short} }}}}{{{{ end }}}}{self.after}"
        )

    def text(self, value: float) -> str:
        """Return what `template` prints for a value."""
        if abs(value) < float(SMALL):
            printed = _formatted(f"%.{self.decimals}f", value)
        elif abs(value) < float(LARGE):
            printed = re.sub(r"(\d)(\d{3})$", r"\1,\2", _formatted("%.0f", value))
        else:
            printed = humanize(value)
        return f"{f'-{self.before}{printed[1:]}' if printed.startswith('-') else self.before + printed}{self.after}"

    @property
    def _symbol(self) -> str:
        """The symbol as a regular expression in a string of Go."""
        return re.escape(self.before).replace("\\", "\\\\").replace("\\\\ ", " ")


SMALL, LARGE = "100.0", "1e5"
"""Below the first, an amount is printed with cents; from the second on as thousands or millions."""


def style(unit: Unit) -> Style:
    """Return how amounts of this unit are printed."""
    if unit.is_ratio:
        return Style("humanizePercentage", humanize_percentage, "", "percentunit", _digit_of_percentage)
    if unit.is_duration:
        return Style("humanizeDuration", humanize_duration, "", "s", _step_of_duration)
    if unit.currency is not None and unit.decimals is not None:
        symbol = currencies.symbol(unit.currency)
        before = f"{symbol} " if symbol.isalpha() else symbol
        per = unit.text.removeprefix(unit.currency)
        step = partial(_step_of_money, unit.decimals)
        return Money("humanize", humanize, per, f"currency:{symbol}", step, unit.decimals, before)
    if unit.text == "months":
        return _printf("%.4g", " months", "suffix:months", _fourth_digit)
    if unit.text.startswith("per "):
        return _printf("%.4g", f" {unit.text}", f"suffix:{unit.text}", _fourth_digit)
    if unit.text == "bytes":
        return Style("humanize", humanize, "B", "decbytes", _fourth_digit)
    if unit.text == "count":
        return _printf("%.10g", "", "none", _last_digit)
    if unit.text == "ratio n:1":
        return _printf("%.4g", ":1", "none", _fourth_digit)
    return _printf("%.4g", "", "none", _fourth_digit)


def _printf(form: str, after: str, grafana: str, step: Callable[[Decimal], Decimal]) -> Style:
    return Style(f'printf "{form}"', partial(_formatted, form), after, grafana, step)


def _formatted(form: str, value: float) -> str:
    return form % value


def exact(amount: Decimal, unit: Unit) -> str:
    """Format an amount of the catalogue to its last digit, with its unit: `99.5%`, `€2,500/month`."""
    if unit.is_ratio:
        return f"{_plain(amount * 100)}%"
    if unit.is_duration:
        return humanize_duration(float(amount))
    if unit.text == "bytes":
        return f"{humanize(float(amount))}B"
    printed = style(unit)
    if isinstance(printed, Money):
        sign = "-" if amount < 0 else ""
        return f"{sign}{printed.before}{_short(abs(amount))}{printed.after}"
    return f"{_plain(amount)}{printed.after}"


def _short(amount: Decimal) -> str:
    """Format an amount as thousands or millions from `LARGE` on, where four digits say all of it."""
    short = humanize(float(amount))
    if amount < Decimal(LARGE) or Decimal(short[:-1]).scaleb(3 * (1 + "kMGTPEZY".index(short[-1]))) != amount:
        return _plain(amount)
    return short


def _plain(amount: Decimal) -> str:
    """Format all digits, with separators of thousands and without zeros at the end."""
    text = f"{amount:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def humanize_percentage(value: float) -> str:
    """Format as the template function of Prometheus."""
    return f"{_formatted('%.4g', value * 100)}%"


def humanize(value: float) -> str:
    """Format as the template function of Prometheus: `20T`, `1.5k`, `250m`."""
    if value == 0:
        return "0"
    if abs(value) < 1:
        return _fraction(value)
    prefix = ""
    for following in "kMGTPEZY":
        if abs(value) < 1000:
            break
        prefix, value = following, value / 1000
    return f"{_formatted('%.4g', value)}{prefix}"


def humanize_duration(seconds: float) -> str:
    """Format as the template function of Prometheus: `1h 30m 0s`, `12.5s`, `200ms`."""
    if seconds == 0:
        return "0s"
    if abs(seconds) < 1:
        return f"{_fraction(seconds)}s"
    sign, whole = ("-" if seconds < 0 else ""), int(abs(seconds))
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    rest = f"{whole % 60}s"
    if days:
        return f"{sign}{days}d {hours}h {minutes}m {rest}"
    if hours:
        return f"{sign}{hours}h {minutes}m {rest}"
    if minutes:
        return f"{sign}{minutes}m {rest}"
    return f"{sign}{_formatted('%.4g', abs(seconds))}s"


def _fraction(value: float) -> str:
    prefixes, power = "munpfazy", 0
    while abs(value) < 1 and power < len(prefixes):
        value *= 1000
        power += 1
    return f"{_formatted('%.4g', value)}{prefixes[power - 1]}"


def _fourth_digit(amount: Decimal) -> Decimal:
    return Decimal(1).scaleb((amount.adjusted() if amount else 0) - 3)


def _digit_of_percentage(amount: Decimal) -> Decimal:
    return _fourth_digit(amount * 100) / 100


def _last_digit(amount: Decimal) -> Decimal:
    """Return 1 for a whole number, else one step of the last printed digit: a limit may lie between two counts."""
    exponent = int(amount.normalize().as_tuple().exponent)
    tenth = (amount.adjusted() if amount else 0) - 9
    return Decimal(1).scaleb(min(0, max(exponent, tenth)))


def _step_of_money(decimals: int, amount: Decimal) -> Decimal:
    if abs(amount) < Decimal(SMALL):
        return Decimal(1).scaleb(-decimals)
    return Decimal(1) if abs(amount) < Decimal(LARGE) else _fourth_digit(amount)


def _step_of_duration(amount: Decimal) -> Decimal:
    return Decimal(1) if abs(amount) >= 60 else _fourth_digit(amount)  # minutes are printed with whole seconds
