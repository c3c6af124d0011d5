"""Reads the times in the headers of an HTTP answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after(headers: Mapping[str, str], clock: Callable[[], datetime]) -> float:
    """Return the seconds to wait, 0 without the header; a date counts from the server's own clock if it sends that."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until = _http_date(text)
    if until is None:
        return 0.0
    return max(0.0, (until - (_http_date(headers.get("Date", "")) or clock())).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
