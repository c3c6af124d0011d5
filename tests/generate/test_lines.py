"""A line over time: it runs through backfilled days and through scrapes, with a gap where the value is unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.catalogue.model import Company
from exporter.generate.grafana.queries import value
from tests.servers import promtool

pytestmark = pytest.mark.newest

NOTHING = None

# Two days of a backfilled history with a sample each; then an exporter that begins on the third noon, knows the value
# for ten minutes and not for the next twenty. All in minutes since the first midnight.
DAY = 24 * 60
NOON = 2 * DAY + 720
HISTORY = f"7 _x{DAY - 1} 8 _x{NOON - DAY - 1}"
VALUES = {"kpi_uptime_ratio": f"{HISTORY} 9x9 stale", "kpi_info": f"1 _x{DAY - 1} 1 _x{NOON - DAY - 1} 1x29 stale"}


@pytest.mark.integration
@pytest.mark.parametrize(
    ("minute", "wanted"),
    [
        pytest.param(0, 7, id="a midnight of the history"),
        pytest.param(18 * 60, 7, id="the day after it"),
        pytest.param(DAY + 5, 8, id="the next day's sample, and not the older one"),
        pytest.param(2 * DAY + 60, NOTHING, id="longer than a day after the last"),
        pytest.param(NOON + 5, 9, id="a scrape"),
        pytest.param(NOON + 20, NOTHING, id="unknown to an exporter that runs"),
    ],
)
def test_what_a_line_shows(acme: Company, tmp_path: Path, minute: int, wanted: int | None) -> None:
    line = value(acme, acme.kpis["uptime"]).over_time(acme)
    series = [{"series": f'{name}{{company="acme"}}', "values": values} for name, values in VALUES.items()]
    # NaN is the one value that is not equal to itself.
    expression, number = (line, wanted) if wanted else (f"({line}) != bool ({line})", 1)
    check = {"expr": expression, "eval_time": f"{minute}m", "exp_samples": [{"labels": "{}", "value": number}]}
    test = {"interval": "1m", "input_series": series, "promql_expr_test": [check]}
    code, output = promtool.run_test(tmp_path, test)
    assert code == 0, output
