"""Writes a contract as a text that a source remembers, and reads it back."""

from __future__ import annotations

from functools import cache

from pydantic import TypeAdapter

from exporter.sources.billing.contract import Contract


def to_text(contract: Contract) -> str:
    """Return the text of a contract; equal contracts have equal texts."""
    return _adapter().dump_json(contract, exclude_defaults=True).decode()


def from_text(text: str) -> Contract:
    """Return the contract of a text."""
    return _adapter().validate_json(text)


@cache
def _adapter() -> TypeAdapter[Contract]:
    return TypeAdapter(Contract)
