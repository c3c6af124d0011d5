"""Tests of the rules for `promtool test rules`: every threshold, at and around its limit, with exact words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from exporter import conventions
from exporter.alerts.accumulating import AccumulatingAlert
from exporter.alerts.bound_alert import BoundAlert
from exporter.alerts.kpi_alerts import DivergenceAlert, kpi_alerts
from exporter.alerts.operator import linking_company
from exporter.catalogue.model import Company
from exporter.generate.rule_tests.accumulation_tests import AccumulationTest
from exporter.generate.rule_tests.company_alert_tests import company_tests
from exporter.generate.rule_tests.divergence_tests import DivergenceTest
from exporter.generate.rule_tests.exporter_alert_tests import exporter_tests
from exporter.generate.rule_tests.recording_tests import recording_tests
from exporter.generate.rule_tests.references import with_references
from exporter.generate.rule_tests.replica_failover import replica_failover_test
from exporter.generate.rule_tests.threshold_tests import ThresholdTest
from exporter.generate.rule_tests.timeline import Test
from exporter.generate.text import yaml_file_with_references


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the files of tests by path, one per company and one for exporters."""
    linked = linking_company(companies)
    if linked is None:
        return {conventions.rule_tests_file(conventions.EXPORTER): _file([conventions.EXPORTER], iter(()))}
    files = {
        company.name: _file([company.name, conventions.EXPORTER], _tests(company, linked)) for company in companies
    }
    files[conventions.EXPORTER] = _file([conventions.EXPORTER], exporter_tests(linked))
    return {conventions.rule_tests_file(name): text for name, text in files.items()}


def _file(names: Sequence[str], tests: Iterator[Test]) -> str:
    rules = [f"../{PurePosixPath(conventions.rules_file(name)).name}" for name in names]
    referring = list(with_references(tests))
    return yaml_file_with_references({"rule_files": rules, "evaluation_interval": "1m", "tests": referring})


def _tests(company: Company, linked: Company) -> Iterator[Test]:
    yield from _kpi_tests(company)
    yield from company_tests(company)
    yield replica_failover_test(company, linked)
    yield from recording_tests(company)


def _kpi_tests(company: Company) -> Iterator[Test]:
    """Yield a test per KPI, per segment that has a limit, and per divergence."""
    bounds: dict[tuple[str, str], list[BoundAlert]] = {}
    diverging: dict[str, list[DivergenceAlert]] = {}
    for alert in kpi_alerts(company):
        if isinstance(alert, BoundAlert):
            bounds.setdefault((alert.kpi.id, alert.segment), []).append(alert)
        elif isinstance(alert, DivergenceAlert):
            diverging.setdefault(alert.kpi.id, []).append(alert)
    for alerts in bounds.values():
        accumulating = [alert for alert in alerts if isinstance(alert, AccumulatingAlert)]
        yield (AccumulationTest(accumulating) if accumulating else ThresholdTest(alerts)).test()
    yield from (DivergenceTest(alerts).test() for alerts in diverging.values())
