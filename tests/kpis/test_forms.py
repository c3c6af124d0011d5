"""Every form of target and threshold through the real path: at its limit and to either side, in status and series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from exporter.analysis.explain.answer import explanation
from exporter.analysis.explain.request import ExplainRequest
from exporter.analysis.explain.text import explanation_text
from exporter.catalogue.language.plans import Scenario
from exporter.kpis.reading import Status
from tests.support.world import MakeWorld, TableRow, World, utc

pytestmark = pytest.mark.slow

NOW = utc("2026-04-01T06:00")
FINE, WARNING, CRITICAL = Status.OK, Status.WARNING, Status.CRITICAL

NUMBERS = {
    "doc": "Numbers by name, as the rows give them for the month; that of `all` is the headline.",
    "unit": "count",
    "by": ["tier"],
    "sql": """
        SELECT period.period, plans.kpi AS tier, plans.kpi = 'all' AS is_total, MAX(plans.value) AS value
        FROM period
        JOIN plans
            ON plans.effective_on > CAST(period.starts AS DATE) AND plans.effective_on < CAST(period.ends AS DATE)
        GROUP BY period.period, plans.kpi
    """,
}
COMMON = {
    "title": "A number",
    "area": "growth",
    "definition": "It counts.",
    "window": "month",
    "unit": "ratio",
    "formula": "numbers",
    "by": ["tier"],
}


def numbers(month: int, **inputs: float) -> list[TableRow]:
    """Rows that give the numbers of a month of 2026 by name."""
    common = {"scenario": "base", "effective_on": f"2026-{month:02}-15"}
    return [{**common, "kpi": name, "value": repr(value)} for name, value in inputs.items()]


def having(world: MakeWorld, rows: list[TableRow], kpis: Mapping[str, Mapping[str, Any]], **more: Any) -> World:
    catalogue = {
        "kpis": {id_: {**COMMON, **kpi} for id_, kpi in kpis.items()},
        "measures": {"numbers": NUMBERS},
        **more,
    }
    return world({"plans": rows}, catalogue=catalogue).poll(NOW)


def test_a_threshold_says_whether_it_is_in_force(world: MakeWorld) -> None:
    kpis = {
        "begun": {"warning": "< plan", "plan": "M+1 50%"},
        "to_come": {"warning": "< plan", "critical": "< 50% of plan", "plan": "M+6 50%"},
        "recorded": {"warning": "< plan", "plan": "per phase"},
        "yearly": {"warning": "< 20% (year 1), < 30% (year 2+)", "critical": "< 10% (year 2)"},
        "late": {"critical": "< 50% of plan (year 1)", "plan": "M+6 50%"},
        "always": {"warning": "< 20%"},
    }
    series = having(world, numbers(3, all=0.4), kpis, launch="2026-01-01").series(NOW)
    result = {name: value for name, value in series.items() if name.startswith("kpi_threshold_in_force{")}
    about = 'kpi_threshold_in_force{company="acme",kpi="%s",severity="%s"}'
    assert {name: value for name, value in result.items() if any(f'kpi="{kpi}"' in name for kpi in kpis)} == {
        about % ("begun", "warning"): 1,
        about % ("to_come", "warning"): 0,
        about % ("to_come", "critical"): 0,
        about % ("recorded", "warning"): 1,  # it ought to be there, though no row of it is
        about % ("yearly", "warning"): 1,
        about % ("yearly", "critical"): 0,
        about % ("late", "critical"): 0,
    }
    assert 'kpi_plan{company="acme",kpi="recorded",scenario="base"}' not in series


@pytest.mark.slow
@pytest.mark.parametrize(
    ("written", "previous", "limit", "at", "below", "above"),
    [
        ("compresses > 200 bp", 0.75, 0.73, FINE, WARNING, FINE),
        ("down 300bp", 0.75, 0.72, WARNING, WARNING, FINE),
        ("declines > 15%", 2.0, 1.7, FINE, WARNING, FINE),
        ("up more than 50%", 0.5, 0.75, FINE, FINE, WARNING),
        ("up at least 50%", 0.5, 0.75, WARNING, FINE, WARNING),
        ("decelerates", 0.25, 0.25, FINE, WARNING, FINE),
        ("decelerates", -0.25, -0.25, FINE, WARNING, FINE),
    ],
)
def test_a_change_against_the_period_before(
    world: MakeWorld, written: str, previous: float, limit: float, at: Status, below: Status, above: Status
) -> None:
    result = {}
    for value in (limit, round(limit - 1e-6, 6), round(limit + 1e-6, 6)):
        acme = having(world, [*numbers(2, all=previous), *numbers(3, all=value)], {"x": {"warning": written}})
        reading, series = acme.read("x", NOW), acme.series(NOW)
        assert reading.value == value
        assert series['kpi_previous{company="acme",kpi="x"}'] == previous
        assert series['kpi_threshold{company="acme",kpi="x",severity="warning"}'] == limit
        assert series['kpi_status{company="acme",kpi="x"}'] == reading.status
        result[value] = reading.status
    assert list(result.values()) == [at, below, above]


@pytest.mark.parametrize("written", ["compresses > 200 bp", "declines > 15%", "decelerates"])
def test_nothing_has_changed_where_nothing_is_known_of_before(world: MakeWorld, written: str) -> None:
    acme = having(world, numbers(3, all=-9), {"x": {"warning": written}})
    assert acme.read("x", NOW).status is FINE
    assert acme.read("x", NOW).thresholds == {"warning": ()}


@pytest.mark.parametrize("previous", [0.0, -1.0])
def test_a_share_of_what_is_not_positive_says_nothing(world: MakeWorld, previous: float) -> None:
    acme = having(world, [*numbers(2, all=previous), *numbers(3, all=-9)], {"x": {"warning": "declines > 15%"}})
    assert acme.read("x", NOW).status is FINE


@pytest.mark.slow
@pytest.mark.parametrize(
    ("smb", "big", "headline", "expected"),
    [
        (11.99, 17.99, 99, FINE),
        (12, 17.99, 99, WARNING),
        (11.99, 18, 99, WARNING),
        (15, 17.99, 99, WARNING),
        (15.01, 17.99, 99, CRITICAL),
        (11.99, 17.99, 100, WARNING),
    ],
)
def test_segments_have_limits_of_their_own(
    world: MakeWorld, smb: float, big: float, headline: float, expected: Status
) -> None:
    limits = {
        "unit": "months",
        "segments": "tier",
        "target": "< 12 (SMB)",
        "warning": ">= 100, >= 12 (SMB), >= 18 (big)",
        "critical": "> 15 (SMB)",
    }
    measure = {**NUMBERS, "unit": "months"}
    rows = numbers(3, all=headline, SMB=smb, big=big, other=1000)
    acme = having(world, rows, {"x": limits}, measures={"numbers": measure})
    series = acme.series(NOW)
    assert acme.read("x", NOW).status is expected
    assert series['kpi_x_by_tier_months{company="acme",tier="SMB"}'] == smb
    assert {name: value for name, value in series.items() if name.startswith(("kpi_threshold", "kpi_target"))} == {
        'kpi_target{company="acme",kpi="x",segment="SMB"}': 12,
        'kpi_threshold{company="acme",kpi="x",severity="warning"}': 100,
        'kpi_threshold{company="acme",kpi="x",segment="SMB",severity="warning"}': 12,
        'kpi_threshold{company="acme",kpi="x",segment="big",severity="warning"}': 18,
        'kpi_threshold{company="acme",kpi="x",segment="SMB",severity="critical"}': 15,
    } | {name: series[name] for name in series if name.startswith("kpi_t") and 'kpi="x"' not in name}


def test_a_segment_that_is_unknown_crosses_nothing(world: MakeWorld) -> None:
    acme = having(world, numbers(3, all=1), {"x": {"segments": "tier", "warning": "< 5 (SMB)"}})
    assert acme.read("x", NOW).status is FINE


@pytest.mark.parametrize(
    ("stock", "sales", "expected"),
    [
        (0.01, -0.01, WARNING),
        (0.0, -0.01, FINE),
        (0.01, 0.0, FINE),
        (0.0, 0.0, FINE),
        (-0.01, 0.01, FINE),
        (0.084, -0.073, WARNING),
        (None, -0.01, FINE),
        (0.01, None, FINE),
    ],
)
def test_two_that_part_ways(world: MakeWorld, stock: float | None, sales: float | None, expected: Status) -> None:
    names = {name: value for name, value in (("stock", stock), ("sales", sales)) if value is not None}
    kpis = {
        "x": {"warning": "stock_growth > 0 while sales_growth < 0"},
        "stock_growth": {"formula": 'numbers["stock"]'},
        "sales_growth": {"formula": 'numbers["sales"]'},
    }
    acme = having(world, numbers(3, all=1, **names), kpis)
    assert acme.read("x", NOW).status is expected


@pytest.mark.parametrize(
    ("value", "expected", "met"),
    [(3.99, WARNING, False), (4, FINE, True), (8, FINE, True), (8.01, WARNING, False)],
)
def test_a_band(world: MakeWorld, value: float, expected: Status, met: bool) -> None:
    acme = having(world, numbers(3, all=value), {"x": {"target": "4 to 8", "warning": "outside 4 to 8"}})
    reading, series = acme.read("x", NOW), acme.series(NOW)
    assert reading.status is expected
    assert all(level.holds(value, {}) for level in reading.target) is met
    for family, also in (("kpi_target", ""), ("kpi_threshold", ',severity="warning"')):
        assert series[f'{family}{{bound="lower",company="acme",kpi="x"{also}}}'] == 4
        assert series[f'{family}{{bound="upper",company="acme",kpi="x"{also}}}'] == 8


@pytest.mark.parametrize(("value", "expected"), [(3.99, FINE), (4, FINE), (4.01, CRITICAL)])
def test_an_sla_beside_the_internal_target(world: MakeWorld, value: float, expected: Status) -> None:
    acme = having(world, numbers(3, all=value), {"x": {"target": "< 2", "critical": "> 4 (SLA)"}})
    series = acme.series(NOW)
    assert acme.read("x", NOW).status is expected
    assert series['kpi_target{company="acme",kpi="x"}'] == 2
    assert series['kpi_threshold{bound="sla",company="acme",kpi="x",severity="critical"}'] == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "name"),
    [(0.99, "low"), (1, "fair"), (2, "fair"), (2.5, None), (3, None), (3.01, "good")],
)
def test_classes_are_states_and_no_alarm(world: MakeWorld, value: float, name: str | None) -> None:
    classes = {"low": "< 1", "fair": "1 to 2", "good": "> 3"}
    acme = having(world, numbers(3, all=value), {"x": {"unit": "ratio n:1", "classes": classes}})
    series = acme.series(NOW)
    assert acme.read("x", NOW).status is FINE
    assert {each: series[f'kpi_class{{class="{each}",company="acme",kpi="x"}}'] for each in classes} == {
        each: float(each == name) for each in classes
    }


def test_what_is_unknown_belongs_to_no_class_and_has_no_status(world: MakeWorld) -> None:
    acme = having(world, numbers(3, other=1), {"x": {"classes": {"low": "< 1"}, "warning": "< 1"}})
    series = acme.series(NOW)
    assert not [name for name in series if name.startswith("kpi_class")]
    assert 'kpi_status{company="acme",kpi="x"}' not in series


def test_benchmarks_and_key_results(world: MakeWorld) -> None:
    objective = {"quarter": "2026-Q1", "objective": "Grow", "key_result": "KR1", "target": "< 5%"}
    kpis: Mapping[str, Mapping[str, Any]] = {
        "x": {"benchmark": "15% to 25%", "objectives": [objective]},
        "y": {"benchmark": {"Competitor A": "24%", "Competitor B": "> 90%"}},
        "z": {"benchmark": "< 3%"},
    }
    series = having(world, numbers(3, all=1), kpis).series(NOW)
    result = {name: value for name, value in series.items() if name.startswith(("kpi_benchmark", "kpi_objective"))}
    assert result == {
        'kpi_benchmark{bound="lower",company="acme",kpi="x",name="peers"}': 0.15,
        'kpi_benchmark{bound="upper",company="acme",kpi="x",name="peers"}': 0.25,
        'kpi_benchmark{company="acme",kpi="y",name="Competitor A"}': 0.24,
        'kpi_benchmark{bound="lower",company="acme",kpi="y",name="Competitor B"}': 0.9,
        'kpi_benchmark{bound="upper",company="acme",kpi="z",name="peers"}': 0.03,
        'kpi_objective{company="acme",key_result="KR1",kpi="x",quarter="2026-Q1"}': 0.05,
    }


@pytest.mark.parametrize(
    ("now", "target"),
    [("2026-06-30T21:59", 0.5), ("2026-06-30T22:00", 0.2), ("2026-12-31T22:59", 0.2)],
)
def test_a_target_of_a_phase(world: MakeWorld, now: str, target: float) -> None:
    acme = having(world, [], {"x": {"target": "+50% (phase 1), +20% (phase 2)"}}, phases={1: "M0", 2: "M+6"})
    assert acme.series(utc(now))['kpi_target{company="acme",kpi="x"}'] == target


@pytest.mark.parametrize(("value", "expected"), [(0.59, FINE), (0.6, FINE), (0.61, WARNING)])
def test_a_ceiling(world: MakeWorld, value: float, expected: Status) -> None:
    limits = {"target": "plan (a ceiling)", "warning": "> plan", "plan": "2026-04-01 60%"}
    acme = having(world, numbers(3, all=value), {"x": limits})
    reading = acme.read("x", NOW)
    assert reading.status is expected
    assert [(level.bound.comparison, level.limit) for level in reading.target] == [("<=", 0.6)]
    assert acme.series(NOW)['kpi_attainment{company="acme",kpi="x"}'] == value / 0.6


@pytest.mark.parametrize(("value", "expected"), [(23.34, WARNING), (23.33, FINE), (23.32, FINE)])
def test_a_share_of_the_plan_is_one_of_the_plan_as_published(world: MakeWorld, value: float, expected: Status) -> None:
    """The plan is 23.333... EUR, and published as 23.33."""
    limits = {
        "unit": "EUR",
        "warning": "> 100% of plan",
        "plan": "2026-03-31 20, 2026-04-03 30",
        "plan_shape": "linear",
    }
    acme = having(world, numbers(3, all=value), {"x": limits}, measures={"numbers": {**NUMBERS, "unit": "EUR"}})
    assert acme.read("x", utc("2026-03-31T22:00")).plan[Scenario.BASE] == 23.33
    assert acme.read("x", utc("2026-03-31T22:00")).status is expected


@pytest.mark.parametrize(("organic", "expected"), [(0.6, FINE), (0.59, WARNING), (0.3, WARNING), (0.29, CRITICAL)])
def test_plans_of_segments(world: MakeWorld, organic: float, expected: Status) -> None:
    limits = {
        "target": "plan",
        "warning": "< plan",
        "critical": "< 50% of plan (organic)",
        "plan_by": {"tier": {"organic": "2026-04-01 60%", "paid": "2026-05-01 20%"}},
    }
    acme = having(world, numbers(3, all=0.1, organic=organic, paid=0.01), {"x": limits})
    series = acme.series(NOW)
    assert acme.read("x", NOW).status is expected
    assert {name: value for name, value in series.items() if name.startswith("kpi_plan") and '"x"' in name} == {
        'kpi_plan{company="acme",kpi="x",scenario="base",segment="organic"}': 0.6
    }
    assert series['kpi_target{company="acme",kpi="x",segment="organic"}'] == 0.6


def test_a_range_of_quarters(world: MakeWorld) -> None:
    plan = {"base": "M+12 25", "range": "Q2 2026 25-75, Q4 2026 150-250, Q1-Q2 2027 400-600"}
    acme = having(world, [], {"x": {"unit": "count", "plan": plan}})

    def planned(now: str) -> tuple[float | None, float | None]:
        series = acme.series(utc(now))
        names = (f'kpi_plan{{company="acme",kpi="x",scenario="{side}"}}' for side in ("lower", "upper"))
        lower, upper = (series.get(name) for name in names)
        return lower, upper

    assert planned("2026-03-31T21:59") == (None, None)
    assert planned("2026-03-31T22:00") == (25, 75)
    assert planned("2026-09-30T21:59") == (25, 75)
    assert planned("2026-09-30T22:00") == (150, 250)
    assert planned("2026-12-31T23:00") == (400, 600)
    assert planned("2028-01-01") == (400, 600)


def test_attainment_is_that_of_a_plan_above_zero(world: MakeWorld) -> None:
    plans = {"x": "M0 4", "y": "M0 0", "z": "M0 -4"}
    kpis = {id_: {"unit": "count", "plan": plan} for id_, plan in plans.items()}
    series = having(world, numbers(3, all=3), kpis).series(NOW)
    result = {name: value for name, value in series.items() if name.startswith("kpi_attainment")}
    assert result == {'kpi_attainment{company="acme",kpi="x"}': 0.75}


def test_a_scenario(world: MakeWorld) -> None:
    scenarios = {"up": {"numbers": "+20%"}}
    series = having(world, numbers(3, all=0.5), {"x": {}}, scenarios=scenarios).series(NOW)
    assert series['kpi_scenario{company="acme",kpi="x",scenario="up"}'] == 0.6


def test_explain_tells_what_it_is_held_against(world: MakeWorld) -> None:
    kpis: Mapping[str, Mapping[str, Any]] = {
        "x": {
            "segments": "tier",
            "target": "< 2, < 1 (SMB)",
            "warning": "up more than 50%",
            "critical": "stock_growth > 0 while sales_growth < 0",
            "classes": {"high": "> 4"},
            "benchmark": {"Competitor A": "24%"},
        },
        "stock_growth": {"formula": 'numbers["stock"]'},
        "sales_growth": {"formula": 'numbers["sales"]'},
    }
    rows = [*numbers(2, all=2), *numbers(3, all=3.5, SMB=0.5, stock=0.1, sales=-0.1)]
    acme = having(world, rows, kpis)
    text = explanation_text(explanation(ExplainRequest(acme.company, acme.company.kpis["x"]), acme.store, NOW))
    for line in (
        "Target    < 2, < 1 (SMB)   (< 2, SMB < 1)",
        "Warning   up more than 50%   (> 3)",
        "Critical  stock_growth > 0 while sales_growth < 0",
        "Benchmark Competitor A: 24%",
        "Segment   SMB: 0.5",
        "Status    critical",
        "Class     none of those named",
    ):
        assert line in text.splitlines()
