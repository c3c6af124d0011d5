"""docs/revenue.md: every number in its tables is that of a golden case, every formula one that the cases are asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.catalogue.loading import load
from exporter.revenue.policy import RevenuePolicy
from tests.kpis.test_golden_kpis import WORKED
from tests.revenue.golden.case import HERE, Case, cases

ROOT = HERE.parents[2]
PAGE = (ROOT / "docs" / "revenue.md").read_text("utf-8")
COMPANY: dict[str, Any] = yaml.safe_load((HERE / "company.yaml").read_text("utf-8"))["kpis"]
_CASE = r"\[(?P<case>\w+)\]\(\.\./tests/revenue/golden/cases/(?P=case)\.yaml\)"
_WHEN = r"(?P<when>\d{4}-\d\d(?:-\d\dT\d\d:\d\d)?)"
DEFINED = re.compile(rf"\| `(?P<kpi>\w+)` \|[^|]*\|(?P<formula>[^|]*)\| {_CASE} {_WHEN}: (?P<number>[^|]+) \|")
SWITCHED = re.compile(rf"\| `(?P<switch>\w+)` \|[^|]*\|[^|]*\| {_CASE} `(?P<kpi>[^`]+)` {_WHEN}: (?P<numbers>[^|]+) \|")
STATED = re.compile(rf"^\| (?P<sentence>[^|]*) \| {_CASE} `(?P<kpi>\w+)` {_WHEN}: (?P<number>[^|]+) \|$", re.MULTILINE)
ACCOUNTED = re.compile(r"\| `(?P<kpi>\w+)` \|[^|]*\| `(?P<formula>[^`|]+)` \| (?P<case>K\d+): (?P<number>[^|]+) \|")


def rows(form: re.Pattern[str]) -> list[Any]:
    return [pytest.param(match.groupdict(), id=match.group(1)) for match in form.finditer(PAGE)]


def agrees(text: str, value: float | None) -> bool:
    """Return whether a number as people write it is that value, to the places it is written with."""
    number = text.strip().replace("−", "-").replace(",", "")
    share = number.endswith("%")
    digits = number.removesuffix("%")
    places = len(digits.partition(".")[2])
    return value is not None and abs(float(digits) - value * (100 if share else 1)) <= 0.5 * 10**-places + 1e-9


def variants(stem: str) -> list[Case]:
    return [case for case in cases() if case.name.split(" ")[0] == stem]


@pytest.mark.parametrize("row", rows(DEFINED))
def test_each_definition_has_the_number_and_the_formula_of_its_case(row: dict[str, str]) -> None:
    default = variants(row["case"])[0]
    assert RevenuePolicy.model_validate(default.policy) == RevenuePolicy()
    assert agrees(row["number"], default.stated[row["when"]][row["kpi"]])
    assert row["formula"].strip().strip("`") == COMPANY[row["kpi"]].get("formula", "")


@pytest.mark.parametrize("row", rows(SWITCHED))
def test_each_switch_does_to_its_case_what_the_page_says(row: dict[str, str]) -> None:
    stated = {
        RevenuePolicy.model_validate(case.policy).switches()[row["switch"]]: case.stated[row["when"]].get(row["kpi"])
        for case in variants(row["case"])
        if row["when"] in case.stated
    }
    numbers = dict(pair.split(" ") for pair in row["numbers"].split(", "))
    assert RevenuePolicy().switches()[row["switch"]] == next(iter(numbers)), "the default first"
    for value, number in numbers.items():
        assert agrees(number, stated[value]), value


@pytest.mark.parametrize(
    "row", [pytest.param(each.groupdict(), id=f"{each['case']} {each['when']}") for each in STATED.finditer(PAGE)]
)
def test_each_sentence_has_the_number_of_its_case(row: dict[str, str]) -> None:
    default = variants(row["case"])[0]
    assert RevenuePolicy.model_validate(default.policy) == RevenuePolicy()
    value = default.stated[row["when"]][row["kpi"]]
    assert value is None if row["number"] == "none" else agrees(row["number"], value)


@pytest.mark.parametrize("row", rows(ACCOUNTED))
def test_what_comes_from_revenue_and_costs(row: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_text("extends: managed-kubernetes\ncompany: acme\n", "utf-8")
    assert load(tmp_path / "acme.yaml", {}).kpis[row["kpi"]].formula.text == row["formula"]
    assert agrees(row["number"], WORKED[row["case"]][row["kpi"]])


def test_no_definition_or_switch_is_left_out() -> None:
    """Leave out definitions that only name a step of another: the page does not define them."""
    steps = {
        "retained_in_a_quarter",
        "retained_logos_in_a_quarter",
        "month_nrr",
        "month_grr",
        "lost_mrr",
        "cohort_customers",
        "revenue_per_new_customer",
    }
    assert {match["kpi"] for match in DEFINED.finditer(PAGE)} == COMPANY.keys() - steps
    assert {match["switch"] for match in SWITCHED.finditer(PAGE)} == RevenuePolicy().switches().keys() - {"version"}
    assert len(list(ACCOUNTED.finditer(PAGE))) == 5
    assert len(list(STATED.finditer(PAGE))) == 15
