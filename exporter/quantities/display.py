"""Formats numbers, durations and instants for people; no machine reads these texts."""

from __future__ import annotations

import math
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.numbers import format_compact_currency, format_currency

from exporter.calendar.windows import Period
from exporter.quantities.units import Unit

_LOCALE = "en"
_MINUS = "\N{MINUS SIGN}"
_SPANS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_SIZES = ("B", "kB", "MB", "GB", "TB", "PB")
_SHORT_FORMS = {
    "ai": "AI",
    "api": "API",
    "b2b": "B2B",
    "b2c": "B2C",
    "cpu": "CPU",
    "crm": "CRM",
    "erp": "ERP",
    "esg": "ESG",
    "gpu": "GPU",
    "hr": "HR",
    "iaas": "IaaS",
    "iot": "IoT",
    "kpi": "KPI",
    "ml": "ML",
    "mrr": "MRR",
    "nps": "NPS",
    "paas": "PaaS",
    "pr": "PR",
    "qa": "QA",
    "rnd": "R&D",
    "saas": "SaaS",
    "seo": "SEO",
    "sla": "SLA",
    "smb": "SMB",
    "sre": "SRE",
    "ux": "UX",
}
_COMPACT_FROM = 100_000
_MILLIONS_FROM = 999_950
"""What would read as 1000K if it were still written in thousands."""


def amount(value: float, unit: Unit) -> str:
    """Format a value with its unit: `€316.2K`, `99.95%`, `3h 20m`, `6.4 months`, `16.2`, `4.3/month`."""
    return _magnitude(abs(value), unit) if value >= 0 else f"{_MINUS}{_magnitude(abs(value), unit)}"


def exact(value: float, unit: Unit) -> str:
    """Format a value with its unit and all of its digits, as a limit is defined: `€4,000/month`, not `€123.5K`."""
    if not unit.currency:
        return amount(value, unit)
    in_full = format_currency(value, unit.currency, "¤#,##0.##", locale=_LOCALE, currency_digits=False)
    return in_full + unit.text.removeprefix(unit.currency)


def words(name: str) -> str:
    """Return the name of an area, a class or a dimension in words, short forms as people write them: `SaaS cohorts`."""
    return " ".join(_SHORT_FORMS.get(word, word) for word in name.split("_"))


def heading(name: str) -> str:
    """Return the same words as a heading: `SaaS`, `Customer success`."""
    text = words(name)
    return text if text.split(" ")[0] in _SHORT_FORMS.values() else text[:1].upper() + text[1:]


def parts(value: float, unit: Unit) -> tuple[str, str]:
    """Format a value in two parts, the number and what it is per or in: `€4,250` and `/month`."""
    text = amount(value, unit)
    for mark in ("/", " "):
        head, separator, tail = text.partition(mark)
        if separator and tail.isalpha() and not unit.is_duration:
            return head, f"{mark}{tail}"
    return text, ""


def _magnitude(value: float, unit: Unit) -> str:
    if unit.currency:
        per = unit.text.removeprefix(unit.currency)
        return money(value, unit.currency) + per
    if unit.is_ratio:
        return percentage(value)
    if unit.is_duration:
        return duration(value)
    if unit.text == "bytes":
        return size(value)
    if unit.text == "months":
        return f"{number(value, 1)} {'month' if number(value, 1) == '1' else 'months'}"
    if unit.text.startswith("per "):
        return f"{number(value, 1)}/{unit.text.removeprefix('per ')}"
    return number(value, 2 if unit.text.startswith("score") else 1)


def money(value: float, currency: str) -> str:
    """Format cents below 100, whole units below 100,000, then `316.2K` and `1.24M`."""
    if value < 100:
        return format_currency(value, currency, locale=_LOCALE)
    if value < _COMPACT_FROM:
        return format_currency(round(value), currency, "¤#,##0", locale=_LOCALE, currency_digits=False)
    if value < _MILLIONS_FROM:
        return format_compact_currency(round(value, -2), currency, locale=_LOCALE, fraction_digits=1)
    return format_compact_currency(round(value, -4), currency, locale=_LOCALE, fraction_digits=2)


