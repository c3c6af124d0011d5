"""Routes: whom each alert reaches, when, and grouped with what; compared with amtool and with a table."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from exporter import conventions
from exporter.generate.registry import generated
from tests.generate.notified import ALERTING, KPIS, PEOPLE, company
from tests.generate.rules_files import rules
from tests.servers import amtool, releases
from tests.support.folders import write_all
from tests.support.yaml_text import read_yaml

pytestmark = pytest.mark.newest

HOURS, DIGEST, CLOSE = "acme/business-hours", "acme/digest", "acme/month-close"
EARLY = "KpiExpectedBeyond"
DATA_QUALITY = (
    "KpiSourceDown",
    "KpiSourceOverdue",
    "KpiSourceHeldBack",
    "KpiSourceRowsRejected",
    "KpiUnknown",
    "KpiSeriesAbsent",
    "KpiPlanMissing",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate the files of the company with people."""
    target = tmp_path_factory.mktemp("people")
    write_all(target, generated([company(target)]))
    return target


def _tree(files: Path) -> amtool.Route:
    root: amtool.Route = read_yaml((files / "rules/alertmanager.yml").read_text())["route"]
    return root


def _labels(kpi: str, severity: str) -> dict[str, str]:
    """Return the labels of a generated alert on this KPI."""
    own = {key: KPIS[kpi][key] for key in ("area", "owner") if KPIS[kpi][key]}
    return {"company": "acme", "kpi": kpi, "severity": severity, "notify": KPIS[kpi].get("notify", "ticket"), **own}


ROUTED = {
    ("uptime", "critical"): ("acme/platform/page", [], []),
    ("uptime", "warning"): ("acme/platform/ticket", [HOURS], []),
    ("backups", "critical"): ("acme/platform/ticket", [HOURS], []),
    ("checkout", "critical"): ("acme/the shop/page", [], []),
    ("checkout", "warning"): ("acme/the shop/ticket", [HOURS], []),
    ("orders", "critical"): ("acme/the shop/ticket", [HOURS], []),
    ("margin", "warning"): ("acme/the shop/ticket", [HOURS], [CLOSE]),
    ("traffic", "critical"): ("acme/the shop/digest", [DIGEST], []),
    ("cash", "critical"): ("acme/finance/ticket", [HOURS], [CLOSE]),
    ("costs", "warning"): ("acme/finance/digest", [DIGEST], [CLOSE]),
    ("leads", "warning"): ("acme/platform/ticket", [HOURS], []),
    ("stock", "critical"): ("acme/platform/ticket", [HOURS], [CLOSE]),
    ("morale", "warning"): ("acme/platform/ticket", [HOURS], []),
}


@pytest.mark.parametrize("alert", ROUTED, ids="-".join)
def test_an_alert_on_a_kpi_reaches_its_owner_at_the_right_time(folder: Path, alert: tuple[str, str]) -> None:
    (route,) = amtool.taken(_tree(folder), _labels(*alert))
    when = route.get("active_time_intervals", []), route.get("mute_time_intervals", [])
    assert (route["receiver"], *when) == ROUTED[alert]


@pytest.mark.integration
def test_the_routes_of_the_table_agree_with_amtool(folder: Path) -> None:
    config = f"--config.file={folder / 'rules/alertmanager.yml'}"
    for alert, (receiver, _, _) in ROUTED.items():
        labels = [f'{name}="{value}"' for name, value in _labels(*alert).items()]
        command = [releases.amtool(), "config", "routes", "test", config, *labels]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == receiver, alert


@pytest.mark.parametrize("name", DATA_QUALITY)
def test_what_is_wrong_with_the_data_is_one_notice_to_the_default(folder: Path, name: str) -> None:
    labels = {"alertname": name, "company": "acme", "kpi": "cash", "owner": "finance", "area": "health"}
    (route,) = amtool.taken(_tree(folder), {**labels, "severity": "warning", "notify": "ticket"})
    assert (route["receiver"], route["group_by"]) == ("acme/platform/ticket", ["company"])
    assert route["active_time_intervals"] == [HOURS]


def test_a_silent_exporter_pages_the_default_and_the_watchdog_goes_to_the_switch(folder: Path) -> None:
    down = {"alertname": "KpiExporterDown", "company": "acme", "severity": "critical", "notify": "page"}
    (route,) = amtool.taken(_tree(folder), down)
    assert (route["receiver"], "active_time_intervals" in route) == ("acme/platform/page", False)
    (route,) = amtool.taken(_tree(folder), {"alertname": "KpiWatchdog", "severity": "none"})
    assert (route["receiver"], route["group_wait"], route["repeat_interval"]) == ("acme/watchdog", "0s", "5m")


