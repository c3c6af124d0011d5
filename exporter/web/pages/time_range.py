"""The time ranges of a KPI's chart and table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

TIME_RANGES: Mapping[str, timedelta] = {
    "30d": timedelta(days=30),
    "90d": timedelta(days=90),
    "1y": timedelta(days=365),
    "3y": timedelta(days=3 * 365 + 1),
}
DEFAULT_RANGE = "1y"
