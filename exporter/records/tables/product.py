"""How the product is tried, and how much of the platform is used and how fast it answers."""

from __future__ import annotations

from exporter.records.common import CUSTOMER, identifier, open_ended
from exporter.records.schema import PRESENT, Check, Column, Table, Type

TABLES = (
    Table(
        "signups",
        "Accounts opened in the product.",
        (
            identifier("signup_id", "identifies the account, as an opaque id"),
            CUSTOMER,
            Column("signed_up_at", Type.INSTANT, "when it was opened", required=True),
        ),
        key=("signup_id",),
    ),
    Table(
        "trials",
        "Trials of the product, until they turn into a paid plan or run out.",
        (
            identifier("trial_id", "identifies the trial"),
            CUSTOMER,
            Column("started_at", Type.INSTANT, "when it began", required=True),
            open_ended("ended_at", "when it was converted or ran out; empty while it runs"),
            Column("converted", Type.BOOLEAN, "true if it became a paid plan, false if not; empty while it runs"),
        ),
        key=("trial_id",),
        checks=(
            Check("ended_at >= started_at", "ended_at is before started_at"),
            Check("(ended_at IS NULL) = (converted IS NULL)", "ended_at and converted must be given together"),
        ),
    ),
    Table(
        "resource_samples",
        "What is in use of each resource of the platform, sampled at least once a day.",
        (
            identifier("resource", "vcpu, ram, nvme, gpu_ and the model such as gpu_t4, ..."),
            Column("sampled_at", Type.INSTANT, "the moment that it is true of", required=True),
            Column("used", Type.DECIMAL, "in use by customers: cores, bytes or cards; at least 0", required=True),
            Column("capacity", Type.DECIMAL, "what there is to sell, in the same unit; more than 0", required=True),
        ),
        key=("resource", "sampled_at"),
        checks=(
            Check("used >= 0", "used is negative"),
            Check("capacity > 0", "capacity is not more than 0"),
        ),
        may_shrink=PRESENT,
    ),
    Table(
        "data_transfers",
        "Data that went between customers and the internet, per day.",
        (
            identifier("region", "where, such as a data centre"),
            Column("transferred_on", Type.DATE, "the day", required=True),
            Column("bytes", Type.DECIMAL, "in both directions together; at least 0", required=True),
        ),
        key=("region", "transferred_on"),
        checks=(Check("bytes >= 0", "bytes is negative"),),
    ),
    Table(
        "api_requests",
        "Requests that the API answered, per day and class of duration, as a histogram counts them.",
        (
            identifier("service", "what answered"),
            Column("served_on", Type.DATE, "the day", required=True),
            Column(
                "up_to",
                Type.DECIMAL,
                "the longest duration of the class, in seconds; the shortest is that of the class before",
                required=True,
            ),
            Column("requests", Type.INTEGER, "answered within this class and not the one before", required=True),
            Column("failed", Type.INTEGER, "of these, those that failed by our fault", default="0"),
            Column("seconds", Type.DECIMAL, "the sum of their durations", required=True),
        ),
        key=("service", "served_on", "up_to"),
        checks=(
            Check("up_to > 0", "up_to is not more than 0"),
            Check("requests >= 0", "requests is negative"),
            Check("failed BETWEEN 0 AND requests", "failed is not between 0 and requests"),
            Check("seconds BETWEEN 0 AND up_to * requests", "seconds is not between 0 and up_to for each request"),
        ),
    ),
)
