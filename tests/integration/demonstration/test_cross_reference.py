"""What the committed files refer to is there: runbook pages, panels, tests of rules, and series on the demo."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from exporter.conventions import ATTAINMENT, EXPECTED_BEYOND, INFO, JOB, PREVIOUS, UNKNOWN, WEB_CONFIG_SUCCESS
from exporter.fixed_series import FIXED_SERIES
from tests.generate.lints import ALWAYS_FIRING, promql_series
from tests.servers.exporter_process import Exporter, Series
from tests.support import promql
from tests.support.boards import boards, queries, variables

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
ROUTE_TESTS = ROOT / "rules/tests/alertmanager.routes.txt"
TARGET = {"job": JOB, "instance": "127.0.0.1:9847"}
"""What Prometheus adds to the labels of what it scrapes."""
OF_PROMETHEUS = {"up": frozenset(TARGET)}
"""The series that rules read and Prometheus itself writes."""
SOMETIMES = (EXPECTED_BEYOND, WEB_CONFIG_SUCCESS)
"""Series that the demonstration lacks at its start: it has no six periods of history, and no web configuration."""

Rule = Mapping[str, Any]
Identity = tuple[str, frozenset[tuple[str, str]]]
"""An alert's name and the labels that its rule gives it."""


@pytest.fixture(scope="module")
def files() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the groups of every file of rules."""
    return {file.name: _read(file)["groups"] for file in sorted((ROOT / "rules").glob("*.rules.yml"))}


@pytest.fixture(scope="module")
def rules(files: Mapping[str, Sequence[Mapping[str, Any]]]) -> Sequence[Rule]:
    return [rule for groups in files.values() for group in groups for rule in group["rules"]]


@pytest.fixture(scope="module")
def alerts(rules: Sequence[Rule]) -> Sequence[Rule]:
    alerts = [rule for rule in rules if "alert" in rule]
    assert len(alerts) >= 130
    return alerts


@pytest.fixture(scope="module")
def tests() -> Sequence[Mapping[str, Any]]:
    """Return every test of rules."""
    return [test for file in sorted((ROOT / "rules/tests").glob("*.test.yml")) for test in _read(file)["tests"]]


def _read(file: Path) -> Any:
    return yaml.load(file.read_text(), yaml.CSafeLoader)


def test_every_runbook_url_has_a_page_and_every_page_an_alert(alerts: Sequence[Rule]) -> None:
    linked = {rule["annotations"]["runbook_url"] for rule in alerts}
    pages = {page.name: page.read_text() for page in (ROOT / "rules/runbooks").glob("*.md")}
    assert {url.rpartition("/")[2] for url in linked} == set(pages)
    assert {rule["alert"] for rule in alerts} == {name.removesuffix(".md") for name in pages}
    assert all(f"\n# {name.removesuffix('.md')}\n" in text for name, text in pages.items())


def test_every_alert_has_a_test_in_which_it_fires_and_one_in_which_it_does_not(
    alerts: Sequence[Rule], tests: Sequence[Mapping[str, Any]]
) -> None:
    cases = [case for test in tests for case in test.get("alert_rule_test", ())]
    fires: dict[str, list[Mapping[str, str]]] = {}
    for each in cases:
        fires.setdefault(each["alertname"], []).extend(alert["exp_labels"] for alert in each.get("exp_alerts", ()))
    quiet = {each["alertname"] for each in cases if not each.get("exp_alerts")}
    for rule in alerts:
        assert any(rule["labels"].items() <= labels.items() for labels in fires[rule["alert"]]), rule
        assert rule["alert"] in {*quiet, ALWAYS_FIRING}


def test_every_recorded_series_has_a_test(rules: Sequence[Rule], tests: Sequence[Mapping[str, Any]]) -> None:
    tested = {
        selector.name
        for test in tests
        for each in test.get("promql_expr_test", ())
        if each.get("exp_samples")
        for selector in promql.selectors(promql.parse(each["expr"]))
    }
    assert {rule["record"] for rule in rules if "record" in rule} <= tested


def test_every_dashboard_url_leads_to_a_panel_or_a_kpi(alerts: Sequence[Rule]) -> None:
    """Accept a panel of a board, or a board with a value that its variable offers."""
    targets = {
        (board["uid"], *target)
        for board in boards(ROOT).values()
        for target in [
            *(("viewPanel", str(panel["id"])) for panel in board["panels"]),
            *((f"var-{name}", value) for name, values in variables(board).items() for value in values),
        ]
    }
    linked = {_target(rule["annotations"]["dashboard_url"]) for rule in alerts}
    assert linked - targets == set()


def _target(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    ((name, (value,)),) = parse_qs(parts.query).items()
    return parts.path.rpartition("/d/")[2], name, value


def test_every_route_has_a_test() -> None:
    """Expect a test with labels that lead to the route, and with its receiver."""
    tests = [shlex.split(line) for line in ROUTE_TESTS.read_text().splitlines() if not line.startswith("#")]
    routed = [
        (receivers.removeprefix("--verify.receivers=").split(","), dict(label.split("=", 1) for label in labels))
        for receivers, *labels in tests
    ]
    untested = [
        (receiver, matchers)
        for receiver, matchers in _routes(_read(ROOT / "rules/alertmanager.yml")["route"])
        if not any(receiver in receivers and _lead(labels, matchers) for receivers, labels in routed)
    ]
    assert untested == []


def _routes(
    route: Mapping[str, Any], receiver: str = "", above: Sequence[str] = ()
) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield every route's receiver, with all matchers on the way to it."""
    receiver, matchers = route.get("receiver", receiver), [*above, *route.get("matchers", ())]
    yield receiver, matchers
    for each in route.get("routes", ()):
        yield from _routes(each, receiver, matchers)


