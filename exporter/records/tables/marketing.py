"""How people find the company: the website, search engines and what is published."""

from __future__ import annotations

from exporter.records.common import identifier, open_ended
from exporter.records.schema import Check, Column, Table, Type

TABLES = (
    Table(
        "web_visits",
        "Visitors of the website, per day and channel.",
        (
            Column("visited_on", Type.DATE, "the day", required=True),
            identifier("channel", "how they came: organic, paid, referral, ..."),
            Column(
                "visitors",
                Type.INTEGER,
                "different visitors on that day; who comes back on another day counts again",
                required=True,
            ),
        ),
        key=("visited_on", "channel"),
        checks=(Check("visitors >= 0", "visitors is negative"),),
    ),
    Table(
        "search_positions",
        "Where the website stands in the results of a search engine, per day.",
        (
            identifier("keyword", "what was searched for"),
            Column("searched_on", Type.DATE, "the day", required=True),
            Column("position", Type.DECIMAL, "the mean position of that day; 1 is the first", required=True),
            Column("impressions", Type.INTEGER, "how often it was shown, the weight of the day", default="1"),
        ),
        key=("keyword", "searched_on"),
        checks=(
            Check("position >= 1", "position is less than 1"),
            Check("impressions >= 1", "impressions is less than 1"),
        ),
    ),
    Table(
        "articles",
        "What was published, without its authors.",
        (
            identifier("article_id", "identifies the article"),
            open_ended("published_at", "when it was published; empty for a draft"),
        ),
        key=("article_id",),
    ),
)
