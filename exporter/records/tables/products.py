"""Articles: what a unit of each brings and costs, and how many were sold."""

from __future__ import annotations

from exporter.records.common import currency, identifier
from exporter.records.schema import Check, Column, Table, Type

TABLES = (
    Table(
        "sku_sales",
        "Units sold per article and day, or per month, with what one unit brings and costs.",
        (
            identifier("sku", "the article, the `sku` dimension of breakdowns"),
            Column("sold_on", Type.DATE, "the day it counts for; of a month, any of its days", required=True),
            Column("units", Type.DECIMAL, "units sold; returns are negative", required=True),
            Column("price", Type.DECIMAL, "price of a unit, in `currency`, without tax", required=True),
            Column("unit_cost", Type.DECIMAL, "cost of goods of a unit, in `currency`", required=True),
            Column("shipping", Type.DECIMAL, "shipping and fulfilment of a unit, in `currency`", default="0"),
            Column(
                "payment_rate", Type.DECIMAL, "what the payment costs, as a share of the price, 0 to 1", default="0"
            ),
            Column("payment_fee", Type.DECIMAL, "what the payment of a unit costs besides, in `currency`", default="0"),
            Column(
                "other_cost",
                Type.DECIMAL,
                "what else varies with units sold, such as support, of a unit, in `currency`",
                default="0",
            ),
            currency(),
        ),
        key=("sku", "sold_on"),
        checks=(Check("payment_rate BETWEEN 0 AND 1", "payment_rate is a share, 0 to 1"),),
    ),
)
