"""The table of KPIs and how they stand to time, against the catalogues that ship."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exporter.catalogue.loading import load, shipped, shipped_file
from exporter.generate.kpi_table import PATH

PAGE = Path(__file__).parents[2] / PATH
COMPANIES = {company.title: company for name in shipped() for company in [load(shipped_file(name), {})]}

STOCKS_THAT_ARE_NOT_NOW = {
    ("unit-economics", "arr_growth"): "it compares now with the instant a year before, and `now` with that of a month",
    ("unit-economics", "inventory_growth"): "as ARR growth; the document's divergence compares years",
    ("vmcloud", "arr_growth"): "the document says year over year",
}
FLOWS_THAT_ARE_NOT_OF_COMPLETE_PERIODS = {
    ("managed-kubernetes", "pipeline_coverage"): "a pipeline of the quarter that is over covers nothing",
}
"""Why a KPI has another window than the others of its kind."""

_ROW = re.compile(
    r"\| `(\w+)` \| (.+) \| (stock|flow) \| ([\w ]+) \| (yes, adds up|yes|) \| (yes|) \| (yes|) \| (\w*) \|"
)


def rows() -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the cells of each row after its title, by company and KPI."""
    read: dict[tuple[str, str], tuple[str, ...]] = {}
    company = ""
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("## "):
            company = COMPANIES[line.removeprefix("## ")].name
        elif match := _ROW.fullmatch(line):
            read[company, match[1]] = match.groups()[2:]
    return read


ROWS = rows()
KPIS = {(company.name, id_): kpi for company in COMPANIES.values() for id_, kpi in company.kpis.items()}
NAMES = list(KPIS)


def test_it_has_every_kpi_once() -> None:
    assert list(ROWS) == NAMES
    assert len(ROWS) == 174


@pytest.mark.parametrize("key", NAMES, ids=lambda key: f"{key[0]}-{key[1]}")
def test_a_stock_is_now_and_a_flow_has_its_part_so_far(key: tuple[str, str]) -> None:
    nature, window, to_date, at_close, accumulates, early = ROWS[key]
    assert (nature == "stock" and window != "now") == (key in STOCKS_THAT_ARE_NOT_NOW)
    assert (nature == "flow" and window.endswith("to date")) == (key in FLOWS_THAT_ARE_NOT_OF_COMPLETE_PERIODS)
    assert nature == "stock" or window != "now"
    assert bool(to_date) == (window in {"week", "month", "quarter", "year"})
    assert bool(at_close) == (window == "now")
    kpi = KPIS[key]
    assert bool(accumulates) == kpi.accumulates
    assert not accumulates or to_date == "yes, adds up"
    assert bool(early) == bool(kpi.thresholds)
