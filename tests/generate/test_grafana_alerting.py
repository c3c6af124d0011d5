"""Grafana-managed rules, contact points and policies: the same alerts, told to the same people, and strictly valid."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.catalogue.connection import connected_part
from exporter.catalogue.loading import load_all, shipped_file
from exporter.catalogue.model import Company
from exporter.generate.grafana_alerting.files import provisioning
from exporter.generate.notifications import alertmanager
from exporter.generate.rules import rules as prometheus_rules
from tests.generate.command_line import files, generate
from tests.generate.notified import SECRETS, company
from tests.generate.rules_files import alerts
from tests.servers import amtool, go_program, promtool
from tests.support.folders import write_all
from tests.support.synthetic_company import write
from tests.support.yaml_text import read_yaml

Rule = dict[str, Any]

ROOT = Path(__file__).parents[2]
READER = ROOT / "tests" / "data" / "grafana"
"""A program in Go that reads the files by Grafana's SDK."""


@pytest.fixture(scope="module")
def made(companies: list[Company]) -> Mapping[str, Any]:
    """Provision the synthetic company and those that ship."""
    return {path: read_yaml(text) for path, text in provisioning(companies, "prometheus").items()}


@pytest.fixture(scope="module")
def ours(companies: list[Company]) -> Mapping[str, str]:
    """Return the files of Prometheus's rules and of Alertmanager's routes."""
    connected = [connected_part(each) for each in companies]
    return {**prometheus_rules.generate(connected), **alertmanager.generate(connected)}


def prometheus_alerts(ours: Mapping[str, str]) -> list[Rule]:
    return [rule for path, text in ours.items() if path.endswith(".rules.yml") for rule in alerts(text)]


def rules(made: Mapping[str, Any]) -> Iterator[Rule]:
    for document in made.values():
        for group in document.get("groups", []):
            yield from group["rules"]


def expression(rule: Rule, node: str) -> str:
    (promql,) = [each["model"]["expr"] for each in rule["data"] if each["refId"] == node]
    return str(promql)


def told_apart(name: str, labels: Mapping[str, str]) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_each_alert_is_one_rule_with_the_same_query_labels_and_times(
    made: Mapping[str, Any], ours: Mapping[str, str]
) -> None:
    by_labels = {told_apart(rule["title"], rule["labels"]): rule for rule in rules(made)}
    expected = prometheus_alerts(ours)
    assert len(expected) == len(by_labels) == len(list(rules(made)))
    for rule in expected:
        managed = by_labels[told_apart(rule["alert"], rule["labels"])]
        assert expression(managed, "A").startswith(rule["expr"])
        assert (managed["for"], managed.get("keepFiringFor")) == (rule.get("for", "0s"), rule.get("keep_firing_for"))
        assert set(managed["annotations"]) == set(rule["annotations"])
    uids = [rule["uid"] for rule in rules(made)]
    assert len(set(uids)) == len(uids)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", uid) for uid in uids)


def test_the_words_on_a_value_are_those_of_prometheus(made: Mapping[str, Any], ours: Mapping[str, str]) -> None:
    """Put Prometheus's variables in the place of Grafana's; what accumulates has a query in the middle of its words."""
    by_labels = {told_apart(rule["title"], rule["labels"]): rule for rule in rules(made)}
    compared = 0
    for rule in prometheus_alerts(ours):
        managed = by_labels[told_apart(rule["alert"], rule["labels"])]
        nodes = {each["refId"] for each in managed["data"]}
        if nodes & {"P", "D"} or "T" not in nodes:
            continue
        text = managed["annotations"]["description"].replace("$values.A.Value", "$value")
        if "B" in nodes:
            text = text.replace("$values.B.Value", f"query `{expression(managed, 'B')}` | first | value")
        assert {**managed["annotations"], "description": text} == rule["annotations"]
        compared += 1
    assert compared > 150


def test_no_template_asks_or_names_what_grafana_does_not_have(made: Mapping[str, Any]) -> None:
    for rule in rules(made):
        nodes = {each["refId"] for each in rule["data"]}
        for text in rule["annotations"].values():
            assert "query" not in re.findall(r"[|`] ?(query)\b", text)
            assert "$value " not in text
            assert "${" not in text
            assert set(re.findall(r"\$values\.(\w)", text)) <= nodes


