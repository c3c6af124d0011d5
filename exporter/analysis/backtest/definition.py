"""The definition of `backtest`."""

from __future__ import annotations

from exporter.analysis.backtest.backtest import Backtest, backtest
from exporter.analysis.backtest.json import document
from exporter.analysis.backtest.request import BacktestRequest
from exporter.analysis.backtest.text import text
from exporter.analysis.definition import Analysis, Content, json_content

DESCRIPTION = """\
Print which alerts of COMPANY would have fired on the recorded history: when, for how long, and how badly.

The thresholds are those of the company's file as it stands now, loaded or not.
"""


def _write(_: BacktestRequest, answer: Backtest) -> Content:
    return json_content(document(answer))


BACKTEST = Analysis(
    name="backtest",
    description=DESCRIPTION,
    hint="say what",
    example="company=COMPANY&since=2026-01-01",
    request=BacktestRequest,
    compute=backtest,
    write=_write,
    text=text,
    timeout=300.0,  # a backtest of years takes minutes
)
