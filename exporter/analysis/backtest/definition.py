"""The definition of `backtest`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from exporter.analysis.backtest.backtest import Backtest, backtest
from exporter.analysis.backtest.early import EarlyBacktest, early_backtest, early_document, early_text
from exporter.analysis.backtest.json import document
from exporter.analysis.backtest.request import BacktestRequest
from exporter.analysis.backtest.text import text
from exporter.analysis.definition import Analysis, Content, json_content
from exporter.records.store import Store

DESCRIPTION = """\
Print which alerts of COMPANY would have fired on the recorded history: when, for how long, and how badly.

The thresholds are those of the company's file as it stands now, loaded or not. With --early, print instead how right,
how early and how often false the early warnings would have been.
"""


def _compute(request: BacktestRequest, store: Store, now: datetime) -> Backtest | EarlyBacktest:
    return early_backtest(request, store, now) if request.early else backtest(request, store, now)


def _write(_: BacktestRequest, answer: Backtest | EarlyBacktest) -> Content:
    return json_content(early_document(answer) if isinstance(answer, EarlyBacktest) else document(answer))


def _text(document: dict[str, Any]) -> str:
    return early_text(document) if "early" in document else text(document)


BACKTEST = Analysis(
    name="backtest",
    description=DESCRIPTION,
    hint="say what",
    example="company=COMPANY&since=2026-01-01",
    request=BacktestRequest,
    compute=_compute,
    write=_write,
    text=_text,
    costly=True,
    timeout=300.0,  # a backtest of years takes minutes
)
