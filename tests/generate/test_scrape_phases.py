"""Alerts at a scrape and an evaluation a minute, at every phase between both, with a missed scrape.

The generated rule tests have two samples in a minute. Here a sample comes once, at any of twelve moments of the
minute, as from a Prometheus with the generated configuration.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.generate.rules_files import alerts
from tests.servers import promtool

pytestmark = pytest.mark.newest

STEP = 5
PHASES = range(0, 60, STEP)
"""Seconds from an evaluation to the scrape after it."""

MINUTES, MISSED, DIES = 40, 12, 15
"""The length of a test, the minute of a scrape that fails, and that of the first of an exporter that is gone."""

STALE = "stale"
ALIVE = {
    'kpi_info{company="acme",kpi="uptime",title="The uptime"}': 1,
    'kpi_source_up{company="acme",source="crm"}': 1,
    'kpi_input_info{company="acme",kpi="uptime",source="crm"}': 1,
}
RED, GREEN = {'kpi_uptime_ratio{company="acme"}': 0.9}, {'kpi_uptime_ratio{company="acme"}': 1}
OVERDUE = 'kpi_source_overdue{company="acme",source="crm"}'

Values = Callable[[int], float | None]
"""The value that the scrape of a minute gets; None where it fails."""

Firing = Callable[[int], bool | None]
"""Whether an alert fires in a minute; None where versions of Prometheus disagree."""


def _series(name: str, phase: int, at: Values) -> Mapping[str, str]:
    """Return a series with a sample a minute; what Prometheus stores of a failed scrape ends it at once."""
    tokens, failed = ["_"] * (MINUTES * 60 // STEP), False
    for minute in range(MINUTES):
        value = at(minute)
        if value is not None:
            tokens[(minute * 60 + phase) // STEP] = str(value)
        elif not failed:
            tokens[(minute * 60 + phase) // STEP] = STALE
        failed = value is None
    return {"series": name, "values": " ".join(tokens)}


def _test(
    name: str, phase: int, series: Mapping[str, Values], fires: Mapping[str, Callable[[int], bool | None]]
) -> Any:
    """Return a test in which each alert fires in the minutes that `fires` says; None leaves a minute out."""
    return {
        "name": f"{name}, {phase} seconds after an evaluation",
        "interval": f"{STEP}s",
        "input_series": [_series(each, phase, at) for each, at in series.items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}",severity="{severity}",alertstate="firing"}}) or vector(0)',
                "eval_time": f"{minute}m",
                "exp_samples": [{"value": int(expected), "labels": "{}"}],
            }
            for (alert, severity), expects in ((tuple(key.split()), expects) for key, expects in fires.items())
            for minute in range(1, MINUTES)
            if (expected := expects(minute)) is not None
        ],
    }


def _never(minute: int) -> bool:
    return False


QUIET = dict.fromkeys(
    (
        "KpiExporterDown critical",
        "KpiSourceDown warning",
        "KpiSourceOverdue warning",
        "KpiUnknown warning",
        "KpiUptimeLow critical",
    ),
    _never,
)


def _missed_scrape(phase: int) -> Any:
    """Keep a source healthy that is polled every 15 seconds, and let one scrape fail: nothing fires."""
    series = {name: _but_missed(value) for name, value in {**ALIVE, **GREEN, OVERDUE: 0}.items()}
    return _test("a missed scrape", phase, series, QUIET)


def _but_missed(value: float) -> Values:
    return lambda minute: None if minute == MISSED else value


def _dying_exporter(phase: int) -> Any:
    """Let the exporter die while a KPI is critical: the alert that mutes it fires minutes before its value ends."""
    series = {name: _until_death(value) for name, value in {**ALIVE, **RED, OVERDUE: 0}.items()}
    noticed = DIES if phase == 0 else DIES + 1

    def critical(minute: int) -> bool | None:
        ends = DIES + 9  # ten minutes after the last scrape, whose very end versions of Prometheus count differently
        return (minute > 0 and minute < ends + bool(phase)) if minute != ends or phase else None

    fires = {**QUIET, "KpiUptimeLow critical": critical, "KpiExporterDown critical": lambda at: at >= noticed + 5}
    assert all(critical(minute) for minute in (noticed + 5, noticed + 6)), "both fire before the value ends"
    return _test("a dying exporter", phase, series, fires)


def _until_death(value: float) -> Values:
    return lambda minute: None if minute >= DIES else value


def _late_source(phase: int) -> Any:
    """Make a source overdue, and let a scrape fail while the alert waits: it fires after five minutes."""

    def overdue(minute: int) -> float | None:
        return None if minute == MISSED else float(minute >= MISSED - 2)

    series = {**{name: _but_missed(value) for name, value in {**ALIVE, **GREEN}.items()}, OVERDUE: overdue}
    seen = MISSED - 2 if phase == 0 else MISSED - 1
    return _test("a late source", phase, series, {**QUIET, "KpiSourceOverdue warning": lambda at: at >= seen + 5})


@pytest.mark.integration
def test_no_phase_of_the_scrapes_makes_an_alert_lie(texts: Mapping[str, str], tmp_path: Path) -> None:
    names = {key.split()[0] for key in QUIET}
    rules = [rule for rule in alerts(texts["rules/acme.rules.yml"]) if rule["alert"] in names]
    (tmp_path / "rules.yml").write_text(json.dumps({"groups": [{"name": "all", "interval": "1m", "rules": rules}]}))
    tests = list(_tests())
    document = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": tests}
    (tmp_path / "test.yml").write_text(json.dumps(document))
    code, output = promtool.run("test", "rules", tmp_path / "test.yml")
    assert code == 0, output
    assert len(tests) == 3 * len(PHASES)


def _tests() -> Iterator[Any]:
    scenarios: Sequence[Callable[[int], Any]] = (_missed_scrape, _dying_exporter, _late_source)
    return (scenario(phase) for scenario in scenarios for phase in PHASES)
