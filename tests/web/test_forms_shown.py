"""Segments, classes, benchmarks and plans of segments, as the page and the JSON show them."""

from __future__ import annotations

from dataclasses import replace

from exporter.analysis.explain.answer import Explanation
from exporter.catalogue.language import benchmarks, classes, objectives, thresholds
from exporter.catalogue.language.plans import Scenario
from exporter.web.json_view import document
from exporter.web.pages.kpi_tables import levels_table
from tests.support.readings import NOW, company_reading, kpi, reading

PLAIN = kpi("ltv_cac", "ratio n:1", by=("tier",))
KPI = replace(
    PLAIN,
    segments="tier",
    warning=thresholds.parse("< 3, < 2 (SMB)", PLAIN.unit, target=False, segmented=True),
    classes=(
        classes.parse("not_well", "< 1", PLAIN.unit),
        classes.parse("well", "3 to 5", PLAIN.unit),
    ),
    benchmarks=(benchmarks.parse("peers", "3 to 4", PLAIN.unit), benchmarks.parse("B", "9", PLAIN.unit)),
    objectives=(objectives.parse("2026-Q1", "Grow", "KR1", "< 5", PLAIN.unit, lower=False),),
)
READING = company_reading(
    [
        reading(
            KPI,
            3.5,
            breakdowns={"tier": {"SMB": 2.5}, "region": {"north": 9.0}},
            plan={Scenario.BASE: 7.0},
            segment_plan={"SMB": 2.0},
        )
    ]
)


def test_on_the_page() -> None:
    explanation = Explanation(READING.company, READING.kpis[0], NOW, None, (), (), {}, None)
    assert [[None if cell is None else str(cell) for cell in row] for row in levels_table(explanation, "").rows] == [
        ["warning", "< 3", "3", "not crossed"],
        ["warning of SMB", "< 2", "2", "not crossed, at 2.5"],
        ["class not well", "< 1", None, None],
        ["class well", "3 to 5", None, "current class"],
        ["benchmark, peers", "3 to 4", None, None],
        ["benchmark, B", "9", None, None],
        ["2026-Q1 KR1: Grow", "< 5", None, "reached"],
    ]


def test_as_json() -> None:
    ((view,),) = (company["kpis"] for company in document([READING])["companies"])
    assert view["classes"] == {"not_well": False, "well": True}
    assert view["benchmarks"] == {"peers": {"lower": 3.0, "upper": 4.0}, "B": {"value": 9.0}}
    assert (view["attainment"], view["segment_plan"]) == (0.5, {"SMB": 2.0})
    assert view["thresholds"]["warning"] == [
        {"comparison": "<", "limit": 3.0},
        {"comparison": "<", "limit": 2.0, "segment": "SMB"},
    ]
    assert view["objectives"] == [
        {"quarter": "2026-Q1", "objective": "Grow", "key_result": "KR1", "comparison": "<", "target": 5.0}
    ]