def test_states_without_data_say_what_is_true(made: Mapping[str, Any]) -> None:
    """Without data an alert on a value keeps its state, and a health alert has nothing to report."""
    for rule in rules(made):
        (condition,) = [each for each in rule["data"] if each["refId"] == rule["condition"]]
        on_value = "T" in {each["refId"] for each in rule["data"]}
        assert condition["model"]["type"] == ("threshold" if on_value else "math")
        assert rule["noDataState"] == ("KeepLast" if on_value else "OK")
        assert rule["execErrState"] == ("OK" if rule["title"] == "KpiWatchdog" else "KeepLast")


BASE = 'kpi_uptime_ratio{company="acme"}'
OVERDUE = 'kpi_source_overdue{company="acme",source="books"}'
UNDEFINED = 'kpi_exporter_kpi_unknown{company="acme",kpi="uptime",reason="undefined"}'
NO_DATA = 'kpi_exporter_kpi_unknown{company="acme",kpi="uptime",reason="no_data"}'


@pytest.mark.integration
@pytest.mark.parametrize(
    ("series", "warning", "critical"),
    [
        ({BASE: 1}, 0, 0),
        ({BASE: 0.85}, 1, 0),
        ({BASE: 0.7}, None, 1),
        ({BASE: 0.85, OVERDUE: 1}, None, None),
        ({BASE: 0.85, OVERDUE: 0}, 1, 0),
        ({UNDEFINED: 1}, 0, 0),
        ({NO_DATA: 1}, None, None),
        ({}, None, None),
    ],
    ids=["fine", "warning", "critical mutes it", "overdue", "not overdue", "undefined", "unknown", "silent"],
)
def test_the_truth_is_one_zero_or_unknown(
    tmp_path: Path, series: Mapping[str, float], warning: int | None, critical: int | None
) -> None:
    acme = connected_part(with_books(tmp_path))
    managed = [rule for rule in rules(read_all(provisioning([acme], "p"))) if rule["title"] == "KpiUptimeLow"]
    truths = {rule["labels"]["severity"]: expression(rule, "T") for rule in managed}
    expected = [
        {
            "expr": truths[severity],
            "eval_time": "5m",
            "exp_samples": [] if value is None else [{"labels": '{company="acme"}', "value": value}],
        }
        for severity, value in (("warning", warning), ("critical", critical))
    ]
    input_series = [{"series": name, "values": f"{value}x10"} for name, value in series.items()]
    test = {"interval": "1m", "input_series": input_series, "promql_expr_test": expected}
    code, output = promtool.run_test(tmp_path, test)
    assert code == 0, output


@pytest.mark.integration
def test_what_accumulates_says_whether_it_is_the_part_of_a_period(tmp_path: Path) -> None:
    shipped_one = load_all([shipped_file("managed-kubernetes")])["managed-kubernetes"]
    managed = {rule["labels"]["severity"]: rule for rule in of_kpi(shipped_one, "p1_incidents")}
    part, days = (expression(managed["critical"], node) for node in ("P", "D"))
    about = 'company="managed-kubernetes",kpi="p1_incidents"'
    series = {
        'kpi_p1_incidents{company="managed-kubernetes"}': "7x20",
        f"kpi_to_date{{{about}}}": "8 8 8 stale _ _",
        f"kpi_period_end_timestamp_seconds{{{about}}}": "172800x2 stale _ _",
    }
    labels = '{company="managed-kubernetes"}'
    expected = [
        {"expr": expr, "eval_time": at, "exp_samples": [{"labels": labels, "value": value}]}
        for expr, at, value in ((part, "2m", 1), (days, "2m", 2), (part, "14m", 0), (days, "14m", -1))
    ]
    input_series = [{"series": name, "values": values} for name, values in series.items()]
    test = {"interval": "1m", "input_series": input_series, "promql_expr_test": expected}
    code, output = promtool.run_test(tmp_path, test)
    assert code == 0, output
    assert "$values.P.Value" in managed["critical"]["annotations"]["description"]


def of_kpi(shipped_one: Company, kpi: str) -> list[Rule]:
    return [rule for rule in rules(read_all(provisioning([shipped_one], "p"))) if rule["labels"].get("kpi") == kpi]


