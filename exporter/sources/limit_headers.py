"""Reads from the headers of an HTTP answer how long a server wants no further requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_RESET = ("RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset")
_REMAINING = ("RateLimit-Remaining", "X-RateLimit-Remaining", "X-Rate-Limit-Remaining")
_INSTANT = 1e8
"""A reset of more seconds than this is an instant, in seconds since 1970; others count from now."""
_MILLISECONDS = 1e11
"""A reset of more than this is an instant in milliseconds since 1970."""


def retry_after(headers: Mapping[str, str], clock: Callable[[], datetime]) -> float:
    """Return the seconds to wait after a refusal, 0 where no header says so.

    `Retry-After` counts first, then the vendors' names for when their limit begins anew. An instant counts from the
    server's own clock if it sends that.
    """
    text = headers.get("Retry-After", "").strip()
    if (seconds := _number(text)) is not None:
        return seconds
    if (until := _http_date(text)) is not None:
        return _from_now(until, headers, clock)
    return max((_reset(headers[name], headers, clock) for name in _RESET if name in headers), default=0.0)


def is_limit_reached(headers: Mapping[str, str]) -> bool:
    """Tell whether the server says that it allows no request until its limit begins anew."""
    return any(_number(headers.get(name, "")) == 0 for name in _REMAINING)


def _reset(text: str, headers: Mapping[str, str], clock: Callable[[], datetime]) -> float:
    seconds = _number(text)
    if seconds is None or seconds < _INSTANT:
        return seconds or 0.0
    since_1970 = seconds / 1000 if seconds > _MILLISECONDS else seconds
    try:
        return _from_now(datetime.fromtimestamp(since_1970, UTC), headers, clock)
    except (OverflowError, ValueError, OSError):
        return 0.0


def _from_now(until: datetime, headers: Mapping[str, str], clock: Callable[[], datetime]) -> float:
    return max(0.0, (until - (_http_date(headers.get("Date", "")) or clock())).total_seconds())


def _number(text: str) -> float | None:
    text = text.strip()
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    return float(text) if whole and digits.isascii() and digits.isdigit() else None


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
