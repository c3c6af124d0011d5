"""The wall: pages fit a television, and tiles have the colours and signs of the page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter import conventions
from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.generate.grafana.lettering import LARGEST, SMALLEST, ems, fitted
from exporter.generate.grafana.wall import generate
from tests.servers import promtool
from tests.support.boards import check_places
from tests.support.synthetic_company import write

pytestmark = pytest.mark.newest

Panel = dict[str, Any]

NAME = re.compile(r"\b(?:kpi_\w+|up|ALERTS)(?=\{)")


def panels(text: str) -> list[Panel]:
    by_id: list[Panel] = json.loads(text)["panels"]
    return by_id


def stats(company: Company) -> dict[int, Panel]:
    """Return the number panels of all pages, by id."""
    texts = generate([company]).values()
    return {panel["id"]: panel for text in texts for panel in panels(text) if panel["type"] == "stat"}


def tiles(company: Company) -> dict[str, Panel]:
    """Return the panels by KPI."""
    by_id = stats(company)
    return {id_: by_id[conventions.panel_id(id_)] for id_ in company.kpis}


@pytest.fixture(scope="module")
def boards(companies: list[Company]) -> Mapping[str, str]:
    return generate(companies)


def test_panels_fit(boards: Mapping[str, str]) -> None:
    for path, text in boards.items():
        board = json.loads(text)
        check_places(path, board)
        bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])
        assert bottom <= 28, f"{path} has to be scrolled"


@pytest.mark.parametrize(
    "sizes", [[1], [8], [9], [1, 1, 1, 1], [8] * 8, [7, 9, 12, 14, 5], [11, 14, 18, 16, 7, 6], [60]]
)
def test_any_number_of_kpis_fits(tmp_path: Path, sizes: list[int]) -> None:
    kpis = {
        f"kpi_{area}_{index}": {"unit": "count", "area": area_name(area)}
        for area, size in enumerate(sizes)
        for index in range(size)
    }
    texts = generate([load(write(tmp_path, "acme", kpis))])
    test_panels_fit(texts)
    visible_panels = [panel["id"] for text in texts.values() for panel in panels(text) if panel["type"] == "stat"]
    assert {conventions.panel_id(kpi) for kpi in kpis} <= set(visible_panels)


def area_name(number: int) -> str:
    return f"area_{number}"


def test_tiles_are_large_enough_to_be_read_from_five_metres(boards: Mapping[str, str]) -> None:
    """Require a sixth of the screen's width, a ninth of its height, and names that fit at 14 pixels or more."""
    for path, text in boards.items():
        visible_panels = [panel for panel in panels(text) if "var-kpi=" in json.dumps(panel)]
        assert 0 < len(visible_panels) <= 24, path
        assert all(panel["gridPos"]["w"] >= 4 and panel["gridPos"]["h"] >= 5 for panel in visible_panels), path
        assert {14 <= panel["options"]["text"]["titleSize"] <= 24 for panel in visible_panels} == {True}, path


def test_the_names_of_the_companies_that_ship_are_whole_and_large(companies: list[Company]) -> None:
    for company in companies:
        for panel in tiles(company).values():
            assert panel["options"]["text"]["titleSize"] >= 20, panel["description"]
            assert "…" not in json.dumps(panel["fieldConfig"]["overrides"], ensure_ascii=False)


def test_a_tile_has_one_name(companies: list[Company]) -> None:
    """Require the name in the tile and no title above it, and no two tiles of a company with the same name."""
    for company in companies:
        assert {panel["title"] for panel in stats(company).values()} == {""}
        assert len({kpi.short_title for kpi in company.kpis.values()}) == len(company.kpis)


def test_pages_have_equal_rows(companies: list[Company]) -> None:
    """Require as many lines of tiles on each page as on the others, of one height, each as wide as the screen."""
    for company in companies:
        pages_ = [
            [panel["gridPos"] for panel in panels(text) if "var-kpi=" in json.dumps(panel)]
            for text in generate([company]).values()
        ]
        assert len({place["h"] for page in pages_ for place in page}) == 1
        assert len({len({place["y"] for place in page}) for page in pages_}) == 1
        for page in pages_:
            for y in {place["y"] for place in page}:
                assert sum(place["w"] for place in page if place["y"] == y) == 24


