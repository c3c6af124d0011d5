"""Whose ledger it is: a company, its terms, and the sources whose records it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from exporter.revenue import pipeline
from exporter.revenue.parameters import LedgerParameters

ITEMS = pipeline.ITEMS
TABLES = (ITEMS, "discounts", "fx_rates")
"""The record tables that a ledger rests on; without the first there is none."""


@dataclass(frozen=True)
class LedgerDefinition:
    """A company's ledger. `sources` are those whose rows count, per table of `TABLES`; all if it is None."""

    company: str
    terms: LedgerParameters
    sources: Mapping[str, tuple[str, ...]] | None = None

    @property
    def definition(self) -> str:
        """Changes with whatever makes another ledger of the same records: terms, sources, and the SQL itself."""
        text = f"{self.terms.timezone} {sorted((self.sources or {}).items())} {pipeline.query('balances', self.terms)}"
        return sha256(text.encode()).hexdigest()
