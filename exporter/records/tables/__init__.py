"""The canonical tables: every column with its unit and meaning. A vendor's shape ends at its source module."""

from __future__ import annotations

from collections.abc import Mapping

from exporter.records.schema import Table
from exporter.records.tables import (
    finance,
    mail,
    marketing,
    operations,
    payments,
    planning,
    product,
    products,
    retail,
    revenue,
    sales,
    support,
    workspaces,
)

_AREAS = (
    finance,
    mail,
    marketing,
    operations,
    payments,
    planning,
    product,
    products,
    retail,
    revenue,
    sales,
    support,
    workspaces,
)

TABLES: Mapping[str, Table] = {table.name: table for area in _AREAS for table in area.TABLES}
