"""What customers buy and pay for."""

from __future__ import annotations

from exporter.records.common import ENDS_AFTER_START, currency, identifier
from exporter.records.schema import Check, Column, Table, Type

TABLES = (
    Table(
        "customers",
        "Who buys. One row per customer; attributes are the present ones.",
        (
            identifier("customer_id", "identifies the customer in every other table"),
            Column("tier", Type.TEXT, "the price tier or segment, the `tier` dimension of breakdowns"),
            Column("created_at", Type.INSTANT, "when the customer was first recorded"),
        ),
        key=("customer_id",),
    ),
    Table(
        "subscription_items",
        "What customers pay for, as run-rates that hold from `starts_at` up to, not including, `ends_at`. "
        "A change of price or quantity ends one row and starts another.",
        (
            identifier("item_id", "identifies this item over this validity interval"),
            identifier("subscription_id", "the contract the item belongs to"),
            identifier("customer_id", "the customer, as in `customers`"),
            Column("product", Type.TEXT, "what is sold"),
            Column("asset_id", Type.TEXT, "the asset the item is for, as in `assets`"),
            Column("quantity", Type.DECIMAL, "units sold; at least 0", default="1"),
            Column(
                "unit_amount",
                Type.DECIMAL,
                "price of one unit for one billing interval, in `currency`, without tax",
                required=True,
            ),
            currency(),
            Column(
                "billing_interval",
                Type.TEXT,
                "the unit of the billing interval",
                one_of=("day", "week", "month", "year"),
                default="month",
            ),
            Column(
                "interval_count",
                Type.INTEGER,
                "billing intervals between two invoices; at least 1",
                default="1",
            ),
            Column("starts_at", Type.INSTANT, "first instant at which the run-rate holds", required=True),
            Column("ends_at", Type.INSTANT, "first instant at which it no longer holds; empty while it runs"),
        ),
        key=("item_id",),
        checks=(
            ENDS_AFTER_START,
            Check("quantity >= 0", "quantity is negative"),
            Check("interval_count >= 1", "interval_count is less than 1"),
        ),
    ),
)
