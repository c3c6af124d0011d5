"""What customers buy and pay for."""

from __future__ import annotations

from exporter.records.common import ENDS_AFTER_START, any_currency, identifier, learnt_at, open_ended
from exporter.records.schema import PRESENT, Check, Column, Table, Type

STATUSES = (
    "trialing",
    "active",
    "past_due",
    "paused",
    "unpaid",
    "incomplete",
    "incomplete_expired",
    "canceled",
    "ended",
)
"""Stripe's. The last five pay nothing."""

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
        may_shrink=PRESENT,
    ),
    Table(
        "subscription_items",
        "What customers pay for, as run-rates that hold from `starts_at` up to, not including, `ends_at`. "
        "A change of price or quantity ends one row and starts another.",
        (
            identifier("item_id", "identifies this item over this validity interval"),
            identifier("subscription_id", "the contract the item belongs to"),
            identifier("customer_id", "the customer, as in `customers`"),
            Column("line_id", Type.TEXT, "the line of the contract that this row is a state of; `item_id` if empty"),
            Column("product", Type.TEXT, "what is sold"),
            Column("plan", Type.TEXT, "the plan or price of the product, the `plan` dimension of breakdowns"),
            Column("asset_id", Type.TEXT, "the asset the item is for, as in `assets`"),
            Column(
                "status",
                Type.TEXT,
                "the state of the contract over this interval; the revenue policy says what each pays",
                one_of=STATUSES,
                default="active",
            ),
            Column("quantity", Type.DECIMAL, "units sold; at least 0", default="1"),
            Column(
                "unit_amount",
                Type.DECIMAL,
                "price of one unit for one billing interval, in `currency`, before discounts; below 0 it is a "
                "credit, of which the revenue policy says what counts",
                required=True,
            ),
            any_currency("currency", "of the price"),
            Column(
                "amount_in",
                Type.TEXT,
                "whether `unit_amount` counts the currency's major unit (euros) or its minor one (cents)",
                one_of=("major", "minor"),
                default="major",
            ),
            Column("tax_rate", Type.DECIMAL, "tax on the price, in percent of the net price", default="0"),
            Column("tax_inclusive", Type.BOOLEAN, "whether the price contains the tax", default="false"),
            Column("metered", Type.BOOLEAN, "whether the item is charged by use", default="false"),
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
            open_ended("ends_at", "first instant at which it no longer holds; empty while it runs"),
            open_ended("cancel_requested_at", "when the customer asked for the end; empty if it did not"),
            Column(
                "paid_through",
                Type.INSTANT,
                "first instant that is not paid for yet, where known; of a paused row, up to which it counts; of a "
                "cancelled one without `ends_at`, its end",
            ),
            learnt_at(),
        ),
        key=("item_id",),
        checks=(
            ENDS_AFTER_START,
            Check("quantity >= 0", "quantity is negative"),
            Check("interval_count >= 1", "interval_count is less than 1"),
            Check("tax_rate >= 0", "tax_rate is negative"),
            Check("abs(unit_amount) < 1e12 AND quantity < 1e10", "the amount or quantity is not one of a price list"),
            Check("abs(unit_amount::DOUBLE * quantity::DOUBLE) < 1e12", "the price is not one of a price list"),
        ),
        versioned=True,
    ),
    Table(
        "discounts",
        "What is taken off the price of subscription items from `starts_at` up to, not including, `ends_at`. Several "
        "percentages apply one after the other; amounts are taken off after them.",
        (
            identifier("discount_id", "identifies the discount"),
            identifier("customer_id", "the customer, as in `customers`"),
            identifier("subscription_id", "the contract that it is given on"),
            Column("line_id", Type.TEXT, "the line of the contract; all of its lines if empty"),
            Column("percent_off", Type.DECIMAL, "percent of the price, 0 to 100"),
            Column("amount_off", Type.DECIMAL, "or an amount per billing interval of the line, in major units"),
            any_currency("currency", "of `amount_off`", required=False),
            Column(
                "duration",
                Type.TEXT,
                "how long it was granted for; the revenue policy says which lower the run-rate",
                one_of=("once", "repeating", "forever"),
                default="forever",
            ),
            Column("starts_at", Type.INSTANT, "first instant at which it applies", required=True),
            open_ended("ends_at", "first instant at which it no longer does; a `once` without it: a month later"),
            learnt_at(),
        ),
        key=("discount_id",),
        checks=(
            ENDS_AFTER_START,
            Check("(percent_off IS NULL) <> (amount_off IS NULL)", "either percent_off or amount_off must be given"),
            Check("percent_off BETWEEN 0 AND 100", "percent_off is not between 0 and 100"),
            Check("amount_off BETWEEN 0 AND 1e12", "amount_off is negative, or not one of a price list"),
            Check("amount_off IS NULL OR currency IS NOT NULL", "amount_off has no currency"),
            Check("amount_off IS NULL OR line_id IS NOT NULL", "amount_off needs the line_id that it is taken off"),
            Check("duration <> 'repeating' OR ends_at IS NOT NULL", "a repeating discount needs ends_at"),
        ),
        versioned=True,
    ),
    Table(
        "fx_rates",
        "Exchange rates by day; each holds until the next. For a currency without any, the bundled history of the "
        "European Central Bank is used.",
        (
            Column("rate_on", Type.DATE, "the day of the rate"),
            any_currency("base_currency", "of which one unit is exchanged"),
            any_currency("quote_currency", "in which the rate is given"),
            Column("rate", Type.DECIMAL, "units of `quote_currency` for one of `base_currency`", required=True),
            learnt_at(),
        ),
        key=("rate_on", "base_currency", "quote_currency"),
        checks=(
            Check("rate > 0 AND rate < 1e9", "rate is not above 0"),
            Check("base_currency <> quote_currency", "a currency has no rate in itself"),
        ),
        versioned=True,
    ),
)
