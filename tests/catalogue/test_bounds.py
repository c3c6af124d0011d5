"""Durations and counts have bounds: what no clock or calendar can reckon with is refused with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.catalogue.reading.problems import CatalogueError

HUGE = 99_999_999_999
FILES = {"type": "files", "tables": {"leads": {"path": "leads.csv"}}}
KPI = {
    "title": "New",
    "area": "a",
    "definition": "d",
    "unit": "count",
    "window": "month",
    "cadence": "daily",
    "formula": "1",
}


def catalogue(path: str, value: object) -> dict[str, Any]:
    """Return a catalogue with a value at a path, such as `sources.s.every`."""
    document: dict[str, Any] = {
        "company": "acme",
        "title": "Acme",
        "currency": "EUR",
        "timezone": "Asia/Tokyo",
        "links": {"runbooks": "https://r.example.com", "dashboards": "https://g.example.com"},
        "kpis": {"new": dict(KPI)},
        "sources": {"s": {"type": "files", "tables": {"leads": {"path": "leads.csv"}}}},
    }
    *above, last = path.split(".")
    at = document
    for key in above:
        at = at.setdefault(key, {})
    at[last] = value
    return document


def load_with(folder: Path, path: str, value: object) -> Company:
    file = folder / "acme.yaml"
    file.write_text(yaml.safe_dump(catalogue(path, value), sort_keys=False))
    return load(file, {})


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("sources.s.every", "53 weeks", "should be at most 1 year"),
        ("sources.s.every", f"{HUGE} years", "should be at most 100 years"),
        ("sources.s.timeout", "25h", "should be at most 1 day"),
        ("sources.s.max_age", f"{HUGE} d", "should be at most 100 years"),
        ("sources.s.max_age", "9" * 400 + "s", "should be at most 100 years"),
        ("history.dense", "101 years", "should be at most 100 years"),
        ("sources.s.tables.leads.skip_rows", 10**30, "should be less than or equal to 1000000"),
        ("launch", "0001-01-01", "should be from 1900 to 2999"),
        ("phases", {2: "M+99999"}, "should be M0 for the launch"),
        ("phases", {HUGE: "M0"}, "should be less than or equal to 999"),
        ("kpis.new.plan", f"M+{HUGE} 5", "is not a point of a plan"),
        ("kpis.new.plan", f"Y{HUGE} 5", "is not a point of a plan"),
        ("kpis.new.plan", "0001-01-01 5", "is not a point of a plan"),
        ("kpis.new.warning", f"< 5 (year {HUGE})", "is not a scope"),
        ("kpis.new.window", f"trailing {HUGE} months", "is not a window"),
    ],
)
def test_what_is_beyond_reckoning_is_refused(tmp_path: Path, path: str, value: object, message: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        load_with(tmp_path, path, value)
    (problem,) = refused.value.problems
    assert (problem.place.line > 0, problem.place.column > 0) == (True, True)
    assert message in problem.message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("sources.s.every", "1 year"),
        ("sources.s.timeout", "24h"),
        ("sources.s.max_age", "100 years"),
        ("launch", "2999-12-31"),
        ("kpis.new.plan", "2999-12-31 5"),
    ],
)
def test_the_bounds_themselves_are_taken(tmp_path: Path, path: str, value: object) -> None:
    assert load_with(tmp_path, path, value).name == "acme"
