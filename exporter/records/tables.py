"""The canonical tables: every column with its unit and meaning. A vendor's shape ends at its source module."""

from __future__ import annotations

from collections.abc import Mapping

from exporter.records.schema import Check, Column, Table, Type, by_name


def _id(name: str, doc: str) -> Column:
    return Column(name, Type.TEXT, doc, required=True)


def _currency() -> Column:
    return Column(
        "currency", Type.TEXT, "ISO 4217 code; must be the company's reporting currency", required=True
    )


_CUSTOMER = Column("customer_id", Type.TEXT, "the customer, as in `customers`")
_ENDS_AFTER_START = Check("ends_at >= starts_at", "ends_at is before starts_at")

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

TABLES: Mapping[str, Table] = by_name(
    Table(
        "customers",
        "Who buys. One row per customer; attributes are the present ones.",
        (
            _id("customer_id", "identifies the customer in every other table"),
            Column("tier", Type.TEXT, "the price tier or segment, the `tier` dimension of breakdowns"),
            Column("created_at", Type.INSTANT, "when the customer was first recorded"),
        ),
        key=("customer_id",),
    ),
    Table(
        "subscription_items",
        "What customers pay for, as run-rates that hold from `starts_at` up to, not including, `ends_at`. "
        "A change of price or quantity ends one row and starts another.",
        (
            _id("item_id", "identifies this item over this validity interval"),
            _id("subscription_id", "the contract the item belongs to"),
            _id("customer_id", "the customer, as in `customers`"),
            Column("product", Type.TEXT, "what is sold"),
            Column("asset_id", Type.TEXT, "the asset the item is for, as in `assets`"),
            Column("quantity", Type.DECIMAL, "units sold; at least 0", default="1"),
            Column(
                "unit_amount",
                Type.DECIMAL,
                "price of one unit for one billing interval, in `currency`, without tax",
                required=True,
            ),
            _currency(),
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
            Column("ends_at", Type.INSTANT, "first instant at which it no longer holds; empty while it runs"),
        ),
        key=("item_id",),
        checks=(
            _ENDS_AFTER_START,
            Check("quantity >= 0", "quantity is negative"),
            Check("interval_count >= 1", "interval_count is less than 1"),
        ),
    ),
    Table(
        "deals",
        "Opportunities in the CRM.",
        (
            _id("deal_id", "identifies the deal"),
            _CUSTOMER,
            Column("lead_id", Type.TEXT, "the lead it came from, as in `leads`"),
            Column(
                "kind",
                Type.TEXT,
                "a new customer, or more business with an old one",
                one_of=("new", "expansion"),
                default="new",
            ),
            Column("amount", Type.DECIMAL, "annual value in `currency`", required=True),
            _currency(),
            Column("created_at", Type.INSTANT, "when the deal was opened", required=True),
            Column("demo_at", Type.INSTANT, "when the product was demonstrated; empty if never"),
            Column("expected_close_on", Type.DATE, "the day it is expected to be decided"),
            Column("closed_at", Type.INSTANT, "when it was won or lost; empty while open"),
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
            _id("lead_id", "identifies the lead"),
            Column("created_at", Type.INSTANT, "when the lead came in", required=True),
            Column("qualified_at", Type.INSTANT, "when marketing qualified it (MQL); empty if not"),
        ),
        key=("lead_id",),
        checks=(Check("qualified_at >= created_at", "qualified_at is before created_at"),),
    ),
    Table(
        "incidents",
        "Incidents from detection to resolution.",
        (
            _id("incident_id", "identifies the incident"),
            Column(
                "priority",
                Type.TEXT,
                "P1 is the most urgent",
                required=True,
                one_of=("P1", "P2", "P3", "P4", "P5"),
            ),
            Column("started_at", Type.INSTANT, "when the impact began; empty if not known"),
            Column(
                "triggered_at", Type.INSTANT, "when it was detected and the responder alerted", required=True
            ),
            Column("acknowledged_at", Type.INSTANT, "first acknowledgement; empty if never acknowledged"),
            Column("resolved_at", Type.INSTANT, "when it was resolved; empty while open"),
        ),
        key=("incident_id",),
        checks=(
            Check("triggered_at >= started_at", "triggered_at is before started_at"),
            Check("acknowledged_at >= triggered_at", "acknowledged_at is before triggered_at"),
            Check("resolved_at >= triggered_at", "resolved_at is before triggered_at"),
        ),
    ),
    Table(
        "outages",
        "Intervals in which the platform was down, or under announced maintenance. They may overlap.",
        (
            _id("outage_id", "identifies the interval"),
            Column(
                "kind",
                Type.TEXT,
                "maintenance does not count against uptime",
                one_of=("outage", "maintenance"),
                default="outage",
            ),
            Column("service", Type.TEXT, "what was down"),
            Column("starts_at", Type.INSTANT, "first instant of the interval", required=True),
            Column("ends_at", Type.INSTANT, "first instant after it; empty while it lasts"),
        ),
        key=("outage_id",),
        checks=(_ENDS_AFTER_START,),
    ),
    Table(
        "deployments",
        "Releases to production.",
        (
            _id("deployment_id", "identifies the deployment"),
            Column("service", Type.TEXT, "what was deployed"),
            Column("deployed_at", Type.INSTANT, "when it reached production", required=True),
            Column(
                "failed", Type.BOOLEAN, "it needed immediate intervention (rollback, hotfix)", default="false"
            ),
        ),
        key=("deployment_id",),
    ),
    Table(
        "tickets",
        "Support requests.",
        (
            _id("ticket_id", "identifies the ticket"),
            _CUSTOMER,
            Column("priority", Type.TEXT, "P1 is the most urgent", one_of=("P1", "P2", "P3", "P4", "P5")),
            Column("opened_at", Type.INSTANT, "when it was opened", required=True),
            Column("first_response_at", Type.INSTANT, "first answer by a person; empty if none yet"),
            Column("resolved_at", Type.INSTANT, "when it was solved; empty while open"),
        ),
        key=("ticket_id",),
        checks=(
            Check("first_response_at >= opened_at", "first_response_at is before opened_at"),
            Check("resolved_at >= opened_at", "resolved_at is before opened_at"),
        ),
    ),
    Table(
        "surveys",
        "Answers to satisfaction surveys.",
        (
            _id("response_id", "identifies the answer"),
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
            Column("score", Type.DECIMAL, "the answer, on the scale of its kind", required=True),
            Column("responded_at", Type.INSTANT, "when it was given", required=True),
        ),
        key=("response_id",),
        checks=(
            Check("kind <> 'nps' OR score BETWEEN 0 AND 10", "an nps score is 0 to 10"),
            Check("kind <> 'csat' OR score BETWEEN 1 AND 5", "a csat score is 1 to 5"),
        ),
    ),
    Table(
        "onboardings",
        "New customers on their way to first value.",
        (
            _id("onboarding_id", "identifies the onboarding"),
            _CUSTOMER,
            Column("started_at", Type.INSTANT, "kick-off", required=True),
            Column("first_value_at", Type.INSTANT, "first production use; empty while under way"),
        ),
        key=("onboarding_id",),
        checks=(Check("first_value_at >= started_at", "first_value_at is before started_at"),),
    ),
    Table(
        "ledger_entries",
        "Profit and loss: revenue and cost as positive amounts, credits and corrections as negative ones.",
        (
            _id("entry_id", "identifies the entry"),
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
            _currency(),
            Column("customer_id", Type.TEXT, "the customer who caused it; empty if shared"),
            Column("asset_id", Type.TEXT, "the asset that caused it, as in `assets`; empty if none"),
        ),
        key=("entry_id",),
    ),
    Table(
        "cash_balances",
        "What is in the bank.",
        (
            _id("account_id", "the bank account"),
            Column("balance_on", Type.DATE, "the balance at the end of this day", required=True),
            Column("amount", Type.DECIMAL, "in `currency`", required=True),
            _currency(),
        ),
        key=("account_id", "balance_on"),
    ),
    Table(
        "financings",
        "Cash that came from or went to investors and lenders; it is not operations, so burn leaves it out.",
        (
            _id("financing_id", "identifies the flow"),
            Column("paid_on", Type.DATE, "the day it reached or left the bank", required=True),
            Column("amount", Type.DECIMAL, "in `currency`; positive into the company", required=True),
            _currency(),
        ),
        key=("financing_id",),
    ),
    Table(
        "headcount",
        "People per team, full-time equivalents. A row holds until the next one of the same team.",
        (
            _id("team", "engineering, support, sales, ..."),
            Column("effective_on", Type.DATE, "the first day the number holds", required=True),
            Column("people", Type.DECIMAL, "full-time equivalents; at least 0", required=True),
        ),
        key=("team", "effective_on"),
        checks=(Check("people >= 0", "people is negative"),),
    ),
    Table(
        "assets",
        "What is operated for customers, such as clusters.",
        (
            _id("asset_id", "identifies the asset"),
            Column("kind", Type.TEXT, "cluster, server, ...", required=True),
            Column("type", Type.TEXT, "the size or sort, the `type` dimension of breakdowns"),
            _CUSTOMER,
            Column("starts_at", Type.INSTANT, "in service from", required=True),
            Column("ends_at", Type.INSTANT, "first instant out of service; empty while in service"),
        ),
        key=("asset_id",),
        checks=(_ENDS_AFTER_START,),
    ),
    Table(
        "backups",
        "Backup runs.",
        (
            _id("backup_id", "identifies the run"),
            Column("asset_id", Type.TEXT, "what was backed up, as in `assets`"),
            Column("finished_at", Type.INSTANT, "when the run ended", required=True),
            Column("succeeded", Type.BOOLEAN, "whether it can be restored from", required=True),
        ),
        key=("backup_id",),
    ),
    Table(
        "sla_reports",
        "Whether the agreed service level was met, per customer and month.",
        (
            _id("customer_id", "the customer, as in `customers`"),
            Column("month_on", Type.DATE, "the first day of the month reported on", required=True),
            Column("met", Type.BOOLEAN, "whether the agreed level was met", required=True),
        ),
        key=("customer_id", "month_on"),
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
            _currency(),
        ),
        key=("quarter_on",),
    ),
    Table(
        "plans",
        "Plan points that live in a system rather than in the catalogue.",
        (
            _id("kpi", "the KPI's id"),
            Column(
                "scenario", Type.TEXT, "base, bear or bull", one_of=("base", "bear", "bull"), default="base"
            ),
            Column("effective_on", Type.DATE, "the first day the value holds", required=True),
            Column("value", Type.DECIMAL, "in the KPI's unit", required=True),
        ),
        key=("kpi", "scenario", "effective_on"),
    ),
)
