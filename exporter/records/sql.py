"""Pieces of SQL text: names, literals and instants, for statements that cannot take parameters."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def name(text: str) -> str:
    """An identifier, quoted."""
    return '"' + text.replace('"', '""') + '"'


def names(texts: Iterable[str], of: str = "") -> str:
    """Identifiers separated by commas; `of` is the relation they belong to."""
    return ", ".join(f"{of}.{name(text)}" if of else name(text) for text in texts)


def literal(text: str) -> str:
    """A text, quoted."""
    return "'" + text.replace("'", "''") + "'"


def literals(texts: Iterable[str]) -> str:
    """Texts in parentheses for IN. None at all are `(NULL)`, which nothing equals."""
    return f"({', '.join(literal(text) for text in texts) or 'NULL'})"


def micros(instant: datetime) -> int:
    """An aware datetime as microseconds since 1970, which DuckDB's `make_timestamptz` reads back."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant(micros: int) -> datetime:
    """What DuckDB's `epoch_us` gives, as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=micros)
