"""How a KPI stands: wall, overview, the board of one KPI and the page say the same in every state."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from exporter import conventions
from exporter.catalogue.language.plans import Scenario
from exporter.generate.grafana import detail, overview, wall
from exporter.kpis.display_status import DisplayStatus, display_status
from exporter.kpis.levels import status
from exporter.kpis.reading import CompanyReading, Reading
from exporter.series.families import reading_families
from tests.servers import promtool
from tests.support.examples import first
from tests.support.readings import company_reading, kpi, reading

pytestmark = pytest.mark.integration

SIGNS = {
    DisplayStatus.CRITICAL: "✖",
    DisplayStatus.WARNING: "▲",
    DisplayStatus.OFF_TARGET: "▽",
    DisplayStatus.UNKNOWN: "?",
    DisplayStatus.OK: "✓",
    DisplayStatus.NO_TARGET: "–",
}
Choices = Sequence[tuple[Any, ...]]
FEW: Choices = [
    (None, 10.0, 50.0, 90.0),
    ("", "> 60", "20 to 60", "plan"),
    ("", "< 60"),
    ("", "> 80", "< 50% of plan"),
    (None, 100.0),
]
MANY: Choices = [
    (None, 10.0, 30.0, 50.0, 70.0, 90.0),
    ("", "> 60", "< 40", "20 to 60", "plan", "<= 70% of plan"),
    ("", "< 60", "< 90% of plan"),
    ("", "< 20", "> 80", "< 50% of plan"),
    (None, 40.0, 100.0),
]
"""Values, targets, warnings, criticals and plans."""


def states(choices: Choices) -> Iterator[Reading]:
    """Yield a reading of a KPI of its own for each combination."""
    for place, (value, target, warning, critical, plan) in enumerate(product(*choices)):
        texts = {"target": target, "warning": warning, "critical": critical}
        of = kpi(f"k{place}", "count", window="now", **{name: text for name, text in texts.items() if text})
        each = reading(of, value, plan={} if plan is None else {Scenario.BASE: plan})
        yield each if value is None else replace(each, status=status(value, each.thresholds))


@pytest.fixture(scope="module", params=first(1, (FEW, MANY)), ids=["few", "many"])
def company(request: pytest.FixtureRequest) -> CompanyReading:
    return company_reading(list(states(request.param)))


def test_every_state_is_among_the_combinations(company: CompanyReading) -> None:
    assert {display_status(each) for each in company.kpis} == set(SIGNS)


def test_what_misses_its_target_is_in_order_nowhere(company: CompanyReading) -> None:
    for each in company.kpis:
        if each.target_missed:
            assert display_status(each) in (DisplayStatus.OFF_TARGET, DisplayStatus.WARNING, DisplayStatus.CRITICAL)


def test_boards_and_page_agree_in_every_state(company: CompanyReading, tmp_path: Path) -> None:
    """Give Prometheus what the exporter publishes, and read its answers as the panels do."""
    tests = [
        *_on_the_wall(company),
        *_in_tables(company),
        *_of_the_chosen(company),
    ]
    assert len(tests) == 2 * len(company.kpis) + 1
    series = [
        {"series": f"{sample.name}{_braced(sample.labels)}", "values": repr(float(sample.value))}
        for family in reading_families([company])
        for sample in family.samples
        if sample.name.startswith(("kpi_k", conventions.DISPLAY_STATUS, conventions.VALUE, conventions.INFO))
    ]
    code, output = promtool.run_test(tmp_path, {"interval": "1m", "input_series": series, "promql_expr_test": tests})
    assert code == 0, output[:5000]


def _on_the_wall(company: CompanyReading) -> Iterator[Mapping[str, Any]]:
    """Expect the label that the panel turns into the sign of the page's word."""
    panels = _panels(wall.generate, company)
    for each in company.kpis:
        panel = panels[conventions.panel_id(each.kpi.id)]
        (label,) = (
            rule["matcher"]["options"]
            for rule in panel["fieldConfig"]["overrides"]
            if rule["properties"][0]["value"].startswith(SIGNS[display_status(each)])
        )
        has_value = each.value is not None
        expression = panel["targets"][0]["expr"]
        # NaN is the one value that is not equal to itself.
        yield _expected(
            expression if has_value else f"({expression}) != bool ({expression})",
            f'{{status="{label}"}}',
            each.value if each.value is not None else 1,
        )


def _in_tables(company: CompanyReading) -> Iterator[Mapping[str, Any]]:
    """Expect in the one table of the overview, as all have the same unit, the numbers that it turns into the words."""
    (panel,) = _panels(overview.generate, company).values()
    (rule,) = (each for each in panel["fieldConfig"]["overrides"] if each["matcher"]["options"] == "Status")
    (query,) = (each["expr"] for each in panel["targets"] if each["refId"] == "status")
    numbers = {each.kpi.id: _number(rule["properties"][0]["value"], each) for each in company.kpis}
    samples = [
        {"labels": f'{{kpi="{id_}"}}', "value": float(number)} for id_, number in numbers.items() if number is not None
    ]
    yield {"expr": f"({query}) >= 0", "eval_time": "0m", "exp_samples": samples}


def _of_the_chosen(company: CompanyReading) -> Iterator[Mapping[str, Any]]:
    """Expect the same on the board of one KPI."""
    (panel,) = (each for each in _panels(detail.generate, company).values() if each["title"] == "Status")
    for each in company.kpis:
        expression = panel["targets"][0]["expr"].replace("$kpi", each.kpi.id)
        yield _expected_number(expression, "{}", _number(panel["fieldConfig"]["defaults"]["mappings"], each))


def _number(mappings: list[Mapping[str, Any]], each: Reading) -> str | None:
    """Return the number that the mappings turn into the sign and the word of the page; None for a missing one."""
    on_page = display_status(each)
    wanted = f"{SIGNS[on_page]} {on_page.text}"
    for mapping in mappings:
        if mapping["type"] == "value":
            for number, look in mapping["options"].items():
                if look["text"] == wanted:
                    return str(number)
    assert any(each["type"] == "special" and each["options"]["result"]["text"].endswith("unknown") for each in mappings)
    assert on_page is DisplayStatus.UNKNOWN
    return None


def _expected_number(expression: str, labels: str, number: str | None) -> Mapping[str, Any]:
    if number is None:
        return _expected(f"({expression}) != bool ({expression})", labels, 1)
    return _expected(expression, labels, float(number))


def _expected(expression: str, labels: str, value: float) -> Mapping[str, Any]:
    return {"expr": expression, "eval_time": "0m", "exp_samples": [{"labels": labels, "value": value}]}


def _panels(
    generate: Callable[[list[Any]], Mapping[str, str]], company: CompanyReading
) -> Mapping[int, Mapping[str, Any]]:
    texts = generate([company.company]).values()
    return {panel["id"]: panel for text in texts for panel in json.loads(text)["panels"]}


def _braced(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