def _lead(labels: Mapping[str, str], matchers: Sequence[str]) -> bool:
    for matcher in matchers:
        name, sign, value = re.fullmatch(r'(\w+)(=~|!~|!=|=)"(.*)"', matcher).groups()  # type: ignore[union-attr]  # or fail
        actual = labels.get(name, "").strip('"')
        holds = re.fullmatch(value, actual) is not None if "~" in sign else actual == value
        if holds == sign.startswith("!"):
            return False
    return True


def test_every_expression_reads_series_that_the_demonstration_serves(
    files: Mapping[str, Sequence[Mapping[str, Any]]], demo: Exporter
) -> None:
    served: dict[str, frozenset[str]] = {
        **OF_PROMETHEUS,
        **{name: frozenset(FIXED_SERIES[name].labels) | TARGET.keys() for name in SOMETIMES},
    }
    for name, labels in demo.series():
        served[name] = served.get(name, frozenset()) | {label for label, _ in labels} | TARGET.keys()
    selected = {file: list(promql_series(groups, served)) for file, groups in files.items()}
    assert selected == {file: [] for file in files}


def test_every_selector_selects_something_unless_the_kpi_is_unknown(rules: Sequence[Rule], demo: Exporter) -> None:
    """Match the values of labels, too: no rule waits for a company, KPI or segment that is spelt otherwise.

    Not every KPI has what these series say: that it is unknown, its value one period before, its share of a plan.
    """
    series = demo.series()
    unknown = {(labels["company"], labels["kpi"]) for labels in _labels(series, UNKNOWN)}
    served: dict[str, list[Mapping[str, str]]] = {}
    for name, pairs in series:
        served.setdefault(name, []).append({**TARGET, **dict(pairs)})
    served |= dict.fromkeys((PREVIOUS, ATTAINMENT, EXPECTED_BEYOND), served[INFO])
    served[WEB_CONFIG_SUCCESS] = [TARGET]
    recorded = {rule["record"] for rule in rules if "record" in rule}
    missing = [
        f"{rule['expr']}: {selector.prettify()}"
        for rule in rules
        if (rule.get("labels", {}).get("company"), rule.get("labels", {}).get("kpi")) not in unknown
        for selector in promql.selectors(promql.parse(rule["expr"]))
        if selector.name not in (UNKNOWN, *OF_PROMETHEUS, *recorded)
        and not any(
            promql.equalities(selector).items() <= labels.items() for labels in served.get(selector.name or "", ())
        )
    ]
    assert missing == []


def test_every_query_of_every_board_names_series_that_are_served(rules: Sequence[Rule], demo: Exporter) -> None:
    served = {name for name, _ in demo.series()} | FIXED_SERIES.keys() | OF_PROMETHEUS.keys() | {"ALERTS"}
    served |= {rule["record"] for rule in rules if "record" in rule}
    unknown = [
        f"{query}: {selector.name}"
        for board in boards(ROOT).values()
        for query in queries(board)
        for selector in promql.selectors(promql.parse(query.expression))
        if selector.name and selector.name not in served
    ]
    assert unknown == []


def _labels(series: Series, wanted: str) -> Iterator[Mapping[str, str]]:
    return (dict(labels) for name, labels in series if name == wanted)