def number(value: float, decimals: int) -> str:
    """Format with separators of thousands, and without zeros at the end: `1,234`, `16.2`."""
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percentage(ratio: float) -> str:
    """Format with two decimals at most, or as many as distinguish it from 0% and 100%: `99.9995%`."""
    decimals = 2
    while decimals < 6 and ratio not in (0, 1) and number(ratio * 100, decimals) in ("0", "100"):
        decimals += 1
    return f"{number(ratio * 100, decimals)}%"


def size(value: float) -> str:
    """Format in powers of 1000, with two decimals at most: `20 TB`, `1.25 GB`, `640 B`."""
    power = 0
    while round(value, 2) >= 1000 and power < len(_SIZES) - 1:
        value, power = value / 1000, power + 1
    return f"{number(value, 2)} {_SIZES[power]}"


def duration(seconds: float) -> str:
    """Format the two largest units: `12d 4h`, `3h 20m`, `45s`; milliseconds below a second."""
    if 0 < seconds < 1:
        return f"{number(seconds * 1000, 1)}ms"
    smallest = next((length for length, _ in _SPANS[1:] if seconds >= length * 60), 1)
    left = round(seconds / smallest) * smallest
    parts: list[str] = []
    for length, name in _SPANS:
        count, left = divmod(left, length)
        if count:
            parts.append(f"{count}{name}")
    return " ".join(parts[:2]) or "0s"


_FEW = 5
"""A count below it is too small for percentages of it."""

_MANIFOLD = 3
"""A value more than so many times as large as the one before is not compared with it as a percentage."""


def change(value: float, previous: float, unit: Unit) -> str:
    """Format a change: `+8.2%`, or `−0.4 pp` for ratios; the difference for scores and from 0.

    Also the difference from a count of a few, or from a value that the new one is more than three times as large as: a
    percentage of so little says nothing. Empty if the previous value is too small to divide by.
    """
    if value == previous:
        return "no change"
    sign = "+" if value > previous else _MINUS
    difference = abs(value - previous)
    if unit.is_ratio:
        return f"{sign}{_distinct(difference * 100)} pp"
    few = unit.text == "count" and previous < _FEW
    if previous <= 0 or few or value > _MANIFOLD * previous or unit.text.startswith("score"):
        return f"{sign}{_magnitude(difference, unit)}"
    share = difference / previous * 100
    return f"{sign}{_distinct(share)}%" if math.isfinite(share) else ""


def _distinct(value: float) -> str:
    """Format with one decimal, or more where it would read 0."""
    decimals = 1 if value >= 0.05 or not value else min(6, 1 - math.floor(math.log10(value)))
    return number(value, decimals)


JUST_NOW = "just now"
"""The age of what is younger than a minute."""


def age(at: datetime, now: datetime) -> str:
    """Format how long ago it was: `just now`, `2 min ago`, `3 h ago`, `4 days ago`."""
    passed = now - at
    if passed < timedelta(minutes=1):
        return JUST_NOW
    if passed < timedelta(hours=1):
        return f"{passed // timedelta(minutes=1)} min ago"
    if passed < timedelta(days=2):
        return f"{passed // timedelta(hours=1)} h ago"
    return f"{passed.days} days ago"


def period_text(period: Period, zone: ZoneInfo) -> str:
    """Format a period in local time: `Sep 2026`, `Jul to Sep 2026`, `24 Aug to 22 Nov 2026`.

    Empty for a period without length.
    """
    if period.starts == period.ends:
        return ""
    first, end = period.starts.astimezone(zone), period.ends.astimezone(zone)
    last = (period.ends - timedelta(microseconds=1)).astimezone(zone)
    whole_months = all(at.day == 1 and at.time() == time() for at in (first, end))
    day = "" if whole_months else "{0.day} "
    begins = f"{day}{{0:%b}}" if first.year == last.year else f"{day}{{0:%b %Y}}"
    ends = f"{day}{{0:%b %Y}}".format(last)
    return ends if begins.format(first) == f"{last:%b}" else f"{begins.format(first)} to {ends}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Format an instant as ISO 8601 with the offset of the company's zone, to the second."""
    return at.astimezone(zone).isoformat(timespec="seconds")
