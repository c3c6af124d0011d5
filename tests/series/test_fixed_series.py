"""The table of fixed series against what reads it: the reference of the docs, the rules and the boards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from exporter.catalogue.loading import load_all, shipped, shipped_file
from exporter.fixed_series import FIXED_SERIES, RESERVED, FixedSeries
from tests.support import promql
from tests.support.boards import boards, queries

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
OF_THE_SCRAPE = frozenset({"job", "instance"})
"""Labels that Prometheus adds to every series that it scrapes."""

_ROW = re.compile(r"\| `(kpi_\w+)` \| (\w+) \| (.*) \| (.*) \| (.*) \|")
_WITH_LABELS = re.compile(r"`(kpi_\w+)\{([a-z_,]+)\}")


def row(series: FixedSeries) -> tuple[str, ...]:
    """Return the cells of a series as docs/metrics.md has them."""
    labels = [*(f"`{label}`" for label in series.labels), *(f"[`{label}`]" for label in series.optional)]
    return series.name, series.type, ", ".join(labels), series.unit, series.help


def test_the_docs_have_each_series_once_as_in_the_table() -> None:
    rows = [match.groups() for match in _ROW.finditer((ROOT / "docs/metrics.md").read_text(encoding="utf-8"))]
    assert sorted(rows) == sorted(row(series) for series in FIXED_SERIES.values())


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_the_docs_name_labels_that_the_series_have(path: Path) -> None:
    for name, labels in _WITH_LABELS.findall(path.read_text(encoding="utf-8")):
        if series := FIXED_SERIES.get(name):
            assert set(labels.split(",")) <= {*series.labels, *series.optional}, name


def test_names_are_reserved_with_and_without_the_ending_of_openmetrics() -> None:
    assert {"kpi_source_polls_total", "kpi_source_polls", "kpi_status", "kpi_revenue_policy"} <= RESERVED


def expressions() -> Iterator[tuple[str, str]]:
    """Yield the expressions of committed rules, and of the boards about one KPI and about the exporter's health."""
    for file in sorted((ROOT / "rules").glob("*.rules.yml")):
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]:
            yield from ((file.name, rule["expr"]) for rule in group["rules"])
    for path, board in boards(ROOT).items():
        if path.endswith(("/kpi.json", "/health.json")):
            yield from ((path, query.expression) for query in queries(board))


def published() -> Mapping[str, frozenset[str]]:
    """Return the label names of every series that the companies that ship publish, by the name of the series."""
    companies = load_all([shipped_file(name) for name in shipped()]).values()
    kpis = [kpi for company in companies for kpi in company.kpis.values()]
    labels = {name: {*series.labels, *series.optional} for name, series in FIXED_SERIES.items()}
    labels |= {kpi.metric(dimension): {"company", dimension} for kpi in kpis for dimension in kpi.by}
    labels |= {kpi.metric(): {"company"} for kpi in kpis}
    return {name: OF_THE_SCRAPE | names for name, names in labels.items()}


def test_rules_and_boards_ask_for_series_and_labels_that_are_published() -> None:
    labels_of, wrong, seen = published(), list[str](), set[str]()
    for file, expression in dict.fromkeys(expressions()):
        for selector in promql.selectors(promql.parse(expression)):
            name = selector.name or ""
            if not name.startswith("kpi_"):
                continue
            seen.add(name)
            labels = {label for label, _, _ in promql.matchers(selector)}
            if name not in labels_of:
                wrong.append(f"{file}: nothing publishes {name}")
            elif missing := labels - labels_of[name]:
                wrong.append(f"{file}: {name} has no label {', '.join(sorted(missing))}")
    assert wrong == []
    assert len(seen & FIXED_SERIES.keys()) > 15
