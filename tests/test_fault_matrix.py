"""docs/security.md: each fault, wherever it may strike, has one row, and each row names tests that exist."""

from __future__ import annotations

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from exporter.sources.registry import kinds

TESTS = Path(__file__).parent
SECTION = (TESTS.parent / "docs" / "security.md").read_text("utf-8").partition("\n## Faults\n")[2].partition("\n## ")[0]

FAULTS = (
    "down",
    "slow",
    "drip",
    "429",
    "5xx",
    "half body",
    "wrong type",
    "schema change",
    "permission denied",
    "disk full",
    "clock step",
    "kill -9",
    "memory limit",
    "descriptor limit",
    "hung read",
    "endless SQL",
)
PLACES = ("here", "elsewhere", "HTTP", "SQL", "store", "web")


class Row(NamedTuple):
    """One row of the table; `places` is a list with commas, `tests` are in backquotes."""

    fault: str
    places: str
    symptom: str
    recovery: str
    tests: str

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The fault at each place that the row speaks of."""
        return [(self.fault, place) for place in self.places.split(", ")]


LINES = re.findall(r"^\|(.*)\|$", SECTION, re.MULTILINE)[2:]
FAULT_ROWS = [Row(*(cell.strip() for cell in line.split("|"))) for line in LINES]


@cache
def functions(file: str) -> frozenset[str]:
    """Return the names of the tests in a file below `tests/`."""
    path = TESTS / file
    tree = ast.parse(path.read_text("utf-8")) if path.is_file() else ast.Module([], [])
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def test_each_fault_has_one_row_wherever_it_may_strike() -> None:
    rows = Counter(pair for row in FAULT_ROWS for pair in row.pairs)
    assert [pair for pair, number in rows.items() if number > 1] == []
    pairs = {(fault, place) for fault in FAULTS for place in PLACES}
    assert (rows.keys() - pairs, pairs - rows.keys()) == (set(), set())


def test_rows_stand_in_the_order_of_the_faults() -> None:
    assert [row.fault for row in FAULT_ROWS] == sorted((row.fault for row in FAULT_ROWS), key=FAULTS.index)


@pytest.mark.parametrize("row", FAULT_ROWS, ids=lambda row: f"{row.fault}, {row.places}")
def test_a_row_names_tests_that_exist_or_says_why_there_is_none(row: Row) -> None:
    names = re.findall(r"`([\w/]+\.py)::(\w+)`", row.tests)
    assert [f"{file}::{name}" for file, name in names if name not in functions(file)] == []
    assert bool(names) == bool(row.recovery) == (not row.symptom.startswith("cannot be: "))
    assert row.symptom


def test_every_kind_of_source_is_one_of_the_places() -> None:
    introduction = SECTION.partition("|")[0]
    assert [kind for kind in kinds() if f"`{kind}`" not in introduction] == []
