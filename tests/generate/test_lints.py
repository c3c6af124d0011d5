"""The generated rules pass every lint, and each lint reports a bad rule."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.generate.lints import LINTS, Groups, promql_series
from tests.support.yaml_text import read_yaml

pytestmark = pytest.mark.slow

SOUND: Mapping[str, Any] = {
    "alert": "KpiUptimeLow",
    "expr": 'min by (company) (last_over_time(kpi_uptime_ratio{company="acme"}[5m])) < 0.995',
    "labels": {"company": "acme", "kpi": "uptime", "area": "product", "severity": "critical", "notify": "page"},
    "annotations": {
        "summary": "Uptime has crossed its critical threshold.",
        "description": "Uptime of {{ $labels.company }} is {{ $value | humanizePercentage }}; it should be 99.5%.",
        "action": "Review the incident",
        "runbook_url": "https://runbooks.example.com/kpi/KpiUptimeLow.md",
        "dashboard_url": "https://grafana.example.com/d/kpi-acme-kpi?var-kpi=uptime",
    },
}
RECORDING = {"record": "company_kpi:kpi_attainment:ratio", "expr": 'a{company="acme"} / (b{company="acme"} > 0)'}


def _with(**changed: object) -> Mapping[str, Any]:
    return {**SOUND, **changed}


def _saying(name: str, text: str) -> Mapping[str, Any]:
    return _with(annotations={**SOUND["annotations"], name: text})


def _labelled(**labels: str) -> Mapping[str, Any]:
    return _with(labels={**SOUND["labels"], **labels})


def _group(*rules: Mapping[str, Any], name: str = "kpi-acme-product", interval: str = "1m") -> Mapping[str, Any]:
    return {"name": name, "interval": interval, "rules": list(rules)}


BAD: list[tuple[str, str, Groups]] = [
    ("alerts/absent", "does not wait", [_group(_with(expr='absent(kpi_info{company="acme"})'))]),
    ("alerts/absent", "does not wait", [_group(_with(expr='absent(kpi_info{company="acme"})', **{"for": "1m"}))]),
    ("alerts/annotation", "no action", [_group(_saying("action", ""))]),
    ("alerts/annotation", "no absolute link", [_group(_saying("runbook_url", "runbooks/KpiUptimeLow.md"))]),
    ("alerts/annotation", "no sentence", [_group(_saying("summary", "uptime is low"))]),
    ("alerts/comparison", "whatever the value", [_group(_with(expr='min by (company) (kpi_nps{company="acme"})'))]),
    ("alerts/comparison", "whatever the value", [_group(_with(expr='kpi_nps{company="acme"} < bool 3'))]),
    ("alerts/comparison", "whatever the value", [_group(_with(expr='a{x="1"} < 3 or a{x="2"}'))]),
    ("alerts/for", "a `for` of 0s", [_group(_with(**{"for": "0s"}))]),
    ("alerts/for", "a `for` of 1d", [_group(_with(**{"for": "1d"}))]),
    ("alerts/template", "as it comes", [_group(_saying("description", "Uptime is {{ $value }}."))]),
    ("alerts/template", "names kpi", [_group(_saying("description", "{{ $labels.kpi }} is low."))]),
    ("alerts/template", "band changes", [_group(_labelled(band="{{ $value | humanize }}"))]),
    ("alerts/template", "summary changes", [_group(_saying("summary", "It is {{ $value | humanize }}."))]),
    ("group/interval", "every 1h", [_group(SOUND, interval="1h")]),
    ("group/interval", "2 groups", [_group(SOUND), _group(SOUND)]),
    ("promql/fragile", "uses topk", [_group(_with(expr='topk(3, kpi_nps{company="acme"}) < 3'))]),
    ("promql/impossible", "selects nothing", [_group(_with(expr='a{company="acme",company="bolt"} < 3'))]),
    ("promql/impossible", "in common", [_group(_with(expr='max by (kpi) (a{x="1"}) < max by (company) (b{x="1"})'))]),
    ("promql/impossible", "in common", [_group(_with(expr='max by (kpi) (a{x="1"}) and on (company) b{x="1"}'))]),
    (
        "promql/impossible",
        "in common",
        [_group(_with(expr='max by (kpi) (a{x="1"}) and on (company) max by (company) (b{x="1"})'))],
    ),
    ("promql/nan", "divides by b", [_group({**RECORDING, "expr": 'a{x="1"} / b{x="1"}'})]),
    ("promql/regexp", "no regular expression", [_group(_with(expr='a{company=~"acme"} < 3'))]),
    ("promql/regexp", "no anchor", [_group(_with(expr='a{company=~"^acme.*"} < 3'))]),
    ("promql/selector", "kpi_nps of anybody", [_group(_with(expr="kpi_nps < 3"))]),
    (
        "rule/dependency",
        "reads company_kpi:kpi_attainment:ratio",
        [_group(RECORDING, name="a"), _group(_with(expr=f"{RECORDING['record']} < 1"), name="b")],
    ),
    ("rule/duplicate", "KpiUptimeLow is there 2 times", [_group(SOUND, _with(expr='a{x="1"} < 3'))]),
    ("rule/label", "no severity", [_group(_labelled(severity=""))]),
    ("rule/label", "notify 'shout'", [_group(_labelled(notify="shout"))]),
    ("rule/label", "sets instance", [_group(_labelled(instance="a"))]),
    ("rule/name", "no name for an alert", [_group(_with(alert="uptime_low"))]),
    ("rule/name", "no name for a recorded series", [_group({**RECORDING, "record": "attainment"})]),
]


@pytest.mark.parametrize("name", LINTS)
def test_the_generated_rules_pass(tree: Path, name: str) -> None:
    files = sorted((tree / "rules").glob("*.rules.yml"))
    assert len(files) >= 5
    problems = {file.name: list(LINTS[name](read_yaml(file.read_text())["groups"])) for file in files}
    assert problems == {file.name: [] for file in files}


@pytest.mark.parametrize(("name", "message", "groups"), BAD)
def test_a_bad_rule_is_reported(name: str, message: str, groups: Groups) -> None:
    assert message in "\n".join(LINTS[name](groups))


@pytest.mark.parametrize("name", LINTS)
def test_a_sound_rule_passes_and_every_lint_has_a_bad_one(name: str) -> None:
    assert list(LINTS[name]([_group(SOUND, RECORDING)])) == []
    assert name in {each for each, _, _ in BAD}


def test_series_that_nobody_serves_are_reported() -> None:
    served = {"kpi_uptime_ratio": frozenset({"company"}), "a": frozenset({"company"})}
    groups = [_group(SOUND, RECORDING)]
    assert list(promql_series(groups, served)) == [f"{RECORDING['record']}: nobody serves b"]
    labels = {**served, "b": frozenset({"kpi"})}
    assert list(promql_series(groups, labels)) == [f"{RECORDING['record']}: b has no company"]
    assert list(promql_series(groups, {**served, "b": frozenset({"kpi", "company"})})) == []
