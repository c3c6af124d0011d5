"""Section 9 of VMCloud's document, "Alertes et seuils", against the committed rules.

The table is a copy of the document's; only the names of series and alerts come from the catalogue.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from tests.generate.rules_files import alerts
from tests.servers import promtool

pytestmark = pytest.mark.newest

RULES = Path(__file__).parents[2] / "rules" / "vmcloud.rules.yml"


@dataclass(frozen=True)
class Row:
    """A row of the table, with levels in the series' unit and the smallest step that counts."""

    line: str
    series: str
    alert: str
    below: bool
    warning: str
    critical: str
    step: str
    action: str


TABLE = [
    Row(
        "Uptime | <99.9% | <99.5% | Incident review",
        "kpi_uptime_ratio",
        "KpiUptimeLow",
        below=True,
        warning="0.999",
        critical="0.995",
        step="0.0001",
        action="Incident review",
    ),
    Row(
        "Churn mensuel | >5% | >10% | Analyse urgente",
        "kpi_logo_churn_ratio",
        "KpiLogoChurnHigh",
        below=False,
        warning="0.05",
        critical="0.10",
        step="0.0001",
        action="Urgent analysis",
    ),
    Row(
        "Support backlog | >20 tickets | >50 tickets | Renfort support",
        "kpi_support_backlog",
        "KpiSupportBacklogHigh",
        below=False,
        warning="20",
        critical="50",
        step="1",
        action="Reinforce support",
    ),
    Row(
        "Cash runway | <12 mois | <6 mois | Levée/réduction burn",
        "kpi_cash_runway_months",
        "KpiCashRunwayLow",
        below=True,
        warning="12",
        critical="6",
        step="0.01",
        action="Raise funds or cut burn",
    ),
    Row(
        "GPU utilization | <30% | <20% | Revoir pricing/marketing",
        "kpi_gpu_utilization_ratio",
        "KpiGpuUtilizationLow",
        below=True,
        warning="0.30",
        critical="0.20",
        step="0.0001",
        action="Review pricing and marketing",
    ),
    Row(
        "Trial conversion | <20% | <10% | Optimiser onboarding",
        "kpi_trial_conversion_ratio",
        "KpiTrialConversionLow",
        below=True,
        warning="0.20",
        critical="0.10",
        step="0.0001",
        action="Optimise onboarding",
    ),
]


@pytest.mark.integration
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.alert)
@pytest.mark.parametrize("severity", ["warning", "critical"])
def test_it_fires_past_the_level_and_not_at_it(row: Row, severity: str, tmp_path: Path) -> None:
    """Count the alerts of the severity at every visible step from below the level to above it."""
    steps, breaching = range(-2, 3), (-2, -1) if row.below else (1, 2)
    values = [Decimal(getattr(row, severity)) + step * Decimal(row.step) for step in steps]
    firing = f'ALERTS{{alertname="{row.alert}",severity="{severity}",alertstate="firing"}}'
    checks = [
        {
            "expr": f"count({firing})",
            "eval_time": f"{minute}m",
            "exp_samples": [{"labels": "{}", "value": 1}] if step in breaching else [],
        }
        for minute, step in enumerate(steps)
    ]
    series = {"series": f'{row.series}{{company="vmcloud"}}', "values": " ".join(map(str, values))}
    test = {"interval": "1m", "input_series": [series], "promql_expr_test": checks}
    rules = tmp_path / RULES.name
    rules.write_text(re.sub(r" +keep_firing_for: .*\n", "", RULES.read_text()))  # else what fired goes on for a while
    code, output = promtool.run_test(tmp_path, test, rules)
    assert code == 0, output


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.alert)
def test_it_carries_the_action(row: Row) -> None:
    rules = [rule for rule in alerts(RULES.read_text()) if rule["alert"] == row.alert]
    assert [rule["labels"]["severity"] for rule in rules] == ["warning", "critical"]
    assert all(rule["annotations"]["action"].startswith(f"{row.action}: ") for rule in rules)
