"""Columns and checks that several tables share."""

from __future__ import annotations

from exporter.records.schema import Check, Column, Type

CUSTOMER = Column("customer_id", Type.TEXT, "the customer, as in `customers`")
ENDS_AFTER_START = Check("ends_at >= starts_at", "ends_at is before starts_at")


def identifier(name: str, doc: str) -> Column:
    return Column(name, Type.TEXT, doc, required=True)


def currency() -> Column:
    return Column("currency", Type.TEXT, "ISO 4217 code; must be the company's reporting currency", required=True)