@given(st.text(min_size=1, max_size=200), st.integers(280, 900))
def test_a_name_fits_its_tile(name: str, width: int) -> None:
    text, size = fitted(name, width)
    assert SMALLEST <= size <= LARGEST
    assert ems(text) * size <= width
    assert text == name or text.endswith("…")


def test_every_kpi_has_a_tile_grouped_by_area(companies: list[Company]) -> None:
    """Require that no line of a page has KPIs of two areas."""
    for company in companies:
        areas = {conventions.panel_id(kpi.id): kpi.area for kpi in company.kpis.values()}
        count = 0
        for text in generate([company]).values():
            lines: dict[int, set[str]] = {}
            for panel in panels(text):
                if panel["id"] in areas:
                    count += 1
                    lines.setdefault(panel["gridPos"]["y"], set()).add(areas[panel["id"]])
            assert all(len(of_line) == 1 for of_line in lines.values())
        assert count == len(company.kpis)


def test_nothing_needs_a_pointer(boards: Mapping[str, str]) -> None:
    """Require the names in the tiles, and the age of the data below them."""
    for text in boards.values():
        visible_panels = [panel for panel in panels(text) if panel["type"] != "row"]
        assert {panel["type"] for panel in visible_panels} == {"stat"}
        assert {panel["options"]["textMode"] for panel in visible_panels} == {"value_and_name"}
        assert "Oldest data" in {panel["targets"][0]["legendFormat"] for panel in visible_panels}


def test_a_status_is_told_by_a_sign_as_well_as_by_colour(companies: list[Company]) -> None:
    signs = {"0": "–", "1": "✓", "2": "▽", "3": "▲", "4": "✖", "unknown": "?"}
    for company in companies:
        for id_, panel in tiles(company).items():
            names = {
                rule["matcher"]["options"]: rule["properties"][0]["value"] for rule in panel["fieldConfig"]["overrides"]
            }
            short = company.kpis[id_].short_title
            assert names == {key: f"{sign} {short}" for key, sign in signs.items()}


def test_queries_parse_and_name_known_series(companies: list[Company]) -> None:
    expressions = []
    series_names = {value for name, value in vars(conventions).items() if name.isupper() and isinstance(value, str)}
    for company in companies:
        series_names |= {kpi.metric() for kpi in company.kpis.values()}
        for panel in stats(company).values():
            (target,) = panel["targets"]
            expressions.append(target["expr"])
            assert f'company="{company.name}"' in target["expr"]
    assert {name for expression in expressions for name in NAME.findall(expression)} <= series_names


def test_unknown_is_shown_as_unknown(acme: Company) -> None:
    for panel in stats(acme).values():
        defaults = panel["fieldConfig"]["defaults"]
        assert defaults["noValue"] == "unknown"
        (mapping,) = defaults["mappings"]
        assert (mapping["options"]["match"], mapping["options"]["result"]["text"]) == ("null+nan", "unknown")
        assert mapping["options"]["result"]["color"] not in ("green", "orange", "red")
        assert panel["options"]["reduceOptions"]["calcs"] == ["last"]


@pytest.mark.integration
def test_the_last_value_of_a_kpi_that_became_unknown_is_not_shown(acme: Company, tmp_path: Path) -> None:
    """Give each KPI a value and a warning in the first minute, and nothing in the second."""
    queries = [panel["targets"][0]["expr"] for panel in tiles(acme).values()]
    series = [kpi.metric() + '{company="acme"}' for kpi in acme.kpis.values()]
    statuses = [f'kpi_display_status{{company="acme",kpi="{kpi}"}}' for kpi in acme.kpis]
    info = {"series": 'kpi_info{company="acme"}', "values": "1 1"}
    series_names = [{"labels": '{status="1"}', "value": 7}]
    unknown = [{"labels": '{status="unknown"}', "value": 1}]
    test = {
        "interval": "1m",
        "input_series": [
            info,
            *({"series": name, "values": "7 stale"} for name in series),
            *({"series": name, "values": "1 stale"} for name in statuses),
        ],
        "promql_expr_test": [
            {"expr": expression, "eval_time": at, "exp_samples": samples}
            for query in queries
            # NaN is the one value that is not equal to itself.
            for expression, at, samples in (
                (query, "0m", series_names),
                (f"({query}) != bool ({query})", "1m", unknown),
            )
        ],
    }
    code, output = promtool.run_test(tmp_path, test)
    assert code == 0, output
