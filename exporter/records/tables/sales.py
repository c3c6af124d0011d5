"""How customers are won."""

from __future__ import annotations

from exporter.records.common import CUSTOMER, currency, identifier, open_ended
from exporter.records.schema import PRESENT, Check, Column, Table, Type

TABLES = (
    Table(
        "deals",
        "Opportunities in the CRM.",
        (
            identifier("deal_id", "identifies the deal"),
            CUSTOMER,
            Column("lead_id", Type.TEXT, "the lead it came from, as in `leads`"),
            Column(
                "kind",
                Type.TEXT,
                "a new customer, or more business with an old one",
                one_of=("new", "expansion"),
                default="new",
            ),
            Column("amount", Type.DECIMAL, "annual value in `currency`", required=True),
            currency(),
            Column("created_at", Type.INSTANT, "when the deal was opened", required=True),
            open_ended("demo_at", "when the product was demonstrated; empty if never"),
            open_ended("expected_close_on", "the day it is expected to be decided", Type.DATE),
            open_ended("closed_at", "when it was won or lost; empty while open"),
            Column("won", Type.BOOLEAN, "true if won, false if lost; empty while open"),
        ),
        key=("deal_id",),
        checks=(
            Check("closed_at >= created_at", "closed_at is before created_at"),
            Check("(closed_at IS NULL) = (won IS NULL)", "closed_at and won must be given together"),
        ),
    ),
    Table(
        "leads",
        "People or companies who showed interest, without their names.",
        (
            identifier("lead_id", "identifies the lead"),
            Column("created_at", Type.INSTANT, "when the lead came in", required=True),
            open_ended("qualified_at", "when marketing qualified it (MQL); empty if not"),
        ),
        key=("lead_id",),
        checks=(Check("qualified_at >= created_at", "qualified_at is before created_at"),),
    ),
    Table(
        "quotas",
        "Sales targets per quarter.",
        (
            Column("quarter_on", Type.DATE, "the first day of the quarter", required=True),
            Column(
                "amount",
                Type.DECIMAL,
                "new annual value to be won in the quarter, in `currency`",
                required=True,
            ),
            currency(),
        ),
        key=("quarter_on",),
        may_shrink=PRESENT,
    ),
)
