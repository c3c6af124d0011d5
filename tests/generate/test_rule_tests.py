"""The generated tests of rules: they pass, and fail for every rule that is changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.generate.amounts import style
from exporter.generate.registry import generated
from tests.generate import promtool
from tests.generate.companies import write
from tests.generate.conftest import write_all

Mutant = Callable[[str, Decimal], str]

LITERAL = re.compile(r"(?<=[<>=] )-?[\d.]+(?= and |$)")
ADDED = re.compile(r"(?<=\) [-+] )[\d.]+$")
FACTOR = re.compile(r"(?<=[<>=] )[\d.]+(?= \*)")
COMPARISON = re.compile(r"(<=|>=|<|>)(?= )")
SCENARIO = re.compile(r'scenario="base"')
SEGMENT = re.compile(r',(tier|channel)="[^,]*"(?=})')
GUARD = re.compile(r"\((max by .*) > 0\)$")
FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
STRICTER = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}


def _moved(by: int) -> Mutant:
    def move(expression: str, step: Decimal) -> str:
        moved = LITERAL.sub(lambda found: str(Decimal(found[0]) + by * step), expression)
        moved = ADDED.sub(lambda found: str(Decimal(found[0]) + by * step), moved)
        return FACTOR.sub(lambda found: str(Decimal(found[0]) + by * Decimal("0.01")), moved)

    return move


def _opposite(sign: re.Match[str]) -> str:
    return {"-": " + ", "+": " - "}[sign[1]]


MUTANTS: Mapping[str, Mutant] = {
    "a step higher": _moved(1),
    "a step lower": _moved(-1),
    "the other way": lambda expression, _: COMPARISON.sub(lambda found: FLIPPED[found[0]], expression),
    "at the limit": lambda expression, _: COMPARISON.sub(lambda found: STRICTER[found[0]], expression),
    "the best replica": lambda expression, _: {"min": "max", "max": "min"}[expression[:3]] + expression[3:],
    "every segment": lambda expression, _: SEGMENT.sub("", expression),
    "of what is not positive": lambda expression, _: GUARD.sub(lambda found: found[1], expression),
    "up for down": lambda expression, _: re.sub(r"(?<=\)) ([-+]) ", _opposite, expression),
    "without the value": lambda expression, _: re.sub(r"^.*? and ", "", expression),
    "one side alone": lambda expression, _: re.sub(r" and [^&]*? and ", " and ", expression),
    "another plan": lambda expression, _: SCENARIO.sub('scenario="bull"', expression),
}


def test_all_pass(tree: Path) -> None:
    code, failed = promtool.test_rules(tree)
    assert (code, failed) == (0, set())


@pytest.mark.parametrize("severity", ["warning", "critical"])
@pytest.mark.parametrize("name", MUTANTS)
def test_every_changed_rule_is_found(
    texts: Mapping[str, str], acme: Company, tmp_path: Path, name: str, severity: str
) -> None:
    document = yaml.safe_load(texts["rules/acme.rules.yml"])
    changed = set()
    for rule in (rule for group in document["groups"] for rule in group["rules"]):
        if rule["labels"]["severity"] != severity or "kpi" not in rule["labels"]:
            continue
        kpi = acme.kpis[rule["labels"]["kpi"]]
        mutated = MUTANTS[name](rule["expr"], style(kpi.unit).step(_level(rule)))
        if mutated != rule["expr"]:
            rule["expr"] = mutated
            changed.add(rule["alert"])
    write_all(tmp_path, {**texts, "rules/acme.rules.yml": yaml.safe_dump(document)})
    code, failed = promtool.test_rules(tmp_path)
    assert changed
    assert (code, failed) == (1, changed)


def _level(rule: Mapping[str, Any]) -> Decimal:
    found = LITERAL.search(rule["expr"])
    return Decimal(found[0]) if found else Decimal(1)


HEALTH_MUTANTS = [
    ("KpiExporterDown", "for", "4m"),
    ("KpiExporterDown", "for", "6m"),
    ("KpiSourceDown", "for", "4m"),
    ("KpiSourceDown", "expr", 'max by (company, source) (kpi_source_up{company="acme"}) == 1'),
    ("KpiUnknown", "for", "14m"),
    ("KpiUnknown", "expr", 'max by (company, kpi, reason) (kpi_exporter_kpi_unknown{company="acme"}) == 1'),
    (
        "KpiDataStale",
        "expr",
        'time() - max by (company, kpi) (kpi_data_timestamp_seconds{company="acme"})'
        ' >= max by (company, kpi) (kpi_data_stale_after_seconds{company="acme"})',
    ),
]


@pytest.mark.parametrize(("alert", "key", "value"), HEALTH_MUTANTS)
def test_every_changed_health_rule_is_found(tmp_path: Path, alert: str, key: str, value: str) -> None:
    texts = generated([load(write(tmp_path, "acme", {"customers": {"unit": "count"}}))])
    document = yaml.safe_load(texts["rules/acme.rules.yml"])
    (rule,) = [rule for group in document["groups"] for rule in group["rules"] if rule["alert"] == alert]
    rule[key] = value
    write_all(tmp_path, {**texts, "rules/acme.rules.yml": yaml.safe_dump(document)})
    assert promtool.test_rules(tmp_path) == (1, {alert})


def test_what_people_read(texts: Mapping[str, str]) -> None:
    """The words promtool compares with what Prometheus prints are those that people should read."""
    tests = yaml.safe_load(texts["rules/tests/acme.test.yml"])["tests"]
    read = {
        alert["exp_annotations"]["description"]
        for test in tests
        for expected in test["alert_rule_test"]
        for alert in expected.get("exp_alerts", [])
    }
    assert read >= {
        "The uptime is 99.49%; the red flag is < 99.5%.",
        "The uptime is 99.9%; the warning threshold is <= 99.9%.",
        "The margin is -0.001%; the warning threshold is < 0%.",
        "The resolution is 28d 0h 0m 1s; the red flag is > 4 weeks.",
        "The margin fall is 47.99%; the warning threshold is compresses > 200 bp, and it was 50% one period before.",
        "The turnover is 5.099 per year; the red flag is declines > 15%, and it was 6 per year one period before.",
        "The reply is 4h 0m 1s; the SLA is broken at > 4 h.",
        "The payback of SMB is 12 months; the warning threshold is >= 12.",
        'The payback of the "big" ones is 18 months; the warning threshold is >= 18.',
        "The visits of organic is 24.99%; the red flag is < 50% of plan, and the plan is 50% now.",
        "The renewals of SMB is 79.99%; the warning threshold is < 80% (year 1).",
        "The parting is 50%; the warning threshold is stock_growth > 5% while sales_growth <= 0%.",
        "The disk is 20.01TB; the warning threshold is > 20 TB.",
        "The latency is 200.1ms; the warning threshold is > 200 ms.",
        "The arpc is 2499.99 EUR/month; the red flag is < €2,500.",
        "The cash is 999999 JPY; the red flag is < 1M.",
        "The incidents is 6; the red flag is > 5.",
        "The runway is 2.999 months; the red flag is < 3.",
        "The deployments is 0.999 per month; the red flag is < monthly.",
        "The turns is 3.999 per year; the warning threshold is outside 4 to 8.",
        "The arr is 2879.99 EUR; the red flag is < 80% of plan, and the plan is 3600.00 EUR now.",
        "The growth is 7.999%; the warning threshold is < 8% (year 1).",
        "Anything in {{ braces }} is 2; the red flag is > 1.",
        "The data behind mrr is 3m 0s old, although it is read more often than that.",
    }
