"""What is generated for a company that has connected only some tables: nothing that waits for the others."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from exporter.alerts.bound_alert import BoundAlert
from exporter.alerts.kpi_alerts import kpi_alerts
from exporter.catalogue.connection import connected_part
from exporter.catalogue.loading import load, shipped_file
from exporter.catalogue.model import Company
from exporter.generate.registry import generated
from exporter.records.tables import TABLES
from exporter.sources.registry import kinds
from tests.generate.rules_files import alerts, rules
from tests.servers import promtool
from tests.support.folders import write_all

pytestmark = [pytest.mark.slow, pytest.mark.newest]

COMPANIES = ("unit-economics", "managed-kubernetes")
_METRIC = re.compile(r"\bkpi_\w+")
_KPI = re.compile(r"""kpi=~?\\?["']([^"'\\]+)""")
"""KPIs that PromQL names, alone or as alternatives."""


def with_tables(name: str, tables: Collection[str]) -> Company:
    """Return a shipped company with one source, of files, that fills these tables."""
    options = {"type": "files", "tables": {table: {"path": f"{table}.csv"} for table in tables}}
    return replace(load(shipped_file(name)), sources={"books": kinds()["files"].model_validate(options)})


def of_company(company: Company) -> Mapping[str, str]:
    """Return the generated files about the company; the others describe the program."""
    files = generated([company])
    return {path: text for path, text in files.items() if path.split("/")[0] in ("rules", "grafana")}


def check_only_connected(company: Company) -> None:
    """Assert that files name connected KPIs only, and that each of these has its panel."""
    files = of_company(company)
    connected = {id_ for id_, kpi in company.kpis.items() if company.connected(kpi)}
    metrics = {
        kpi.metric(dimension)
        for kpi in company.kpis.values()
        if kpi.id not in connected
        for dimension in (None, *kpi.by)
    }
    named: set[str] = set()
    for path, text in files.items():
        assert not metrics.intersection(_METRIC.findall(text)), path
        if not path.startswith("rules/tests/"):  # those of alerts on the data take any KPI
            named |= {id_ for ids in _KPI.findall(text) for id_ in ids.split("|")}
    assert named & company.kpis.keys() == connected
    about = [rule for rule in rules(files[f"rules/{company.name}.rules.yml"]) if "kpi" in rule.get("labels", {})]
    with_thresholds = {kpi.id for kpi in connected_part(company).kpis.values() if kpi.thresholds}
    assert {rule["labels"]["kpi"] for rule in about} == with_thresholds


@pytest.mark.parametrize("name", COMPANIES)
def test_one_table_gives_rules_boards_and_tests_of_what_it_feeds(name: str) -> None:
    company = with_tables(name, ["subscription_items"])
    assert 5 < sum(map(company.connected, company.kpis.values())) < len(company.kpis) / 2
    check_only_connected(company)


@pytest.mark.parametrize("name", COMPANIES)
@pytest.mark.parametrize("seed", range(4))
def test_some_tables_do(name: str, seed: int) -> None:
    random = Random(f"{name} {seed}")
    check_only_connected(with_tables(name, random.sample(sorted(TABLES), random.randrange(4, len(TABLES)))))


def test_a_company_of_which_nothing_is_connected_has_the_alerts_on_its_data() -> None:
    company = with_tables("unit-economics", ["fx_rates"])
    files = of_company(company)
    assert not any("kpi" in rule.get("labels", {}) for rule in rules(files["rules/unit-economics.rules.yml"]))
    names = {rule["alert"] for rule in alerts(files["rules/unit-economics.rules.yml"])}
    assert "KpiSourceDown" in names
    assert not names & {"KpiUnknown", "KpiSeriesAbsent"}


@pytest.mark.parametrize("name", COMPANIES)
def test_no_alert_is_on_a_segment_that_has_no_labels(name: str) -> None:
    for tables in (["subscription_items"], ["subscription_items", "acquisition_costs", "deals", "ledger_entries"]):
        of_segments = [
            each
            for each in kpi_alerts(connected_part(with_tables(name, tables)))
            if isinstance(each, BoundAlert) and each.segment
        ]
        assert not of_segments


@pytest.mark.integration
@pytest.mark.parametrize("name", COMPANIES)
@pytest.mark.parametrize("table", ["subscription_items", "fx_rates"])
def test_every_alert_that_is_left_can_fire(name: str, table: str, tmp_path: Path) -> None:
    """Run the generated rule tests, in which each alert fires."""
    write_all(tmp_path, of_company(with_tables(name, [table])))
    files = sorted(map(str, (tmp_path / "rules" / "tests").glob("*.yml")))
    code, output = promtool.run("test", "rules", *files)
    assert code == 0, output


def test_a_template_is_generated_whole() -> None:
    company = load(shipped_file("unit-economics"))
    everything = with_tables("unit-economics", TABLES)
    of_template, of_all = of_company(company), of_company(everything)
    assert of_template.keys() == of_all.keys()
    inhibitions = "rules/alertmanager.yml"  # by the sources behind each KPI, which a template does not have
    differing = {path for path, text in of_template.items() if text != of_all[path]}
    assert {path for path in differing if "/runbooks/" not in path} == {inhibitions}
