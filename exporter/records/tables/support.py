"""How customers are looked after, and what they say."""

from __future__ import annotations

from exporter.records.common import CUSTOMER, identifier, open_ended
from exporter.records.schema import Check, Column, Table, Type

TABLES = (
    Table(
        "onboardings",
        "New customers on their way to first value.",
        (
            identifier("onboarding_id", "identifies the onboarding"),
            CUSTOMER,
            Column("started_at", Type.INSTANT, "kick-off", required=True),
            open_ended("first_value_at", "first production use; empty while under way"),
        ),
        key=("onboarding_id",),
        checks=(Check("first_value_at >= started_at", "first_value_at is before started_at"),),
    ),
    Table(
        "tickets",
        "Support requests.",
        (
            identifier("ticket_id", "identifies the ticket"),
            CUSTOMER,
            Column("priority", Type.TEXT, "P1 is the most urgent", one_of=("P1", "P2", "P3", "P4", "P5")),
            Column("opened_at", Type.INSTANT, "when it was opened", required=True),
            open_ended("first_response_at", "first answer by a person; empty if none yet"),
            open_ended("resolved_at", "when it was solved; empty while open"),
            Column("contacts", Type.INTEGER, "how often the customer got in touch about it; empty if not known"),
        ),
        key=("ticket_id",),
        checks=(
            Check("first_response_at >= opened_at", "first_response_at is before opened_at"),
            Check("resolved_at >= opened_at", "resolved_at is before opened_at"),
            Check("contacts >= 1", "contacts is less than 1"),
        ),
    ),
    Table(
        "surveys",
        "Satisfaction surveys and their answers.",
        (
            identifier("response_id", "identifies the answer"),
            Column(
                "kind",
                Type.TEXT,
                "nps: 0 to 10, how likely to recommend; csat: 1 to 5, how satisfied",
                required=True,
                one_of=("nps", "csat"),
            ),
            Column(
                "respondent_id",
                Type.TEXT,
                "who answered, as an opaque id; the latest NPS answer of each counts",
            ),
            Column("ticket_id", Type.TEXT, "the ticket a csat answer is about, as in `tickets`"),
            Column("score", Type.DECIMAL, "the answer, on the scale of its kind; empty where none was given"),
            Column("responded_at", Type.INSTANT, "when it was given"),
        ),
        key=("response_id",),
        checks=(
            Check("kind <> 'nps' OR score BETWEEN 0 AND 10", "an nps score is 0 to 10"),
            Check("kind <> 'csat' OR score BETWEEN 1 AND 5", "a csat score is 1 to 5"),
            Check("score IS NULL OR responded_at IS NOT NULL", "an answer has no responded_at"),
        ),
    ),
)