def with_books(tmp_path: Path) -> Company:
    file = write(tmp_path, "acme", {"uptime": {"unit": "ratio", "warning": "< 90%", "critical": "< 80%"}})
    document = read_yaml(file.read_text())
    books = {
        "type": "prometheus",
        "url": "http://127.0.0.1:1",
        "measures": {"uptime": {"query": "up", "unit": "ratio"}},
    }
    file.write_text(yaml.safe_dump({**document, "sources": {"books": books}}))
    (loaded,) = load_all([file]).values()
    return loaded


def read_all(texts: Mapping[str, str]) -> Mapping[str, Any]:
    return {path: read_yaml(text) for path, text in texts.items()}


@pytest.mark.integration
def test_what_grafana_cannot_ask_is_stated_from_the_catalogue(tmp_path: Path) -> None:
    """Let Prometheus print the templates that read labels alone."""
    demo = connected_part(load_all([shipped_file("vmcloud")])["vmcloud"])
    managed = {rule["title"]: rule for rule in rules(read_all(provisioning([demo], "p")))}
    rule = managed["KpiUnknown"]
    text = rule["annotations"]["description"]
    for kpi in ("mrr", "no_such_kpi"):
        title = demo.kpis[kpi].title if kpi in demo.kpis else kpi
        watched = "; its thresholds are not watched" if kpi in demo.kpis and demo.kpis[kpi].thresholds else ""
        labels = {"company": "vmcloud", "kpi": kpi, "reason": "no_data"}
        alert = {"alert": "Says", "expr": "a > 0", "annotations": {"text": text}}
        (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [alert]}]}))
        series = "a{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
        message = f"{title} has had no value for 5 minutes (no data){watched}."
        expected = [{"exp_labels": labels, "exp_annotations": {"text": message}}]
        test = {
            "interval": "1m",
            "input_series": [{"series": series, "values": "1x5"}],
            "alert_rule_test": [{"eval_time": "2m", "alertname": "Says", "exp_alerts": expected}],
        }
        code, output = promtool.run_test(tmp_path, test, tmp_path / "rules.yml")
        assert code == 0, output