@pytest.mark.integration
def test_a_missed_target_pages_only_where_the_catalogue_says_so(tmp_path: Path) -> None:
    write_all(tmp_path, generated([company(tmp_path, alerting={**ALERTING, "page_at": "warning"})]))
    for severity in ("warning", "critical"):
        (route,) = amtool.taken(_tree(tmp_path), _labels("uptime", severity))
        assert route["receiver"] == "acme/platform/page"
    assert amtool.run_route_tests(tmp_path)[0] == 0


@pytest.mark.integration
def test_the_exporters_own_alerts_reach_each_distinct_team_once(tmp_path: Path) -> None:
    other_team = {**PEOPLE, "platform": {"slack": {"channel": "#ops", "api_url_file": "/s/slack"}}}
    companies = [
        company(tmp_path, "acme"),
        company(tmp_path, "bolt"),
        company(
            tmp_path, "cern", people=other_team, alerting={**ALERTING, "watchdog": {"url": "https://w.example.com"}}
        ),
        company(tmp_path, "dune", people={}, alerting={}),
    ]
    write_all(tmp_path, generated(companies))
    tree = _tree(tmp_path)

    def receivers(**labels: str) -> list[str]:
        return [route["receiver"] for route in amtool.taken(tree, labels)]

    assert receivers(alertname="KpiExporterReplicaDown") == ["acme/platform/ticket", "cern/platform/ticket"]
    assert receivers(alertname="KpiWatchdog") == ["acme/watchdog", "cern/watchdog"]
    assert receivers(**{**_labels("uptime", "critical"), "company": "bolt"}) == ["bolt/platform/page"]
    assert receivers(**{**_labels("uptime", "critical"), "company": "dune"}) == ["every default"]
    config = read_yaml((tmp_path / "rules/alertmanager.yml").read_text())
    (every,) = [each for each in config["receivers"] if each["name"] == "every default"]
    assert [slack["channel"] for slack in every["slack_configs"]] == ["#platform", "#ops"]
    assert amtool.check(tmp_path / "rules/alertmanager.yml")[0] == 0
    code, output = amtool.run_route_tests(tmp_path)
    assert code == 0, output


@pytest.mark.integration
def test_the_operator_is_told_what_concerns_the_exporter_and_what_no_company_takes(tmp_path: Path) -> None:
    companies = [
        company(tmp_path, "acme"),
        company(tmp_path, "bolt", alerting={**ALERTING, "operator": "finance"}),
        company(
            tmp_path, "dune", people={}, alerting={}, links={"runbooks": "https://d/r", "dashboards": "https://d/b"}
        ),
    ]
    write_all(tmp_path, generated(companies))
    tree = _tree(tmp_path)
    for labels in (
        {"alertname": "KpiStoreDown"},
        {"alertname": "Unheard"},
        {"company": "dune", "severity": "critical"},
    ):
        assert [route["receiver"] for route in amtool.taken(tree, labels)] == ["bolt/finance/ticket"], labels
    assert amtool.run_route_tests(tmp_path)[0] == 0
    of_exporters = rules((tmp_path / "rules/exporter.rules.yml").read_text())
    assert all("/d/kpi-bolt-health" in rule["annotations"]["dashboard_url"] for rule in of_exporters)


def test_two_operators_are_refused(tmp_path: Path) -> None:
    companies = [company(tmp_path, name, alerting={**ALERTING, "operator": "finance"}) for name in ("acme", "bolt")]
    with pytest.raises(ValueError, match="acme, bolt"):
        generated(companies)


def test_an_early_warning_reaches_the_owner_of_the_kpi(folder: Path) -> None:
    tree = _tree(folder)
    early = [rule for rule in rules((folder / "rules/acme.rules.yml").read_text()) if rule.get("alert") == EARLY]
    reached = {
        rule["labels"].get("owner"): amtool.taken(tree, {"alertname": EARLY, **rule["labels"]}) for rule in early
    }
    receivers = {owner: [route["receiver"] for route in routes] for owner, routes in reached.items()}
    assert receivers["finance"] == ["acme/finance/digest"]
    assert receivers["the shop"] == ["acme/the shop/digest"]
    assert receivers["platform"] == receivers[None] == ["acme/platform/digest"]


@pytest.mark.integration
def test_without_people_nothing_is_sent(tmp_path: Path) -> None:
    write_all(tmp_path, generated([company(tmp_path, people={}, alerting={})]))
    for labels in (_labels("uptime", "critical"), {"alertname": "KpiWatchdog"}, {"alertname": "KpiReloadFailed"}):
        assert [route["receiver"] for route in amtool.taken(_tree(tmp_path), labels)] == ["nobody"]
    config = read_yaml((tmp_path / "rules/alertmanager.yml").read_text())
    assert config["receivers"] == [{"name": "nobody"}]
    assert amtool.check(tmp_path / "rules/alertmanager.yml")[0] == 0


