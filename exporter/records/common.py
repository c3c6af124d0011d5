"""Columns and checks that several tables share."""

from __future__ import annotations

from exporter.records.schema import Check, Column, CurrencyCode, Type

CUSTOMER = Column("customer_id", Type.TEXT, "the customer, as in `customers`")
ENDS_AFTER_START = Check("ends_at >= starts_at", "ends_at is before starts_at")


def identifier(name: str, doc: str) -> Column:
    """Return a required column of text."""
    return Column(name, Type.TEXT, doc, required=True)


def open_ended(name: str, doc: str, type_: Type = Type.INSTANT) -> Column:
    """Return a column of a time that may be in the future, or may never come."""
    return Column(name, type_, doc, open_ended=True)


def currency() -> Column:
    """Return the column of amounts' currency in tables that hold one currency alone, that of the reports."""
    doc = "ISO 4217 code; must be the company's reporting currency"
    return Column("currency", Type.TEXT, doc, required=True, money=CurrencyCode.REPORTING)


def any_currency(name: str, doc: str, required: bool = True) -> Column:
    """Return a column of currency codes, whichever currency they name."""
    return Column(name, Type.TEXT, f"ISO 4217 code {doc}", required=required, money=CurrencyCode.ANY)


def learnt_at() -> Column:
    """Return the column by which a source dates its knowledge of a row."""
    doc = "when the source learnt what the row says; the time of the poll if empty. Earlier versions may come with it"
    return Column("learnt_at", Type.INSTANT, doc)
