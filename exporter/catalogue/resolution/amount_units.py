"""The unit of an amount where it stands: one without a sign is in the currency of the file that writes it."""

from __future__ import annotations

from dataclasses import replace

from exporter.catalogue.reading.inheritance import MergedCatalogue
from exporter.mistakes import Keys
from exporter.quantities.units import Unit


def unit_at(path: Keys, unit: Unit, currency: str, merged: MergedCatalogue) -> Unit:
    """Return the unit with what amounts without a sign are in at a path; `currency` is the company's.

    A unit that names another currency than the company's holds for bare amounts too.
    """
    if unit.currency != currency:
        return unit
    return replace(unit, bare_currency=merged.currency_at(path))
