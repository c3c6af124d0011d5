"""Writes how many there are of something, for people."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, which is a regular one in the singular: `1 row`, `2,000 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
