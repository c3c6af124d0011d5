"""Tests of the rules for `promtool test rules`: every threshold, at and around its limit, with the words it prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.courses import Course, DivergenceCourse, Test
from exporter.generate.drills import drills
from exporter.generate.kpi_alerts import BoundAlert, DivergenceAlert, kpi_alerts
from exporter.generate.text import yaml_file


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    return {conventions.rule_tests_file(company.name): yaml_file(_file(company)) for company in companies}


def _file(company: Company) -> Test:
    rules = PurePosixPath(conventions.rules_file(company.name)).name
    return {
        "rule_files": [f"../{rules}"],
        "evaluation_interval": "1m",
        "tests": [*_courses(company), *drills(company)],
    }


def _courses(company: Company) -> Iterator[Test]:
    """A test per KPI, one more for each of its segments that has a limit, and one for a divergence."""
    bounds: dict[tuple[str, str], list[BoundAlert]] = {}
    diverging: dict[str, list[DivergenceAlert]] = {}
    for alert in kpi_alerts(company):
        if isinstance(alert, BoundAlert):
            bounds.setdefault((alert.kpi.id, alert.segment), []).append(alert)
        elif isinstance(alert, DivergenceAlert):
            diverging.setdefault(alert.kpi.id, []).append(alert)
    yield from (Course(alerts).test() for alerts in bounds.values())
    yield from (DivergenceCourse(alerts).test() for alerts in diverging.values())
