"""Amounts in another currency than the company's: where they are told, and the lines that replace them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from click.testing import CliRunner

from exporter.catalogue.loading import load
from exporter.catalogue.reading.foreign_amounts import lines_to_paste
from exporter.catalogue.reading.problems import CatalogueError
from exporter.catalogue.resolution.scenarios import parse_settings
from exporter.cli import commands

TAKINGS = "SELECT period.period, 'north' AS store, 1 AS value FROM period"


def kpi(id_: str, **keys: object) -> dict[str, object]:
    common = {"title": id_, "area": "finance", "definition": "It counts.", "window": "month"}
    return {id_: {**common, "formula": "takings", "unit": "money", **keys}}


def write(file: Path, document: Mapping[str, object]) -> Path:
    file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file


def base(folder: Path, kpis: dict[str, object], **keys: object) -> Path:
    """Write a company in EUR, and one in USD that extends it; return the file of the second."""
    links = {"runbooks": "https://example.org/r", "dashboards": "https://example.org/d"}
    common = {"company": "base", "title": "Base", "currency": "EUR", "timezone": "UTC", "launch": "2025-01-01"}
    measures = {"takings": {"doc": "Takings.", "unit": "money", "by": ["store"], "sql": TAKINGS}}
    text = yaml.safe_dump(
        {**common, "links": links, "kpis": kpis, "measures": measures, **keys}, allow_unicode=True, sort_keys=False
    )
    (folder / "base.yaml").write_text(text.replace("'2025-01-01'", "2025-01-01"), encoding="utf-8")
    return write(folder / "acme.yaml", {"extends": "base.yaml", "company": "acme", "currency": "USD"})


def test_amounts_that_name_another_currency_are_one_problem_with_their_places(tmp_path: Path) -> None:
    file = base(
        tmp_path,
        {
            **kpi("sales", target="> €4,000", critical="< 2000 EUR"),
            **kpi("profit", plan="Y1 €10K, Y2 20K", benchmark={"A": "£5", "B": "€0"}, classes={"low": "< EUR 1k"}),
        },
        scenarios={"less": {"takings": "-€500"}},
    )
    with pytest.raises(CatalogueError) as caught:
        load(file, {})
    assert len(caught.value.problems) == 1, caught.value
    (problem,) = caught.value.problems
    text = str(problem)
    assert text.startswith(f"{file}:3:11: currency: acme is in USD, but 6 amounts name another currency")
    named = ("sales.target", "sales.critical", "profit.plan", "profit.benchmark.A", "profit.classes.low")
    for path in (*(f"kpis.{each}" for each in named), "scenarios.less.takings"):
        assert text.count(f"{path}: ") == 1
    assert "base.yaml:17:13 kpis.sales.target: > €4,000 (EUR)" in text
    pasted = yaml.safe_load(text[text.index("\nkpis:") :])
    assert pasted == {
        "kpis": {
            "sales": {"target": "> 4,000", "critical": "< 2000"},
            "profit": {"plan": "Y1 10K, Y2 20K", "classes": {"low": "< 1k"}, "benchmark": {"A": "5"}},
        },
        "scenarios": {"less": {"takings": "-500"}},
    }
    with file.open("a", encoding="utf-8") as catalogue:
        catalogue.write(text[text.index("\nkpis:") :])
    assert load(file, {}).kpis["sales"].target is not None


def test_bare_amounts_of_an_extended_file_are_in_its_currency_and_left_out(tmp_path: Path) -> None:
    objectives = [{"quarter": "2026-Q1", "objective": "Grow", "key_result": "KR1", "target": "10000"}]
    file = base(
        tmp_path,
        {
            **kpi(
                "sales", target="> 4,000", warning="< 0", critical="declines > 15%", hold="30m", objectives=objectives
            ),
            **kpi("profit", plan="Y1 10K", target="plan", warning="< 80% of plan", critical="< -100"),
            **kpi("share", unit="ratio", formula="1 / 2", target="> 40%", plan="Y1 50%"),
        },
    )
    company = load(file, {})
    sales, profit, share = (company.kpis[name] for name in ("sales", "profit", "share"))
    assert (sales.target, profit.target, profit.warning, profit.critical) == (None, None, None, None)
    assert (profit.plans, sales.objectives) == ({}, ())
    assert sales.warning is not None
    assert sales.critical is not None
    assert share.target is not None
    assert share.plans
    assert [".".join(map(str, amount.path)) for amount in company.left_out] == [
        "kpis.sales.target",
        "kpis.sales.objectives.0.target",
        "kpis.profit.plan",
        "kpis.profit.critical",
    ]
    with file.open("a", encoding="utf-8") as catalogue:
        catalogue.write(lines_to_paste(company.left_out))
    decided = load(file, {})
    assert decided.left_out == ()
    assert decided.kpis["profit"].warning is not None
    assert decided.kpis["sales"].target is not None
    assert decided.kpis["sales"].target.bounds[0].level == Decimal(4000)
    assert decided.kpis["sales"].objectives[0].objective == "Grow"


def test_null_decides_that_there_is_none(tmp_path: Path) -> None:
    file = base(tmp_path, kpi("sales", target="> 4,000", warning="< 0"))
    document = {"extends": "base.yaml", "company": "acme", "currency": "USD", "kpis": {"sales": {"target": None}}}
    assert load(write(file, document), {}).left_out == ()


def test_a_file_between_that_names_no_currency_has_that_of_what_it_extends(tmp_path: Path) -> None:
    base(tmp_path, kpi("sales"))
    write(tmp_path / "middle.yaml", {"extends": "base.yaml", "kpis": {"sales": {"target": "> 4,000"}}})
    top = {"extends": "middle.yaml", "company": "top", "kpis": {"sales": {"warning": "< 9"}}}
    left_out = load(write(tmp_path / "top.yaml", {**top, "currency": "GBP"}), {}).left_out
    assert [(amount.currency, amount.where) for amount in left_out] == [("EUR", "middle.yaml:4:13")]
    assert load(write(tmp_path / "top.yaml", top), {}).left_out == ()


def test_a_segment_without_its_plan_has_no_threshold_on_it(tmp_path: Path) -> None:
    plans = {"store": {"north": "Y1 10K", "south": "Y1 0"}}
    parts = "< 50% of plan (north), < 50% of plan (south)"
    company = load(base(tmp_path, kpi("sales", by=["store"], plan_by=plans, warning=parts)), {})
    assert company.kpis["sales"].warning is None
    assert list(company.kpis["sales"].segment_plans) == ["south"]


def test_check_tells_what_is_left_out_and_is_content(tmp_path: Path) -> None:
    file = base(tmp_path, kpi("sales", target="> 4,000"))
    result = CliRunner().invoke(commands, ["check", str(file)])
    assert result.exit_code == 0
    assert result.output == dedent("""\
        acme: 1 KPI, 0 sources, no mistakes
        note: acme: the company is in USD, and leaves out what base.yaml says in EUR: kpis.sales.target; decide each number, and write in acme.yaml:
        kpis:
          sales:
            target: "> 4,000"   # in EUR it was > 4,000
        """)  # noqa: E501


def test_what_if_refuses_an_amount_in_another_currency(tmp_path: Path) -> None:
    company = load(base(tmp_path, kpi("sales")), {})
    with pytest.raises(ValueError, match=r"^takings: '\+€500' is not a change of an amount in the unit USD; write"):
        parse_settings(company, ["takings=+€500"])
    assert parse_settings(company, ["takings=+$500"])["takings"].amount == 500
