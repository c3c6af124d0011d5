"""Writes names, literals and instants as SQL text, for statements that cannot take parameters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def name(text: str) -> str:
    """Quote an identifier."""
    return '"' + text.replace('"', '""') + '"'


def names(texts: Iterable[str], of: str = "") -> str:
    """Quote identifiers and separate them by commas; `of` is the relation they belong to."""
    return ", ".join(f"{of}.{name(text)}" if of else name(text) for text in texts)


def literal(text: str) -> str:
    """Quote a text."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Quote texts in parentheses for IN; without any it is `(NULL)`, which nothing equals."""
    return f"({', '.join(literal(text) for text in texts) or 'NULL'})"


def micros(instant: datetime) -> int:
    """Return an aware datetime as microseconds since 1970, which DuckDB's `make_timestamptz` reads."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant(micros: int) -> datetime:
    """Return microseconds since 1970, as of DuckDB's `epoch_us`, as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=micros)