@pytest.fixture(scope="module")
def notified(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    acme = company(tmp_path_factory.mktemp("acme"))
    (document,) = [text for path, text in provisioning([acme], "p").items() if path.endswith("notifications.yaml")]
    return {"company": acme, **read_yaml(document)}


def test_contact_points_have_channels_by_reference_to_secrets(notified: Mapping[str, Any]) -> None:
    points = {point["name"]: point["receivers"] for point in notified["contactPoints"]}
    (paged,) = points["acme/platform/page"]
    assert (paged["type"], paged["settings"]["integrationKey"]) == ("pagerduty", f"$__file{{{SECRETS}/pagerduty}}")
    assert {each["type"] for each in points["acme/platform/ticket"]} == {"slack", "webhook"}
    (mailed,) = points["acme/finance/digest"]
    assert mailed["disableResolveMessage"]
    assert mailed["settings"]["addresses"] == "finance@example.com"
    kinds = {each["type"] for receivers in points.values() for each in receivers}
    assert kinds <= {"email", "opsgenie", "pagerduty", "slack", "teams", "webhook"}
    templates = "".join(each["template"] for each in notified["templates"])
    used = re.findall(r'template "([^"]+)"', str(notified["contactPoints"]))
    assert used
    assert all(f'define "{name}"' in templates for name in used)


def test_a_policy_tells_whom_our_routes_tell(companies: list[Company], ours: Mapping[str, str]) -> None:
    """Walk both trees with the labels of every alert."""
    (document,) = [read_yaml(t) for p, t in provisioning(companies, "p").items() if p.endswith("notifications.yaml")]
    (policy,) = document["policies"]
    tree = read_yaml(ours["rules/alertmanager.yml"])["route"]
    points = {point["name"] for point in document["contactPoints"]}
    intervals = {each["name"] for each in document["muteTimes"]}
    for rule in prometheus_alerts(ours):
        labels = {"alertname": rule["alert"], **rule["labels"]}
        receivers = [(each["receiver"], each.get("active_time_intervals")) for each in amtool.taken(tree, labels)]
        managed = list(amtool.taken(as_route(policy), labels))
        assert [(each["receiver"], each.get("active_time_intervals")) for each in managed] == receivers
        assert {each["receiver"] for each in managed} <= points
        for each in managed:
            assert {*each.get("active_time_intervals", []), *each.get("mute_time_intervals", [])} <= intervals


def as_route(policy: dict[str, Any]) -> dict[str, Any]:
    """Return a policy as a route of Alertmanager's, for the same walk."""
    matchers = [f'{label}{operator}"{value}"' for label, operator, value in policy.get("object_matchers", [])]
    return {**policy, "matchers": matchers, "routes": [as_route(each) for each in policy.get("routes", [])]}


@pytest.mark.integration
def test_alertmanager_knows_the_intervals(notified: Mapping[str, Any], tmp_path: Path) -> None:
    named = [{key: each[key] for key in ("name", "time_intervals")} for each in notified["muteTimes"]]
    config = {"route": {"receiver": "none"}, "receivers": [{"name": "none"}], "time_intervals": named}
    (tmp_path / "alertmanager.yml").write_text(yaml.safe_dump(config))
    code, output = amtool.check(tmp_path / "alertmanager.yml")
    assert code == 0, output


def test_without_people_there_are_rules_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    acme = write(tmp_path, "acme", {"uptime": {"unit": "ratio", "critical": "< 99.5%"}})
    assert generate(out, acme, "--format", "grafana-alerting", "--datasource", "thanos").exit_code == 0
    assert files(out) == {"grafana-alerting/acme.rules.yaml", "grafana-alerting/exporter.rules.yaml"}
    assert "datasourceUid: thanos" in (out / "grafana-alerting/acme.rules.yaml").read_text()
    refused = generate(out, acme, "--datasource", "thanos")
    assert "add --format grafana-alerting" in refused.output


def test_dollars_of_a_catalogue_stay_dollars(tmp_path: Path) -> None:
    action = "Ask for ${HOME} or $5"
    acme = company(tmp_path, title="Cash $ & Co.")
    uptime = {**read_yaml((tmp_path / "acme.yaml").read_text())}
    uptime["kpis"]["uptime"]["action"] = action
    (tmp_path / "acme.yaml").write_text(yaml.safe_dump(uptime))
    (acme,) = load_all([tmp_path / "acme.yaml"]).values()
    document = read_yaml(provisioning([acme], "p")["grafana-alerting/acme.rules.yaml"])
    assert {group["folder"] for group in document["groups"]} == {"Cash $$ & Co."}
    actions = {rule["annotations"]["action"] for group in document["groups"] for rule in group["rules"]}
    assert 'Ask for {{ "$" }}{HOME} or $5' in actions


def test_the_page_maps_each_rule_to_grafanas(companies: list[Company]) -> None:
    """Read the committed rules, and hold the page to the provisioning of the catalogues that ship."""
    rows = re.findall(
        r"^\| `(\w+)` \| (\w+) \|.*\| `(\S+)` \|$", (ROOT / "docs/grafana-rules.md").read_text(), re.MULTILINE
    )
    managed = list(rules(read_all(provisioning([each for each in companies if each.name != "acme"], "p"))))
    assert sorted(rows) == sorted((rule["title"], rule["labels"]["severity"], rule["uid"]) for rule in managed)
    committed = [rule for path in (ROOT / "rules").glob("*.rules.yml") for rule in alerts(path.read_text())]
    assert sorted(row[:2] for row in rows) == sorted((rule["alert"], rule["labels"]["severity"]) for rule in committed)


@pytest.mark.exhaustive
@pytest.mark.integration
@pytest.mark.parametrize(
    ("text", "wrong", "message"),
    [
        ("noDataState:", "noDataState:", ""),
        ("noDataState:", "noDataStates:", "unexpected field 'noDataStates'"),
        ("execErrState: KeepLast", "execErrState: Never", "should be one of"),
        ("expr:", "query:", "unexpected field 'query'"),
        ("object_matchers:", "object_matcher:", "unexpected field 'object_matcher'"),
        ("folder:", "folders:", "unknown field"),
    ],
    ids=["all of it", "state", "error", "query", "matchers", "folder"],
)
def test_grafanas_sdk_reads_it_strictly(
    companies: list[Company], tmp_path: Path, text: str, wrong: str, message: str
) -> None:
    write_all(tmp_path, {p: t.replace(text, wrong) for p, t in provisioning(companies, "prometheus").items()})
    command = [go_program.go("Grafana's SDK"), "run", ".", *map(str, sorted(tmp_path.rglob("*.yaml")))]
    done = subprocess.run(command, cwd=READER, capture_output=True, text=True, check=False)
    assert (done.returncode == 0, message in done.stdout) == (not message, True), done.stdout + done.stderr
