"""Stores: where goods are sold, what they sell, and what lies on their shelves."""

from __future__ import annotations

from exporter.records.common import currency, identifier, open_ended
from exporter.records.schema import PRESENT, Check, Column, Table, Type

STORE = identifier("store_id", "the store, as in `stores`")

TABLES = (
    Table(
        "stores",
        "Where goods are sold. One row per store; attributes are the present ones.",
        (
            identifier("store_id", "identifies the store"),
            Column("format", Type.TEXT, "apparel, grocery, ...; the `format` dimension of breakdowns"),
            Column("opened_on", Type.DATE, "its first day of business", required=True),
            open_ended("closed_on", "the first day it was closed for good; empty while open", Type.DATE),
            Column("selling_area", Type.DECIMAL, "the area that customers shop in, in square feet; above 0"),
        ),
        key=("store_id",),
        checks=(
            Check("closed_on >= opened_on", "closed_on is before opened_on"),
            Check("selling_area > 0", "selling_area is not above 0"),
        ),
        may_shrink=PRESENT,
    ),
    Table(
        "store_sales",
        "What stores sold: a row per receipt, per article and day, or per day. Returns are negative.",
        (
            identifier("sale_id", "identifies the row"),
            STORE,
            Column("sold_on", Type.DATE, "the day it counts for", required=True),
            Column("amount", Type.DECIMAL, "what customers paid, in `currency`, without tax", required=True),
            Column("cost", Type.DECIMAL, "what the goods had cost, in `currency`", required=True),
            currency(),
        ),
        key=("sale_id",),
    ),
    Table(
        "stock_levels",
        "What the goods in stock had cost. A row holds until the next one of the same place and product.",
        (
            identifier("store_id", "the store, as in `stores`, or a warehouse"),
            Column("product", Type.TEXT, "the article or group of articles; empty if counted together", default="all"),
            Column("counted_on", Type.DATE, "the level at the end of this day", required=True),
            Column("amount", Type.DECIMAL, "at cost, in `currency`; 0 once sold out", required=True),
            currency(),
        ),
        key=("store_id", "product", "counted_on"),
        checks=(Check("amount >= 0", "amount is negative"),),
        may_shrink=PRESENT,
    ),
)
