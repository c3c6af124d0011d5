"""Money that customers pay, and what is spent to win them."""

from __future__ import annotations

from exporter.records.common import CUSTOMER, ENDS_AFTER_START, currency, identifier, open_ended
from exporter.records.schema import Check, Column, Table, Type

TABLES = (
    Table(
        "payments",
        "Attempts to collect a payment. Each try is a row, so an invoice may have several.",
        (
            identifier("payment_id", "identifies the attempt"),
            CUSTOMER,
            Column("amount", Type.DECIMAL, "what was to be collected, in `currency`; at least 0", required=True),
            currency(),
            Column("attempted_at", Type.INSTANT, "when it was tried", required=True),
            Column("succeeded", Type.BOOLEAN, "whether the money was collected", required=True),
        ),
        key=("payment_id",),
        checks=(Check("amount >= 0", "amount is negative"),),
    ),
    Table(
        "refunds",
        "Money given back to customers.",
        (
            identifier("refund_id", "identifies the refund"),
            CUSTOMER,
            Column("payment_id", Type.TEXT, "the payment given back, as in `payments`"),
            Column("amount", Type.DECIMAL, "in `currency`, as a positive number", required=True),
            currency(),
            Column("refunded_at", Type.INSTANT, "when it was given back", required=True),
        ),
        key=("refund_id",),
        checks=(Check("amount >= 0", "amount is negative"),),
    ),
    Table(
        "acquisition_costs",
        "What was spent on winning customers of a segment.",
        (
            identifier("cost_id", "identifies the expense"),
            Column("spent_on", Type.DATE, "the day it counts for", required=True),
            Column("segment", Type.TEXT, "the segment it was aimed at, as customers have it; empty if at all of them"),
            Column("amount", Type.DECIMAL, "in `currency`", required=True),
            currency(),
        ),
        key=("cost_id",),
    ),
    Table(
        "customer_sizes",
        "How large a customer is taken to be, from `starts_at` up to, not including, `ends_at`. "
        "A change ends one row and starts another.",
        (
            identifier("customer_id", "the customer, as in `customers`"),
            Column(
                "size",
                Type.TEXT,
                "smb: small and medium, startups too; mid_market; enterprise",
                required=True,
                one_of=("smb", "mid_market", "enterprise"),
            ),
            Column("starts_at", Type.INSTANT, "first instant at which it holds", required=True),
            open_ended("ends_at", "first instant at which it no longer holds; empty while it does"),
        ),
        key=("customer_id", "starts_at"),
        checks=(ENDS_AFTER_START,),
    ),
)
