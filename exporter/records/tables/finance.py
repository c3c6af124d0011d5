"""Profit and loss, cash and people."""

from __future__ import annotations

from exporter.records.common import currency, identifier
from exporter.records.schema import PRESENT, Check, Column, Table, Type

ACCOUNTS = (
    "recurring_revenue",
    "services_revenue",
    "direct_cost",
    "shared_cost",
    "services_cost",
    "sales",
    "marketing",
    "presales",
    "research",
    "general",
    "depreciation",
    "interest",
    "tax",
)

TABLES = (
    Table(
        "ledger_entries",
        "Profit and loss: revenue and cost as positive amounts, credits and corrections as negative ones.",
        (
            identifier("entry_id", "identifies the entry"),
            Column("booked_on", Type.DATE, "the day it counts for", required=True),
            Column(
                "account",
                Type.TEXT,
                "direct_cost: caused by one customer or cluster; shared_cost: platform and on-call shared by all; "
                "the others as named",
                required=True,
                one_of=ACCOUNTS,
            ),
            Column("amount", Type.DECIMAL, "in `currency`", required=True),
            currency(),
            Column("customer_id", Type.TEXT, "the customer who caused it; empty if shared"),
            Column("asset_id", Type.TEXT, "the asset that caused it, as in `assets`; empty if none"),
        ),
        key=("entry_id",),
    ),
    Table(
        "cash_balances",
        "What is in the bank.",
        (
            identifier("account_id", "the bank account"),
            Column("balance_on", Type.DATE, "the balance at the end of this day", required=True),
            Column("amount", Type.DECIMAL, "in `currency`", required=True),
            currency(),
        ),
        key=("account_id", "balance_on"),
        may_shrink=PRESENT,
    ),
    Table(
        "financings",
        "Cash that came from or went to investors and lenders; it is not operations, so burn leaves it out.",
        (
            identifier("financing_id", "identifies the flow"),
            Column("paid_on", Type.DATE, "the day it reached or left the bank", required=True),
            Column("amount", Type.DECIMAL, "in `currency`; positive into the company", required=True),
            currency(),
        ),
        key=("financing_id",),
    ),
    Table(
        "headcount",
        "People per team, full-time equivalents. A row holds until the next one of the same team.",
        (
            identifier("team", "engineering, support, sales, ..."),
            Column("effective_on", Type.DATE, "the first day the number holds", required=True),
            Column("people", Type.DECIMAL, "full-time equivalents; at least 0", required=True),
        ),
        key=("team", "effective_on"),
        checks=(Check("people >= 0", "people is negative"),),
        may_shrink=PRESENT,
    ),
)
