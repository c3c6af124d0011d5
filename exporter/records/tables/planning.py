"""Plans that live in a system rather than in the catalogue."""

from __future__ import annotations

from exporter.records.common import identifier
from exporter.records.schema import PRESENT, Column, Table, Type

TABLES = (
    Table(
        "plans",
        "Plan points that live in a system rather than in the catalogue.",
        (
            identifier("kpi", "the KPI's id"),
            Column("scenario", Type.TEXT, "base, bear or bull", one_of=("base", "bear", "bull"), default="base"),
            Column("effective_on", Type.DATE, "the first day the value holds", required=True),
            Column("value", Type.DECIMAL, "in the KPI's unit", required=True),
        ),
        key=("kpi", "scenario", "effective_on"),
        may_shrink=PRESENT,
    ),
)