@pytest.mark.integration
@pytest.mark.parametrize("which", ["folder", "tree"])
def test_generated_route_tests_pass_and_reach_every_route(which: str, request: pytest.FixtureRequest) -> None:
    files: Path = request.getfixturevalue(which)
    code, output = amtool.run_route_tests(files)
    assert code == 0, output
    tree, ends = _tree(files), set()
    for line in amtool.route_tests(files).splitlines():
        if not line.startswith("#"):
            _, *labels = shlex.split(line)
            values = {name: value.strip('"') for name, value in (label.split("=", 1) for label in labels)}
            ends |= {id(route) for route in amtool.taken(tree, values)}
    missed = [route for route in amtool.every(tree) if id(route) not in ends]
    assert missed == []


@pytest.mark.integration
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('- owner="the shop"\n', '- owner="shop"\n'),
        ('- severity="critical"\n', '- severity="warning"\n'),
        ('- notify="digest"\n', '- notify="page"\n'),
        ("receiver: acme/finance/ticket\n", "receiver: acme/finance/digest\n"),
        ('- company="acme"\n', '- company="acm"\n'),
    ],
)
def test_generated_route_tests_fail_when_a_route_is_changed(
    folder: Path, tmp_path: Path, before: str, after: str
) -> None:
    for name in ("rules/alertmanager.yml", "rules/tests/alertmanager.routes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((folder / name).read_text())
    config = tmp_path / "rules/alertmanager.yml"
    text = config.read_text()
    assert before in text
    config.write_text(text.replace(before, after))
    assert amtool.run_route_tests(tmp_path)[0] != 0


def _hours(text: str) -> float:
    unit = {"s": 1 / 3600, "m": 1 / 60, "h": 1, "d": 24}
    return float(text[:-1]) * unit[text[-1]]


def test_reminders_are_within_what_alertmanager_remembers(folder: Path) -> None:
    timings = [route for route in amtool.every(_tree(folder)) if "repeat_interval" in route]
    assert len(timings) >= 5
    for route in timings:
        assert _hours(route["group_interval"]) <= _hours(route["repeat_interval"]) <= 120
        assert not {"match", "match_re"} & route.keys()


def test_a_digest_is_looked_at_within_its_hour_and_sent_once_in_it(folder: Path) -> None:
    (digest,) = [r for r in amtool.every(_tree(folder)) if r["receiver"].endswith("/digest") and "group_by" in r]
    assert _hours(digest["group_interval"]) < 1 < _hours(digest["repeat_interval"]) < 23


@pytest.mark.parametrize("files", ["texts", "all_texts"])
def test_rules_and_routes_agree_on_labels(files: str, request: pytest.FixtureRequest) -> None:
    """Require that routes select only by labels that the rules set."""
    generated_texts: Mapping[str, str] = request.getfixturevalue(files)
    rules_files = [text for path, text in generated_texts.items() if path.endswith(".rules.yml")]
    of_rules = {label for text in rules_files for rule in rules(text) for label in rule["labels"]}
    routes = amtool.every(read_yaml(generated_texts["rules/alertmanager.yml"])["route"])
    of_routes = {matcher.split("=")[0].rstrip("!") for route in routes for matcher in route.get("matchers", [])}
    assert of_routes <= {"alertname", *of_rules}


def test_every_health_alert_has_a_route_of_its_own(all_texts: Mapping[str, str]) -> None:
    """Keep health alerts off the routes of KPI alerts, where other health alerts would inhibit them."""
    health_alerts: set[str] = set()
    for path, text in all_texts.items():
        # The synthetic company also has KPIs in an area that is called health.
        if path.endswith(".rules.yml") and path != "rules/acme.rules.yml":
            for group in read_yaml(text)["groups"]:
                if group["name"].endswith("-health") or group["name"] == "kpi-exporter":
                    health_alerts |= {rule["alert"] for rule in group["rules"] if "alert" in rule}
    routed = {*conventions.DATA_ALERTS, *conventions.EXPORTER_ALERTS, conventions.EXPORTER_DOWN, conventions.WATCHDOG}
    routed |= {conventions.EXPECTED_DIGEST_ALERT, conventions.EXPECTED_TICKET_ALERT}  # a critical KPI inhibits them
    assert {"KpiSourceDown", "KpiSourceOverdue", "KpiUnknown", "KpiExporterDown"} <= health_alerts <= routed
