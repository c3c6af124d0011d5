"""Mail that is sent for customers, and the servers that send it."""

from __future__ import annotations

from exporter.records.common import CUSTOMER, identifier
from exporter.records.schema import PRESENT, Check, Column, Table, Type

TABLES = (
    Table(
        "mail_volumes",
        "Mail per customer and day on which any was sent.",
        (
            identifier("customer_id", "the customer it was sent for, as in `customers`"),
            Column("sent_on", Type.DATE, "the day it was sent", required=True),
            Column("sent", Type.INTEGER, "messages sent; at least 0", required=True),
            Column("delivered", Type.INTEGER, "of these, messages that the receiving server accepted", required=True),
        ),
        key=("customer_id", "sent_on"),
        checks=(
            Check("sent >= 0", "sent is negative"),
            Check("delivered BETWEEN 0 AND sent", "delivered is not between 0 and sent"),
        ),
    ),
    Table(
        "queue_samples",
        "How many messages waited in a server's queue at an instant.",
        (
            identifier("server_id", "the server"),
            Column("sampled_at", Type.INSTANT, "when it was counted", required=True),
            Column("messages", Type.INTEGER, "messages waiting; at least 0", required=True),
        ),
        key=("server_id", "sampled_at"),
        checks=(Check("messages >= 0", "messages is negative"),),
        may_shrink=PRESENT,
    ),
    Table(
        "health_checks",
        "Whether a server was healthy at an instant.",
        (
            Column(
                "kind",
                Type.TEXT,
                "smtp: it accepts and sends mail; server: the machine itself",
                required=True,
                one_of=("smtp", "server"),
            ),
            identifier("server_id", "the server"),
            Column("checked_at", Type.INSTANT, "when it was checked", required=True),
            Column("healthy", Type.BOOLEAN, "whether the check passed", required=True),
        ),
        key=("kind", "server_id", "checked_at"),
        may_shrink=PRESENT,
    ),
    Table(
        "campaigns",
        "Campaigns that customers set up.",
        (
            identifier("campaign_id", "identifies the campaign"),
            CUSTOMER,
            Column("due_at", Type.INSTANT, "when it was to be launched", required=True),
            Column("launched", Type.BOOLEAN, "true if it went out, false if the launch failed; empty if cancelled"),
        ),
        key=("campaign_id",),
    ),
)
