"""The status that the exporter publishes and the alerts that its rules fire agree, around every threshold.

Each step of a sweep lasts some minutes of promtool's time, which pass at once; test_sweep.py does the same with a
Prometheus that scrapes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporter.alerts.kpi_alerts import kpi_alerts
from exporter.conventions import JOB
from exporter.generate.registry import generated
from exporter.web.exposition import Exposition
from exporter.web.interface import Reload, Snapshot
from tests.integration.sweep import Sweep, every_sweep
from tests.servers import promtool

pytestmark = [pytest.mark.integration, pytest.mark.newest]

MINUTES = 3
"""That a step lasts. Rules look back for one, instead of ten, and no alert outlives its status."""

TARGET = {"job": JOB, "instance": "127.0.0.1:9847"}

Series = tuple[str, frozenset[tuple[str, str]]]


def test_status_and_alerts_agree(tmp_path: Path) -> None:
    files = [_write(sweep, tmp_path) for sweep in every_sweep(tmp_path)]
    code, output = promtool.run("test", "rules", *files)
    assert (code, output.count("SUCCESS")) == (0, len(files)), output[:5000]


def _write(sweep: Sweep, folder: Path) -> Path:
    """Write a file of rule tests: what each step publishes, and the alerts that belong to its statuses."""
    company = sweep.company
    rules = folder / f"{company.name}.rules.yml"
    text = generated([company])[f"rules/{company.name}.rules.yml"]
    assert "[10m]" in text
    rules.write_text(text.replace("[10m]", "[1m]").replace("        keep_firing_for: 10m\n", ""))
    alerts = list(kpi_alerts(company))
    names = "|".join(sorted({alert.name for alert in alerts}))
    last = len(sweep.steps) * MINUTES - 1
    test = {
        "interval": "1m",
        "input_series": [{"series": series, "values": values} for series, values in _inputs(sweep)],
        "promql_expr_test": [
            *_statuses(sweep, names),
            {
                "expr": f'group by (alertname, severity, segment) (max_over_time(ALERTS{{alertname=~"{names}",'
                f'alertstate="firing"}}[{last}m]))',
                "eval_time": f"{last}m",
                "exp_samples": [
                    {"labels": _text({"alertname": alert.name, **_chosen(alert.labels)}), "value": 1}
                    for alert in alerts
                ],
            },
        ],
    }
    file = folder / f"{company.name}.test.yml"
    file.write_text(json.dumps({"rule_files": [rules.name], "evaluation_interval": "1m", "tests": [test]}))
    return file


def _chosen(labels: Mapping[str, str]) -> Mapping[str, str]:
    return {name: labels[name] for name in ("severity", "segment") if name in labels}


def _statuses(sweep: Sweep, names: str) -> Iterator[Mapping[str, Any]]:
    """Yield the worst alert of each KPI in the last minute of each step, which is its status."""
    of = f'alertname=~"{names}",alertstate="firing"'
    worst = f'max by (company, kpi) (2 * ALERTS{{{of},severity="critical"}} or ALERTS{{{of},severity="warning"}})'
    for number, step in enumerate(sweep.steps):
        statuses = {kpi.kpi.id: kpi.status for kpi in sweep.reading(step).kpis if kpi.status}
        yield {
            "expr": worst,
            "eval_time": f"{number * MINUTES + MINUTES - 1}m",
            "exp_samples": [
                {"labels": _text({"company": sweep.company.name, "kpi": kpi}), "value": int(status)}
                for kpi, status in statuses.items()
            ],
        }


def _inputs(sweep: Sweep) -> Iterator[tuple[str, str]]:
    """Yield each series of any step with its values: one for all minutes of a step, none where the step lacks it."""
    pages = [_page(sweep, step) for step in sweep.steps]
    for name, labels in dict.fromkeys(series for page in pages for series in page):
        values = [page.get((name, labels)) for page in pages]
        written = ["stale" if value is None else f"{Decimal(repr(value)):f}" for value in values]
        yield name + _text({**dict(labels), **TARGET}), " ".join(each for each in written for _ in range(MINUTES))


def _page(sweep: Sweep, step: Mapping[str, Any]) -> Mapping[Series, float]:
    snapshot = Snapshot((sweep.reading(step),), Reload(True, datetime(2026, 1, 1, tzinfo=UTC)))
    text = Exposition(lambda: snapshot).current.text.plain.decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _text(labels: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items()) + "}"
