"""What is run, and how well."""

from __future__ import annotations

from exporter.records.common import CUSTOMER, ENDS_AFTER_START, identifier, open_ended
from exporter.records.schema import Check, Column, Table, Type

TABLES = (
    Table(
        "assets",
        "What is operated for customers, such as clusters.",
        (
            identifier("asset_id", "identifies the asset"),
            Column("kind", Type.TEXT, "cluster, server, ...", required=True),
            Column("type", Type.TEXT, "the size or sort, the `type` dimension of breakdowns"),
            CUSTOMER,
            Column("starts_at", Type.INSTANT, "in service from", required=True),
            open_ended("ends_at", "first instant out of service; empty while in service"),
        ),
        key=("asset_id",),
        checks=(ENDS_AFTER_START,),
    ),
    Table(
        "incidents",
        "Incidents from detection to resolution.",
        (
            identifier("incident_id", "identifies the incident"),
            Column(
                "priority",
                Type.TEXT,
                "P1 is the most urgent",
                required=True,
                one_of=("P1", "P2", "P3", "P4", "P5"),
            ),
            Column("started_at", Type.INSTANT, "when the impact began; empty if not known"),
            Column("triggered_at", Type.INSTANT, "when it was detected and the responder alerted", required=True),
            open_ended("acknowledged_at", "first acknowledgement; empty if never acknowledged"),
            open_ended("resolved_at", "when it was resolved; empty while open"),
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
            identifier("outage_id", "identifies the interval"),
            Column(
                "kind",
                Type.TEXT,
                "maintenance does not count against uptime",
                one_of=("outage", "maintenance"),
                default="outage",
            ),
            Column("service", Type.TEXT, "what was down"),
            Column("starts_at", Type.INSTANT, "first instant of the interval", required=True),
            open_ended("ends_at", "first instant after it; empty while it lasts"),
        ),
        key=("outage_id",),
        checks=(ENDS_AFTER_START,),
    ),
    Table(
        "deployments",
        "Releases to production.",
        (
            identifier("deployment_id", "identifies the deployment"),
            Column("service", Type.TEXT, "what was deployed"),
            Column("deployed_at", Type.INSTANT, "when it reached production", required=True),
            Column("failed", Type.BOOLEAN, "it needed immediate intervention (rollback, hotfix)", default="false"),
            Column("automated", Type.BOOLEAN, "it took no step by hand; empty if not known"),
        ),
        key=("deployment_id",),
    ),
    Table(
        "backups",
        "Backup runs.",
        (
            identifier("backup_id", "identifies the run"),
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
            identifier("customer_id", "the customer, as in `customers`"),
            Column("month_on", Type.DATE, "the first day of the month reported on", required=True),
            Column("met", Type.BOOLEAN, "whether the agreed level was met", required=True),
        ),
        key=("customer_id", "month_on"),
    ),
)
