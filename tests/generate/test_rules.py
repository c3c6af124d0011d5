"""The alerting rules: their expressions, labels and words, written out by hand for every form of threshold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.generate.rules import generate
from tests.generate import promtool
from tests.generate.companies import write

Rule = dict[str, Any]
Key = tuple[str, str, str]


@pytest.fixture(scope="module")
def groups(texts: Mapping[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(texts["rules/acme.rules.yml"])["groups"]
    return found


@pytest.fixture(scope="module")
def rules(groups: list[dict[str, Any]]) -> Mapping[Key, Rule]:
    """The rules by alert, severity and segment."""
    every = [rule for group in groups for rule in group["rules"]]
    found = {(rule["alert"], rule["labels"]["severity"], rule["labels"].get("segment", "")): rule for rule in every}
    assert len(found) == len(every)
    return found


PLAN = 'max by (company) (kpi_plan{company="acme",kpi="%s",scenario="base"})'
LEVEL = 'max by (company) (kpi_threshold{company="acme",kpi="%s",severity="%s"%s})'

PREVIOUS = 'max by (company) (kpi_previous{company="acme",kpi="%s"})'

EXPRESSIONS = {
    ("KpiUptimeLow", "warning", ""): 'min by (company) (kpi_uptime_ratio{company="acme"}) <= 0.999',
    ("KpiUptimeLow", "critical", ""): 'min by (company) (kpi_uptime_ratio{company="acme"}) < 0.995',
    ("KpiChurnHigh", "warning", ""): 'max by (company) (kpi_churn_ratio{company="acme"}) >= 0.02',
    ("KpiChurnHigh", "critical", ""): 'max by (company) (kpi_churn_ratio{company="acme"}) > 0.03',
    ("KpiMarginLow", "critical", ""): 'min by (company) (kpi_margin_ratio{company="acme"}) < -0.2',
    ("KpiResolutionHigh", "warning", ""): 'max by (company) (kpi_resolution_seconds{company="acme"}) >= 1209600',
    ("KpiLatencyHigh", "warning", ""): 'max by (company) (kpi_latency_seconds{company="acme"}) > 0.2',
    ("KpiArpcLow", "critical", ""): 'min by (company) (kpi_arpc_eur_per_month{company="acme"}) < 2500',
    ("KpiCashLow", "critical", ""): 'min by (company) (kpi_cash_jpy{company="acme"}) < 1000000',
    ("KpiTurnsLow", "warning", ""): 'min by (company) (kpi_turns_per_year{company="acme"}) < 4',
    ("KpiTurnsHigh", "warning", ""): 'max by (company) (kpi_turns_per_year{company="acme"}) > 8',
    ("KpiArrBelowPlan", "warning", ""): f'min by (company) (kpi_arr_eur{{company="acme"}}) < {PLAN % "arr"}',
    ("KpiArrBelowPlan", "critical", ""): f'min by (company) (kpi_arr_eur{{company="acme"}}) < 0.8 * {PLAN % "arr"}',
    (
        "KpiSpendAbovePlan",
        "critical",
        "",
    ): f'max by (company) (kpi_spend_eur{{company="acme"}}) >= 1.07 * {PLAN % "spend"}',
    ("KpiGrowthLow", "warning", ""): 'min by (company) (kpi_growth_ratio{company="acme"}) < '
    + LEVEL % ("growth", "warning", ""),
    ("KpiStockHigh", "warning", ""): 'max by (company) (kpi_stock{company="acme"}) > '
    + LEVEL % ("stock", "warning", ',bound="upper"'),
    ("KpiSignupsBelowPlan", "critical", ""): 'min by (company) (kpi_signups{company="acme"}) < '
    + LEVEL % ("signups", "critical", ""),
    ("KpiMarginFallFalling", "warning", ""): 'min by (company) (kpi_margin_fall_ratio{company="acme"}) < '
    + PREVIOUS % "margin_fall"
    + " - 0.02",
    ("KpiMarginFallFalling", "critical", ""): 'min by (company) (kpi_margin_fall_ratio{company="acme"}) <= '
    + PREVIOUS % "margin_fall"
    + " - 0.03",
    ("KpiTurnoverFalling", "critical", ""): 'min by (company) (kpi_turnover_per_year{company="acme"}) < 0.85 * ('
    + PREVIOUS % "turnover"
    + " > 0)",
    ("KpiLossesRising", "critical", ""): 'max by (company) (kpi_losses_ratio{company="acme"}) > 1.5 * ('
    + PREVIOUS % "losses"
    + " > 0)",
    ("KpiPaceFalling", "warning", ""): 'min by (company) (kpi_pace_ratio{company="acme"}) < ' + PREVIOUS % "pace",
    ("KpiStaffRising", "critical", ""): 'max by (company) (kpi_staff{company="acme"}) >= '
    + PREVIOUS % "staff"
    + " + 5",
    ("KpiReplyHigh", "critical", ""): 'max by (company) (kpi_reply_seconds{company="acme"}) > 14400',
    ("KpiDiskHigh", "warning", ""): 'max by (company) (kpi_disk_bytes{company="acme"}) > 20000000000000',
    ("KpiPositionHigh", "warning", ""): 'max by (company) (kpi_position{company="acme"}) > 5',
    ("KpiPaybackHigh", "warning", ""): 'max by (company) (kpi_payback_months{company="acme"}) > 20',
    ("KpiPaybackHigh", "warning", "SMB"): "max by (company) "
    '(kpi_payback_by_tier_months{company="acme",tier="SMB"}) >= 12',
    ("KpiPaybackHigh", "critical", "SMB"): "max by (company) "
    '(kpi_payback_by_tier_months{company="acme",tier="SMB"}) > 15',
    ("KpiPaybackHigh", "warning", 'the "big" ones'): "max by (company) "
    r'(kpi_payback_by_tier_months{company="acme",tier="the \"big\" ones"}) >= 18',
    ("KpiVisitsBelowPlan", "critical", "organic"): "min by (company) "
    '(kpi_visits_by_channel_ratio{company="acme",channel="organic"}) < 0.5 * max by (company) '
    '(kpi_plan{company="acme",kpi="visits",scenario="base",segment="organic"})',
    ("KpiRenewalsLow", "warning", "SMB"): 'min by (company) (kpi_renewals_by_tier_ratio{company="acme",tier="SMB"}) < '
    + LEVEL % ("renewals", "warning", ',segment="SMB"'),
    ("KpiPartingDiverging", "warning", ""): 'max by (company) (kpi_parting_ratio{company="acme"})'
    ' and max by (company) (kpi_stock_growth_ratio{company="acme"}) > 0.05'
    ' and min by (company) (kpi_sales_growth_ratio{company="acme"}) <= 0',
    ("KpiExporterDown", "critical", ""): 'absent(kpi_info{company="acme"})',
    ("KpiSourceDown", "warning", ""): 'max by (company, source) (kpi_source_up{company="acme"}) == 0',
    ("KpiDataStale", "warning", ""): 'time() - max by (company, kpi) (kpi_data_timestamp_seconds{company="acme"})'
    ' > max by (company, kpi) (kpi_data_stale_after_seconds{company="acme"})',
    ("KpiUnknown", "warning", ""): "max by (company, kpi, reason) "
    '(kpi_exporter_kpi_unknown{company="acme",reason!="undefined"}) == 1',
}


@pytest.mark.parametrize("key", EXPRESSIONS, ids="-".join)
def test_expression(rules: Mapping[Key, Rule], key: Key) -> None:
    assert rules[key]["expr"] == EXPRESSIONS[key]


def test_labels_and_annotations(rules: Mapping[Key, Rule]) -> None:
    rule = rules["KpiUptimeLow", "critical", ""]
    assert rule["labels"] == {
        "company": "acme",
        "kpi": "uptime",
        "area": "finance",
        "severity": "critical",
        "notify": "page",
    }
    assert rule["annotations"] == {
        "summary": "The uptime has crossed its critical threshold.",
        "description": "The uptime is {{ $value | humanizePercentage }}; the red flag is < 99.5%.",
        "action": "To be looked into by the team, with the diagnosis in the runbook.",
        "runbook_url": "https://runbooks.example.com/kpi/KpiUptimeLow.md",
        "dashboard_url": "https://grafana.example.com/d/kpi-acme-wall?viewPanel=1",
    }
    assert rules["KpiChurnHigh", "warning", ""]["annotations"]["action"] == "Call them"


def test_urgency_and_segment_are_labels(rules: Mapping[Key, Rule]) -> None:
    labels = {key: {"tier", "segment"} & rule["labels"].keys() for key, rule in rules.items()}
    assert rules["KpiMarginFallFalling", "critical", ""]["labels"]["tier"] == "2"
    assert rules["KpiPaybackHigh", "critical", "SMB"]["labels"]["tier"] == "1"
    assert labels["KpiMarginFallFalling", "warning", ""] == set()
    assert labels["KpiPaybackHigh", "warning", "SMB"] == {"segment"}


def test_a_rule_per_kpi_severity_and_bound(rules: Mapping[Key, Rule], acme: Company) -> None:
    conditions = [condition for kpi in acme.kpis.values() for condition in kpi.thresholds.values()]
    wanted = sum(len(condition.bounds) + bool(condition.divergence) for condition in conditions)
    assert len(rules) == wanted + 4
    assert not any(rule["labels"].get("kpi") == "customers" for rule in rules.values())


def test_only_health_alerts_wait(rules: Mapping[Key, Rule]) -> None:
    waiting = {name: rule["for"] for (name, _, _), rule in rules.items() if "for" in rule}
    assert waiting == {"KpiExporterDown": "5m", "KpiSourceDown": "5m", "KpiUnknown": "15m"}


def test_groups_are_evaluated_every_minute(groups: list[dict[str, Any]]) -> None:
    assert [group["name"] for group in groups] == ["kpi-acme-finance", "kpi-acme-health"]
    assert {group["interval"] for group in groups} == {"1m"}


def test_summaries_are_sentences(companies: list[Company]) -> None:
    for text in generate(companies).values():
        for group in yaml.safe_load(text)["groups"]:
            for rule in group["rules"]:
                summary = rule["annotations"]["summary"]
                assert summary[0].isupper(), summary
                assert summary.endswith("."), summary
                assert "{{ $" not in summary


def test_prometheus_accepts_them_without_a_complaint(tree: Path) -> None:
    code, output = promtool.run("check", "rules", "--lint-fatal", *sorted((tree / "rules").glob("*.rules.yml")))
    assert code == 0, output


def test_no_binary_noise(tmp_path: Path) -> None:
    kpis = {f"share_{tenth}": {"unit": "ratio", "warning": f"< {tenth}.1%"} for tenth in range(1, 100, 7)}
    (text,) = generate([load(write(tmp_path, "noise", kpis))]).values()
    rules = [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"] if "kpi" in rule["labels"]]
    assert [rule["expr"].split(" < ")[1] for rule in rules] == [f"0.{tenth:02}1" for tenth in range(1, 100, 7)]
