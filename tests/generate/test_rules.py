"""The alerting rules: their expressions, labels and words, written out by hand for every form of threshold."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.generate.options import GenerateOptions, parse_version
from exporter.generate.rules.rules import generate
from tests.generate.rules_files import Rule, alerts
from tests.servers import promtool
from tests.support.synthetic_company import write
from tests.support.yaml_text import read_yaml

pytestmark = pytest.mark.newest

Group = dict[str, Any]
Key = tuple[str, str, str]


@pytest.fixture(scope="module")
def groups(texts: Mapping[str, str]) -> list[Group]:
    loaded: list[Group] = read_yaml(texts["rules/acme.rules.yml"])["groups"]
    return loaded


@pytest.fixture(scope="module")
def exporter_groups(texts: Mapping[str, str]) -> list[Group]:
    loaded: list[Group] = read_yaml(texts["rules/exporter.rules.yml"])["groups"]
    return loaded


@pytest.fixture(scope="module")
def rules(groups: list[Group], exporter_groups: list[Group]) -> Mapping[Key, Rule]:
    """Index the alerting rules, those on exporters included, by alert, severity and segment."""
    all_rules = [rule for group in (*groups, *exporter_groups) for rule in group["rules"] if "alert" in rule]
    labels = {(rule["alert"], frozenset(rule["labels"].items())) for rule in all_rules}
    assert len(labels) == len(all_rules), "two rules would make one alert"
    return {
        (rule["alert"], rule["labels"]["severity"], rule["labels"].get("segment", "")): rule
        for rule in reversed(all_rules)
    }


PLAN = 'max by (company) (last_over_time(kpi_plan{company="acme",kpi="%s",scenario="base"}[10m]))'
LEVEL = 'max by (company) (last_over_time(kpi_threshold{company="acme",kpi="%s",severity="%s"%s}[10m]))'
PREVIOUS = 'max by (company) (last_over_time(kpi_previous{company="acme",kpi="%s"}[10m]))'


def low(series: str) -> str:
    return f"min by (company) (last_over_time({series}[10m]))"


def high(series: str) -> str:
    return f"max by (company) (last_over_time({series}[10m]))"


CHURN = high('kpi_churn_ratio{company="acme"}')
SPEND, PACE = high('kpi_spend_eur{company="acme"}'), low('kpi_pace_ratio{company="acme"}')
LOAD = low('kpi_load_ratio{company="acme"}')
STOCK, SALES = high('kpi_stock_growth_ratio{company="acme"}'), low('kpi_sales_growth_ratio{company="acme"}')

EXPRESSIONS = {
    ("KpiUptimeLow", "warning", ""): low('kpi_uptime_ratio{company="acme"}') + " <= 0.999",
    ("KpiUptimeLow", "critical", ""): low('kpi_uptime_ratio{company="acme"}') + " < 0.995",
    ("KpiMarginLow", "critical", ""): low('kpi_margin_ratio{company="acme"}') + " < -0.2",
    ("KpiResolutionHigh", "warning", ""): high('kpi_resolution_seconds{company="acme"}') + " >= 1209600",
    ("KpiLatencyHigh", "warning", ""): high('kpi_latency_seconds{company="acme"}') + " > 0.2",
    ("KpiArpcLow", "critical", ""): low('kpi_arpc_eur_per_month{company="acme"}') + " < 2500",
    ("KpiCashLow", "critical", ""): low('kpi_cash_jpy{company="acme"}') + " < 1000000",
    ("KpiTurnsLow", "warning", ""): low('kpi_turns_per_year{company="acme"}') + " < 4",
    ("KpiTurnsHigh", "warning", ""): high('kpi_turns_per_year{company="acme"}') + " > 8",
    ("KpiArrBelowPlan", "warning", ""): low('kpi_arr_eur{company="acme"}') + f" < {PLAN % 'arr'}",
    ("KpiArrBelowPlan", "critical", ""): low('kpi_arr_eur{company="acme"}') + f" < 0.8 * {PLAN % 'arr'}",
    ("KpiGrowthLow", "warning", ""): low('kpi_growth_ratio{company="acme"}')
    + f" < {LEVEL % ('growth', 'warning', '')}",
    ("KpiStockHigh", "warning", ""): high('kpi_stock{company="acme"}')
    + f""" > {LEVEL % ("stock", "warning", ',bound="upper"')}""",
    ("KpiSignupsBelowPlan", "critical", ""): low('kpi_signups{company="acme"}')
    + f" < {LEVEL % ('signups', 'critical', '')}",
    ("KpiMarginFallFalling", "warning", ""): low('kpi_margin_fall_ratio{company="acme"}')
    + f" < {PREVIOUS % 'margin_fall'} - 0.02",
    ("KpiMarginFallFalling", "critical", ""): low('kpi_margin_fall_ratio{company="acme"}')
    + f" <= {PREVIOUS % 'margin_fall'} - 0.03",
    ("KpiTurnoverFalling", "critical", ""): low('kpi_turnover_per_year{company="acme"}')
    + f" < 0.85 * ({PREVIOUS % 'turnover'} > 0)",
    ("KpiLossesRising", "critical", ""): high('kpi_losses_ratio{company="acme"}')
    + f" > 1.5 * ({PREVIOUS % 'losses'} > 0)",
    ("KpiStaffRising", "critical", ""): high('kpi_staff{company="acme"}') + f" >= {PREVIOUS % 'staff'} + 5",
    ("KpiReplyHigh", "critical", ""): high('kpi_reply_seconds{company="acme"}') + " > 14400",
    ("KpiDiskHigh", "warning", ""): high('kpi_disk_bytes{company="acme"}') + " > 20000000000000",
    ("KpiPositionHigh", "warning", ""): high('kpi_position{company="acme"}') + " > 5",
    ("KpiPaybackHigh", "warning", ""): high('kpi_payback_months{company="acme"}') + " > 20",
    ("KpiPaybackHigh", "warning", "SMB"): high('kpi_payback_by_tier_months{company="acme",tier="SMB"}') + " >= 12",
    ("KpiPaybackHigh", "critical", "SMB"): high('kpi_payback_by_tier_months{company="acme",tier="SMB"}') + " > 15",
    ("KpiPaybackHigh", "warning", 'the "big" ones'): high(
        r'kpi_payback_by_tier_months{company="acme",tier="the \"big\" ones"}'
    )
    + " >= 18",
    ("KpiVisitsBelowPlan", "critical", "organic"): low('kpi_visits_by_channel_ratio{company="acme",channel="organic"}')
    + " < 0.5 * "
    + high('kpi_plan{company="acme",kpi="visits",scenario="base",segment="organic"}'),
    ("KpiPartingDiverging", "warning", ""): high('kpi_parting_ratio{company="acme"}')
    + f" and {STOCK} > 0.05 and {SALES} <= 0",
    # What is held looks back over its minutes, and was already there when they began.
    ("KpiChurnHigh", "warning", ""): f"{CHURN} and min_over_time({CHURN}[30m1s:1m]) >= 0.02"
    f" and last_over_time({CHURN}[1m:1m] offset 30m)",
    ("KpiLoadLow", "critical", ""): f"{LOAD} and max_over_time({LOAD}[4m1s:1m]) < 0.2"
    f" and last_over_time({LOAD}[1m:1m] offset 4m)",
    ("KpiSpendAbovePlan", "critical", ""): f"{SPEND} >= 1.07 * {PLAN % 'spend'}"
    f" and min_over_time(({SPEND} - (1.07 * {PLAN % 'spend'}))[6m1s:1m]) >= 0"
    f" and last_over_time(({SPEND} - (1.07 * {PLAN % 'spend'}))[1m:1m] offset 6m)",
    ("KpiPaceFalling", "warning", ""): f"{PACE} < {PREVIOUS % 'pace'}"
    f" and max_over_time(({PACE} - ({PREVIOUS % 'pace'}))[5m1s:1m]) < 0"
    f" and last_over_time(({PACE} - ({PREVIOUS % 'pace'}))[1m:1m] offset 5m)",
    ("KpiPartingFastDiverging", "critical", ""): high('kpi_parting_fast_ratio{company="acme"}')
    + f" and {STOCK} and min_over_time({STOCK}[6m1s:1m]) > 0.5 and last_over_time({STOCK}[1m:1m] offset 6m)"
    f" and {SALES} and max_over_time({SALES}[6m1s:1m]) < -0.2 and last_over_time({SALES}[1m:1m] offset 6m)",
    ("KpiExporterDown", "critical", ""): 'absent(kpi_info{company="acme"})',
    ("KpiSourceDown", "warning", ""): "max by (company, source) "
    '(last_over_time(kpi_source_up{company="acme"}[10m])) == 0',
    ("KpiSourceOverdue", "warning", ""): "min by (company, source) "
    '(last_over_time(kpi_source_overdue{company="acme"}[10m])) == 1',
    ("KpiSourceHeldBack", "warning", ""): "max by (company, source, table) "
    '(last_over_time(kpi_source_held_back{company="acme"}[10m])) > 0',
    ("KpiSourceRowsRejected", "warning", ""): "max by (company, source, table) "
    '(last_over_time(kpi_source_rejected_rows{company="acme"}[10m])) > 0',
    ("KpiUnknown", "warning", ""): "group by (company, kpi, reason) "
    '(last_over_time(kpi_exporter_kpi_unknown{company="acme",reason!~"too_young|undefined"}[10m]))'
    ' unless on (company, kpi) kpi_value{company="acme"}',
    ("KpiPlanMissing", "warning", "organic"): "group by (company) "
    '(last_over_time(kpi_visits_by_channel_ratio{company="acme",channel="organic"}[10m])) unless group by (company) '
    '(last_over_time(kpi_plan{company="acme",kpi="visits",scenario="base",segment="organic"}[10m])) unless '
    + high('kpi_threshold_in_force{company="acme",kpi="visits",severity="warning",segment="organic"}')
    + " == 0",
    ("KpiExporterReplicaDown", "warning", ""): 'up{job="kpi-exporter"} == 0',
    ("KpiReloadFailed", "warning", ""): "last_over_time("
    'kpi_exporter_config_last_reload_successful{job="kpi-exporter"}[10m]) == 0 or last_over_time('
    'kpi_exporter_web_config_last_reload_successful{job="kpi-exporter"}[10m]) == 0',
    ("KpiStoreDown", "warning", ""): 'last_over_time(kpi_exporter_store_up{job="kpi-exporter"}[10m]) == 0',
    ("KpiStoreSpaceLow", "warning", ""): 'last_over_time(kpi_exporter_store_free_bytes{job="kpi-exporter"}[10m]) < '
    'clamp_min(last_over_time(kpi_exporter_store_size_bytes{job="kpi-exporter"}[10m]), 100000000)',
    ("KpiWatchdog", "none", ""): "vector(1)",
}

RECORDED = {
    "company_kpi:kpi_attainment:ratio": ['max by (company, kpi) (last_over_time(kpi_attainment{company="acme"}[10m]))'],
    "company_kpi:kpi_change:ratio": [
        'max by (company, kpi) (last_over_time(kpi_value{company="acme"}[10m]))'
        ' / (max by (company, kpi) (last_over_time(kpi_previous{company="acme"}[10m])) > 0) - 1'
    ],
    "company_area_severity:kpi_breaching:count": [
        'sum by (company, area) ((max by (company, kpi) (last_over_time(kpi_status{company="acme"}[10m]))'
        f" == bool {rank}) * on (company, kpi) group_left (area) "
        'group by (company, kpi, area) (last_over_time(kpi_info{company="acme"}[10m])))'
        for rank in (1, 2)
    ],
}


@pytest.mark.parametrize("key", EXPRESSIONS, ids="-".join)
def test_expression(rules: Mapping[Key, Rule], key: Key) -> None:
    assert rules[key]["expr"] == EXPRESSIONS[key]


def test_what_is_recorded_of_all_kpis_at_once(groups: list[Group]) -> None:
    assert groups[0]["name"] == "kpi-acme-recordings"
    recorded: dict[str, list[str]] = {}
    for rule in groups[0]["rules"]:
        assert rule["labels"]["company"] == "acme"
        recorded.setdefault(rule["record"], []).append(rule["expr"])
    assert recorded == RECORDED
    severities = [rule["labels"].get("severity") for rule in groups[0]["rules"]]
    assert severities == [None, None, "warning", "critical"]


def test_labels_and_annotations(rules: Mapping[Key, Rule]) -> None:
    rule = rules["KpiUptimeLow", "critical", ""]
    assert rule["labels"] == {
        "company": "acme",
        "kpi": "uptime",
        "area": "finance",
        "severity": "critical",
        "notify": "page",
        "owner": "the team",
    }
    assert rule["annotations"] == {
        "summary": "The uptime has crossed its critical threshold.",
        "description": "The uptime: {{ $value | humanizePercentage }}, critical below 99.5%.",
        "action": "Ask the team to investigate, with the diagnosis in the runbook.",
        "runbook_url": "https://runbooks.example.com/kpi/KpiUptimeLow.md",
        "dashboard_url": "https://grafana.example.com/d/kpi-acme-kpi?var-kpi=uptime",
    }
    assert rules["KpiChurnHigh", "warning", ""]["annotations"]["action"] == "Call them"


def test_a_kpi_that_nobody_owns_has_no_owner(tmp_path: Path) -> None:
    file = write(tmp_path, "acme", {"uptime": {"unit": "ratio", "critical": "< 99.5%", "owner": None}})
    text = generate([load(file)])["rules/acme.rules.yml"]
    (rule,) = [rule for rule in alerts(text) if rule["alert"] == "KpiUptimeLow"]
    assert "owner" not in rule["labels"]
    assert "rule/owner" not in text


def test_health_alerts_on_exporters_belong_to_no_company(rules: Mapping[Key, Rule]) -> None:
    for key in ("KpiExporterReplicaDown", "KpiReloadFailed", "KpiStoreDown", "KpiStoreSpaceLow"):
        assert rules[key, "warning", ""]["labels"] == {"area": "health", "severity": "warning", "notify": "ticket"}
    assert rules["KpiWatchdog", "none", ""]["labels"] == {"area": "health", "severity": "none", "notify": "none"}


def test_owners_stand_above_their_rules_where_pint_looks(texts: Mapping[str, str]) -> None:
    lines = texts["rules/acme.rules.yml"].splitlines()
    above = [before for before, line in itertools.pairwise(lines) if line == "      - alert: KpiUptimeLow"]
    assert above == ["      # pint rule/owner the team"] * 2
    assert "      # pint disable alerts/comparison\n      - alert: KpiWatchdog\n" in texts["rules/exporter.rules.yml"]


def test_urgency_and_segment_are_labels(rules: Mapping[Key, Rule]) -> None:
    labels = {key: {"tier", "segment"} & rule["labels"].keys() for key, rule in rules.items()}
    assert rules["KpiMarginFallFalling", "critical", ""]["labels"]["tier"] == "2"
    assert rules["KpiPaybackHigh", "critical", "SMB"]["labels"]["tier"] == "1"
    assert labels["KpiMarginFallFalling", "warning", ""] == set()
    assert labels["KpiPaybackHigh", "warning", "SMB"] == {"segment"}


def test_a_rule_per_kpi_severity_and_bound(rules: Mapping[Key, Rule], acme: Company) -> None:
    conditions = [condition for kpi in acme.kpis.values() for condition in kpi.thresholds.values()]
    wanted = sum(len(condition.bounds) + bool(condition.divergence) for condition in conditions)
    wanted -= 2  # the two stretches of `stages` share one series, and those of `defects`
    assert sum(rule["labels"]["area"] != "health" or "Missing" not in rule["alert"] for rule in rules.values()) == (
        wanted + 14
    )
    assert not any(rule["labels"].get("kpi") == "customers" for rule in rules.values())


def test_each_series_of_a_limit_has_one_alert_on_its_absence(groups: list[Group]) -> None:
    rules = [rule for group in groups for rule in group["rules"]]
    missing = {
        (rule["alert"], rule["labels"]["kpi"], rule["labels"].get("level"), rule["labels"].get("bound"))
        for rule in rules
        if rule.get("alert", "").endswith("Missing")
    }
    plans = {("KpiPlanMissing", kpi, None, None) for kpi in ("arr", "spend", "conversion", "visits")}
    assert missing - plans == {
        ("KpiThresholdMissing", "defects", "warning", None),
        ("KpiThresholdMissing", "growth", "warning", None),
        ("KpiThresholdMissing", "growth", "critical", None),
        ("KpiThresholdMissing", "stages", "critical", None),
        ("KpiThresholdMissing", "stock", "warning", "lower"),
        ("KpiThresholdMissing", "stock", "warning", "upper"),
        ("KpiThresholdMissing", "signups", "critical", None),
        ("KpiThresholdMissing", "renewals", "warning", None),
    }
    assert plans < missing


def test_only_health_alerts_wait(rules: Mapping[Key, Rule]) -> None:
    waiting = {name: rule["for"] for (name, _, _), rule in rules.items() if "for" in rule}
    assert waiting == {
        "KpiExporterDown": "5m",
        "KpiSourceDown": "5m",
        "KpiSourceOverdue": "5m",
        "KpiSourceHeldBack": "5m",
        "KpiSourceRowsRejected": "5m",
        "KpiUnknown": "5m",
        "KpiSeriesAbsent": "15m",
        "KpiExpectedBeyond": "5m",
        "KpiExpectedBeyondTicket": "5m",
        "KpiPlanMissing": "15m",
        "KpiThresholdMissing": "15m",
        "KpiExporterReplicaDown": "5m",
        "KpiReloadFailed": "5m",
        "KpiStoreDown": "5m",
        "KpiStoreSpaceLow": "5m",
    }


def test_groups_are_evaluated_every_minute(groups: list[Group], exporter_groups: list[Group]) -> None:
    names = ["kpi-acme-recordings", "kpi-acme-finance", "kpi-acme-health"]
    assert [group["name"] for group in groups] == names
    assert [group["name"] for group in exporter_groups] == ["kpi-exporter"]
    assert {group["interval"] for group in (*groups, *exporter_groups)} == {"1m"}


def test_prometheus_3_has_the_company_once_a_group(acme: Company, groups: list[Group]) -> None:
    text = generate([acme], GenerateOptions(parse_version("3.x")))["rules/acme.rules.yml"]
    for group, older in zip(read_yaml(text)["groups"], groups, strict=True):
        assert group["labels"] == {"company": "acme"}
        for rule, before in zip(group["rules"], older["rules"], strict=True):
            assert {**group["labels"], **rule.get("labels", {})} == before["labels"]
            assert rule["expr"] == before["expr"]


@pytest.mark.parametrize(
    ("text", "version"), [("2.42", (2, 42)), ("v2.53.1", (2, 53)), ("3.x", (3, 0)), (" 3.11 ", (3, 11))]
)
def test_a_version(text: str, version: tuple[int, int]) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize("text", ["2.41", "1.8", "latest", "3", "2.42-rc1", ""])
def test_no_version(text: str) -> None:
    with pytest.raises(ValueError, match=r"2\.42"):
        parse_version(text)


def test_summaries_are_sentences(companies: list[Company]) -> None:
    for text in generate(companies).values():
        for rule in alerts(text):
            summary = rule["annotations"]["summary"]
            assert summary[0].isupper(), summary
            assert summary.endswith("."), summary
            assert "{{ $" not in summary


@pytest.mark.integration
def test_prometheus_accepts_them_without_a_complaint(tree: Path) -> None:
    code, output = promtool.run("check", "rules", "--lint-fatal", *sorted((tree / "rules").glob("*.rules.yml")))
    assert code == 0, output


def test_no_binary_noise(tmp_path: Path) -> None:
    kpis = {f"share_{tenth}": {"unit": "ratio", "warning": f"< {tenth}.1%"} for tenth in range(1, 100, 7)}
    text = generate([load(write(tmp_path, "noise", kpis))])["rules/noise.rules.yml"]
    rules = [rule for rule in alerts(text) if "kpi" in rule["labels"]]
    assert [rule["expr"].split(" < ")[1] for rule in rules] == [f"0.{tenth:02}1" for tenth in range(1, 100, 7)]


def test_an_area_called_recordings_shares_the_group_of_the_recording_rules(tmp_path: Path) -> None:
    acme = load(write(tmp_path, "acme", {"uptime": {"unit": "ratio", "area": "recordings", "critical": "< 99.5%"}}))
    groups = read_yaml(generate([acme])["rules/acme.rules.yml"])["groups"]
    (shared,) = [group["rules"] for group in groups if group["name"].endswith("-recordings")]
    assert {"record", "alert"} <= {key for rule in shared for key in rule}
