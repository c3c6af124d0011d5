"""The generated rule tests pass and cover every rule; test_mutation shows that each fails for a change of its rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.generate.rules_files import alerts, rules
from tests.generate.trials import single_test_files, suites
from tests.servers import promtool
from tests.support.yaml_text import read_yaml

pytestmark = pytest.mark.newest

Test = Mapping[str, Any]


@pytest.mark.integration
def test_those_of_every_form_of_threshold_pass(tree: Path, tmp_path: Path) -> None:
    """Cover the synthetic company; test_committed covers the files that ship."""
    (acme,) = [suite for suite in suites(tree) if suite.name == "acme"]
    files = list(single_test_files(acme, tmp_path))
    code, output = promtool.run("test", "rules", *files)
    assert (code, output.count("SUCCESS")) == (0, len(files)), output


@pytest.fixture(scope="module")
def tests(all_texts: Mapping[str, str]) -> Mapping[str, list[Test]]:
    """Read the tests of each company, and those on exporters."""
    files = {path: text for path, text in all_texts.items() if path.endswith(".test.yml")}
    return {path.split("/")[-1].removesuffix(".test.yml"): read_yaml(text)["tests"] for path, text in files.items()}


def _expectations(tests: list[Test]) -> Iterator[Test]:
    return (expected for test in tests for expected in test.get("alert_rule_test", []))


def test_every_alert_is_tested_firing_and_not(tests: Mapping[str, list[Test]], all_texts: Mapping[str, str]) -> None:
    for company, of_company in tests.items():
        expectations = list(_expectations(of_company))
        text = all_texts[f"rules/{company}.rules.yml"]
        for rule in alerts(text):
            of_rule = [
                any(rule["labels"].items() <= alert["exp_labels"].items() for alert in expected.get("exp_alerts", []))
                for expected in expectations
                if expected["alertname"] == rule["alert"]
            ]
            assert any(of_rule), (company, rule["alert"], rule["labels"])
            assert rule["alert"] == "KpiWatchdog" or not all(of_rule), (company, rule["alert"], rule["labels"])


def test_every_recording_is_tested(tests: Mapping[str, list[Test]], all_texts: Mapping[str, str]) -> None:
    for company, of_company in tests.items():
        text = all_texts[f"rules/{company}.rules.yml"]
        recordings = [rule for rule in rules(text) if "record" in rule]
        checks = [expected for test in of_company for expected in test.get("promql_expr_test", [])]
        for rule in recordings:
            samples = [
                sample for each in checks if each["expr"] == rule["record"] for sample in each.get("exp_samples", [])
            ]
            labels = [f'{name}="{value}"' for name, value in rule["labels"].items()]
            assert any(all(label in sample["labels"] for label in labels) for sample in samples), rule["labels"]
        off_the_grid = {each["expr"] for each in checks if each["eval_time"].endswith("30s")}
        assert off_the_grid == {rule["record"] for rule in recordings}


def test_two_replicas_give_one_alert_and_a_dead_one_only_its_own(tests: Mapping[str, list[Test]]) -> None:
    """Let one of two replicas die in the second minute, for longer than any alert waits."""
    (test,) = [test for test in tests["acme"] if test["name"] == "replica failover"]
    names = ("KpiUptimeLow", "KpiExporterDown", "KpiSeriesAbsent", "KpiExporterReplicaDown")
    assert {
        minute: tuple(
            sorted(alert["exp_labels"]["severity"] for alert in expected.get("exp_alerts", []))
            for name in names
            for expected in test["alert_rule_test"]
            if (expected["eval_time"], expected["alertname"]) == (minute, name)
        )
        for minute in ("1m", "6m", "7m", "26m")
    } == {
        "1m": (["critical", "warning"], [], [], []),
        "6m": (["critical", "warning"], [], [], []),
        "7m": (["critical", "warning"], [], [], ["warning"]),
        "26m": (["critical", "warning"], [], [], ["warning"]),
    }
    values_by_series = {each["series"]: each["values"] for each in test["input_series"]}
    assert values_by_series['kpi_uptime_ratio{company="acme",instance="b"}'].endswith("stale _x49")
    assert "stale" not in values_by_series['kpi_uptime_ratio{company="acme",instance="a"}']


def test_what_people_read(tests: Mapping[str, list[Test]]) -> None:
    """Hold the words that promtool compares with Prometheus's output to those that people should read."""
    read = {
        alert["exp_annotations"]["description"]
        for expected in _expectations(tests["acme"])
        for alert in expected.get("exp_alerts", [])
    }
    assert read >= {
        "The uptime: 99.49%, critical below 99.5%.",
        "The uptime: 99.9%, warning at or below 99.9%.",
        "The churn: 2%, warning at or above 2% for 30m.",
        "The margin: -0.001%, warning below 0%.",
        "The resolution: 28d 0h 0m 1s, critical above 4 weeks.",
        "The margin fall: 47.99% after 50% one period before, warning at a fall of more than 2 pp.",
        "The turnover: 5.099 per year after 6 per year one period before, critical at a fall of more than 15% of that.",
        "The staff: 3605 after 3600 one period before, critical at a rise of at least 5.",
        "The pace: 49.99% after 50% one period before, warning at any fall for 5m.",
        "The reply: 4h 0m 1s, SLA broken above 4 h.",
        "The payback of SMB: 12 months, warning at or above 12 months.",
        'The payback of the "big" ones: 18 months, warning at or above 18 months.',
        "The visits of organic: 24.99%, critical below 50% of the plan, the plan is 50%.",
        "The renewals of SMB: 79.99%, warning below 80% in year 1 for 7m.",
        "The parting: 50%, warning with The stock growth above 5% while The sales growth at or below 0%.",
        "The disk: 20.01TB, warning above 20TB.",
        "The latency: 200.1ms, warning above 200 ms.",
        "The arpc: €2,499/month, critical below €2,500/month.",
        "The cash: ¥999k, critical below ¥1M.",
        "The incidents: 6, critical above 5.",
        "The outages: 6 already (days left: 80), critical above 5 for 4m.",
        "The runway: 2.999 months, critical below 3 months.",
        "The deployments: 0.999 per month, critical below monthly.",
        "The turns: 3.999 per year, warning below 4 per year.",
        "The arr: €2,879, critical below 80% of the plan, the plan is €3,600.",
        "The growth: 7.999%, warning below 8% in year 1.",
        "The stages: 7.999%, critical below 8% in year 1, below 10% from year 2 on.",
        "Anything in {{ braces }}: 2, critical above 1.",
        "The uptime has had no value for 5 minutes (no data); its thresholds are not watched.",
        "The customers has had no value for 5 minutes (no data).",
        "The arr has a value, but its plan is missing; its alert cannot fire.",
    }
