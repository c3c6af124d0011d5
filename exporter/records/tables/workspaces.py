"""What customers set up and do in their workspaces, and what the product still lacks."""

from __future__ import annotations

from exporter.records.common import CUSTOMER, identifier, open_ended
from exporter.records.schema import PRESENT, Check, Column, Table, Type

TABLES = (
    Table(
        "provisioning_jobs",
        "Infrastructure that is set up for customers.",
        (
            identifier("job_id", "identifies the job"),
            CUSTOMER,
            Column(
                "setup",
                Type.TEXT,
                "basic: what every customer gets; extended: more than that",
                one_of=("basic", "extended"),
                default="basic",
            ),
            Column("requested_at", Type.INSTANT, "when it was asked for", required=True),
            open_ended("ready_at", "when it could be used; empty while under way or if it failed"),
        ),
        key=("job_id",),
        checks=(Check("ready_at >= requested_at", "ready_at is before requested_at"),),
    ),
    Table(
        "domains",
        "Domains that customers send from.",
        (
            identifier("domain_id", "identifies the domain, as an opaque id"),
            CUSTOMER,
            Column("added_at", Type.INSTANT, "when it was added", required=True),
        ),
        key=("domain_id",),
        may_shrink=PRESENT,
    ),
    Table(
        "team_members",
        "People with access to a customer's workspace, without their names.",
        (
            identifier("member_id", "identifies the member, as an opaque id"),
            identifier("customer_id", "the customer, as in `customers`"),
            Column("joined_at", Type.INSTANT, "first instant of the membership", required=True),
            open_ended("left_at", "first instant after it; empty while it lasts"),
        ),
        key=("member_id",),
        checks=(Check("left_at >= joined_at", "left_at is before joined_at"),),
    ),
    Table(
        "feature_uses",
        "Which features a user used, per day on which it did.",
        (
            identifier("user_id", "who used it, as an opaque id"),
            identifier("customer_id", "the customer in whose workspace, as in `customers`"),
            identifier("feature", "the feature"),
            Column("core", Type.BOOLEAN, "whether the product is bought for this feature", default="false"),
            Column("used_on", Type.DATE, "the day", required=True),
        ),
        key=("user_id", "customer_id", "feature", "used_on"),
    ),
    Table(
        "roadmap_features",
        "Features that the product is to have.",
        (
            identifier("feature_id", "identifies the feature"),
            Column("milestone", Type.TEXT, "what it belongs to: mvp, ...", required=True),
            Column("completed_on", Type.DATE, "the day it was complete; empty while it is not"),
        ),
        key=("feature_id",),
        may_shrink=PRESENT,
    ),
)
