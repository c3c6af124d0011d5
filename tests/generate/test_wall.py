"""The wall: panels that fit, ask for series that exist, and colour them as the alerts judge them."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter import conventions
from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.generate.grafana.wall import generate
from tests.generate import promtool
from tests.generate.companies import write

Panel = dict[str, Any]

NAME = re.compile(r"\b(?:kpi_\w+|up|ALERTS)(?=\{)")


def panels(text: str) -> list[Panel]:
    found: list[Panel] = json.loads(text)["panels"]
    return found


def stats(company: Company) -> dict[int, Panel]:
    (text,) = generate([company]).values()
    return {panel["id"]: panel for panel in panels(text) if panel["type"] == "stat"}


@pytest.fixture(scope="module")
def boards(all_texts: Mapping[str, str]) -> Mapping[str, str]:
    return {path: text for path, text in all_texts.items() if path.endswith("/wall.json")}


def test_panels_fit(boards: Mapping[str, str]) -> None:
    for path, text in boards.items():
        places = [panel["gridPos"] for panel in panels(text)]
        assert all(place["x"] + place["w"] <= 24 for place in places)
        cells = [cell for place in places for cell in _cells(place)]
        assert len(cells) == len(set(cells)), f"{path}: panels overlap"
        assert max(place["y"] + place["h"] for place in places) <= 28, f"{path} has to be scrolled"


def _cells(place: Mapping[str, int]) -> itertools.product[tuple[int, int]]:
    return itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"]))


@pytest.mark.parametrize("sizes", [[1], [8], [9], [1, 1, 1, 1], [8] * 8, [7, 9, 12, 14, 5], [11, 14, 18, 16, 7, 6]])
def test_any_number_of_kpis_fits(tmp_path: Path, sizes: list[int]) -> None:
    kpis = {
        f"kpi_{area}_{index}": {"unit": "count", "area": f"area_{area}"}
        for area, size in enumerate(sizes)
        for index in range(size)
    }
    test_panels_fit(generate([load(write(tmp_path, "acme", kpis))]))


def test_every_kpi_has_a_panel_grouped_by_area(companies: list[Company]) -> None:
    for company in companies:
        found = stats(company)
        assert [found[number]["title"] for number in range(1, len(company.kpis) + 1)] == [
            kpi.title for kpi in company.kpis.values()
        ]
        lines = {
            area: {found[list(company.kpis).index(kpi.id) + 1]["gridPos"]["y"] for kpi in kpis}
            for area, kpis in company.areas().items()
        }
        for one, other in itertools.pairwise(lines.values()):
            assert max(one) < min(other)


def test_ids_and_uids(boards: Mapping[str, str]) -> None:
    for text in boards.values():
        board = json.loads(text)
        ids = [panel["id"] for panel in board["panels"]]
        assert len(ids) == len(set(ids))
        assert re.fullmatch(r"[\w-]{1,40}", board["uid"])
        assert (board["id"], board["schemaVersion"], board["editable"]) == (None, 42, False)


def test_every_dashboard_url_leads_to_the_panel_of_its_kpi(all_texts: Mapping[str, str]) -> None:
    titles = {}
    for path, text in all_texts.items():
        if path.endswith("/wall.json"):
            board = json.loads(text)
            for panel in board["panels"]:
                link = f"https://grafana.example.com/d/{board['uid']}?viewPanel={panel['id']}"
                titles[link] = panel["targets"][0]["expr"] if "targets" in panel else ""
    for path, text in all_texts.items():
        if path.endswith(".rules.yml"):
            rules = (rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"] if "alert" in rule)
            for rule in rules:
                shown = NAME.findall(titles[rule["annotations"]["dashboard_url"]])
                if rule["expr"] == "vector(1)":
                    assert shown == ["ALERTS"]
                    continue
                named = NAME.findall(rule["expr"])[0]
                if "segment" in rule["labels"]:
                    headline = named.split("_by_")[0]
                    assert any(name.startswith(headline) for name in shown)
                else:
                    assert named in shown


def test_queries_parse_and_name_known_series(companies: list[Company], tmp_path: Path) -> None:
    expressions = []
    known = {value for name, value in vars(conventions).items() if name.isupper() and isinstance(value, str)}
    known |= {"up", "ALERTS"}
    for company in companies:
        known |= {conventions.metric(kpi) for kpi in company.kpis.values()}
        for panel in stats(company).values():
            (target,) = panel["targets"]
            expressions.append(target["expr"])
            assert panel["datasource"] == target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
            about_exporters = any(mark in target["expr"] for mark in ('job="kpi-exporter"', 'alertname="KpiWatchdog"'))
            assert about_exporters or f'company="{company.name}"' in target["expr"]
    assert {name for expression in expressions for name in NAME.findall(expression)} <= known
    rules = [{"record": f"panel_{number}", "expr": text} for number, text in enumerate(expressions)]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    code, output = promtool.run("check", "rules", file)
    assert code == 0, output


def colour(panel: Panel, value: float) -> str:
    """As Grafana chooses it: the last step that the value has reached."""
    steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert steps[0]["value"] is None
    assert [step["value"] for step in steps[1:]] == sorted(step["value"] for step in steps[1:])
    reached: str = [step["color"] for step in steps if step["value"] is None or value >= step["value"]][-1]
    return reached


SHOWN: Mapping[str, Mapping[float, str]] = {
    "uptime": {0.9991: "green", 0.999: "orange", 0.995: "orange", 0.9949: "red", 0.0: "red"},
    "churn": {0.0199: "green", 0.02: "orange", 0.03: "orange", 0.0301: "red"},
    "incidents": {1: "green", 2: "orange", 5: "orange", 6: "red"},
    "response": {60.0: "green", 61.0: "red"},
    "turns": {3.9: "orange", 4: "green", 8: "green", 8.1: "orange", 15: "orange", 15.1: "red"},
    "load": {0.19: "red", 0.2: "orange", 0.4: "green", 0.8: "green", 0.81: "orange", 0.95: "orange", 0.96: "red"},
    "conversion": {0.2: "green", 0.19: "orange"},
    "arr": {0: "blue"},
    "growth": {0: "blue"},
    "customers": {0: "blue"},
}


@pytest.mark.parametrize("kpi", SHOWN)
def test_colours_are_those_of_the_thresholds(acme: Company, kpi: str) -> None:
    panel = stats(acme)[list(acme.kpis).index(kpi) + 1]
    assert {value: colour(panel, value) for value in SHOWN[kpi]} == SHOWN[kpi]


def test_colours_agree_with_every_fixed_threshold(companies: list[Company]) -> None:
    ranks = {"green": 0, "orange": 1, "red": 2}
    for company in companies:
        found = stats(company)
        for number, kpi in enumerate(company.kpis.values(), 1):
            bounds = [
                (rank, bound)
                for rank, severity in enumerate(conventions.SEVERITIES, 1)
                for bound in (kpi.thresholds[severity].bounds if severity in kpi.thresholds else ())
            ]
            if not bounds or any(bound.level is None for _, bound in bounds):
                continue
            if any(bound.scope.stretch or bound.scope.segment for _, bound in bounds):
                continue
            limits = [float(bound.level or 0) for _, bound in bounds]
            for value in [near for limit in limits for near in (limit, *_neighbours(limit))]:
                crossed = [rank for rank, bound in bounds if bound.comparison.holds(value, float(bound.level or 0))]
                assert ranks[colour(found[number], value)] == max(crossed, default=0), (kpi.id, value)


def _neighbours(value: float) -> tuple[float, float]:
    return math.nextafter(value, -math.inf), math.nextafter(value, math.inf)


def test_unknown_is_shown_as_unknown(acme: Company) -> None:
    for panel in stats(acme).values():
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["noValue"] == "unknown"
        (mapping,) = defaults["mappings"]
        assert (mapping["options"]["match"], mapping["options"]["result"]["text"]) == ("null+nan", "unknown")
        assert mapping["options"]["result"]["color"] not in ("green", "orange", "red")
        assert panel["options"]["reduceOptions"]["calcs"] == ["last"]


def test_the_last_value_of_a_kpi_that_became_unknown_is_not_shown(acme: Company, tmp_path: Path) -> None:
    queries = [panel["targets"][0]["expr"] for number, panel in stats(acme).items() if number < 1001]
    series = [conventions.metric(kpi) + '{company="acme"}' for kpi in acme.kpis.values()]
    (tmp_path / "none.yml").write_text("groups: []\n")
    test = {
        "rule_files": ["none.yml"],
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": "7 stale"} for name in series],
                "promql_expr_test": [
                    {"expr": expression, "eval_time": at, "exp_samples": [{"labels": "{}", "value": value}]}
                    for query in queries
                    # NaN is the one value that is not equal to itself.
                    for expression, at, value in ((query, "0m", 7), (f"({query}) != bool ({query})", "1m", 1))
                ],
            }
        ],
    }
    (tmp_path / "wall.test.yml").write_text(yaml.safe_dump(test))
    code, output = promtool.run("test", "rules", tmp_path / "wall.test.yml")
    assert code == 0, output


UNITS = {
    "uptime": "percentunit",
    "arpc": "currency:€",
    "cash": "currency:¥",
    "resolution": "s",
    "runway": "suffix:months",
    "deployments": "suffix:per month",
    "nps": "none",
    "incidents": "none",
}


def test_units(acme: Company) -> None:
    found = stats(acme)
    shown = {kpi: found[list(acme.kpis).index(kpi) + 1]["fieldConfig"]["defaults"]["unit"] for kpi in UNITS}
    assert shown == UNITS
