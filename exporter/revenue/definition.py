"""Identifies one company's ledger: its parameters and the sources whose records count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from exporter.revenue import pipeline
from exporter.revenue.parameters import LedgerParameters

ITEMS = pipeline.ITEMS
TABLES = (ITEMS, "discounts", "fx_rates")
"""The record tables that a ledger reads; without the first there is no ledger."""


@dataclass(frozen=True)
class LedgerDefinition:
    """One company's ledger. `sources` are those whose rows count, per table of `TABLES`; None counts all."""

    company: str
    terms: LedgerParameters
    sources: Mapping[str, tuple[str, ...]] | None = None

    @cached_property
    def definition(self) -> str:
        """A digest of all that decides the ledger of the same records: terms, sources, and the SQL."""
        text = f"{self.terms.timezone} {sorted((self.sources or {}).items())} {pipeline.query('balances', self.terms)}"
        return sha256(text.encode()).hexdigest()
