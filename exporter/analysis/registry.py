"""The analyses that there are."""

from __future__ import annotations

from typing import Any

from exporter.analysis.backfill.definition import BACKFILL
from exporter.analysis.backtest.definition import BACKTEST
from exporter.analysis.definition import Analysis
from exporter.analysis.explain.definition import EXPLAIN
from exporter.analysis.review.definition import REVIEW
from exporter.analysis.what_if.definition import WHAT_IF

ANALYSES: tuple[Analysis[Any, Any], ...] = (BACKFILL, BACKTEST, EXPLAIN, REVIEW, WHAT_IF)
