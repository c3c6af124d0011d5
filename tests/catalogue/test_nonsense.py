"""Nonsense in the small languages of a catalogue is a sentence, however deep, long or large it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from exporter.catalogue.loading import load
from exporter.catalogue.reading.problems import CatalogueError
from exporter.mistakes import did_you_mean
from tests.support.examples import examples

CATALOGUE = """
company: acme
title: Acme
currency: EUR
timezone: UTC
links: {runbooks: "https://r.example.com", dashboards: "https://g.example.com"}
sources:
  crm:
    type: http
    url: http://x.example
    every: 5m
    measures: {calls: {select: a.b, unit: count}}
  file: {type: files, measures: {lines: {path: a.csv, query: "SELECT 1 AS value", unit: count}}}
  db: {type: sql, url: "sqlite:///a.db", measures: {rows: {query: "SELECT 1 AS value", unit: count}}}
measures:
  ones: {doc: d, unit: count, sql: "SELECT period, 1 AS value FROM period"}
kpis:
  one: {title: One, area: a, definition: d, unit: count, window: now, cadence: daily, formula: calls, warning: "> 5"}
"""

FIELDS = {
    "formula": ("kpis", "one", "formula"),
    "threshold": ("kpis", "one", "warning"),
    "window": ("kpis", "one", "window"),
    "unit": ("kpis", "one", "unit"),
    "JMESPath": ("sources", "crm", "measures", "calls", "select"),
    "duration": ("sources", "crm", "every"),
    "cron": ("sources", "crm", "cron"),
    "zone": ("timezone",),
    "SQL": ("measures", "ones", "sql"),
    "SQL of files": ("sources", "file", "measures", "lines", "query"),
    "SQL of a database": ("sources", "db", "measures", "rows", "query"),
}
NONSENSE = {
    "parentheses": "(" * 3000 + "1" + ")" * 3000,
    "brackets": "[" * 3000 + "a" + "]" * 3000,
    "minuses": "-" * 3000 + "1",
    "nots": "not " * 3000 + "1",
    "sums": "1" + "+1" * 3000,
    "calls": "abs(" * 2000 + "1" + ")" * 2000,
    "powers": "9**9**9**9**9",
    "comparisons": "1" + " < 1" * 2000,
    "conditions": "1 if " * 2000 + "1" + " else 2" * 2000,
    "cases": "SELECT " + "CASE WHEN 1 = 1 THEN " * 2000 + "1" + " END" * 2000 + " AS value",
    "digits": "> " + "9" * 5000,
    "an exponent": "> 1e999999999",
    "a negative exponent": "> 1e-999999999%",
    "ages": "9" * 40 + " years",
    "infinity": "> inf",
    "no number": "nan",
    "a null": "a\0b",
    "half a pair": "\ud800",
    "a zero interval": "*/0 * * * *",
}


def refusal(folder: Path, path: tuple[str, ...], value: object) -> str:
    """Return what is said of a catalogue with another value at a path; an empty text if it is taken."""
    document: Any = yaml.safe_load(CATALOGUE)
    section = document
    for key in path[:-1]:
        section = section[key]
    section[path[-1]] = value
    if path[-1] == "cron":
        del section["every"]
    file = folder / "acme.yaml"
    file.write_text(yaml.safe_dump(document, width=10**9), encoding="utf-8", errors="replace")
    try:
        load(file, {})
    except CatalogueError as error:
        return str(error)
    return ""


def test_the_catalogue_is_right(tmp_path: Path) -> None:
    assert refusal(tmp_path, ("title",), "Acme") == ""


@pytest.mark.slow
@pytest.mark.parametrize("what", NONSENSE)
@pytest.mark.parametrize("field", FIELDS)
def test_nonsense_is_refused_or_harmless(tmp_path: Path, field: str, what: str) -> None:
    message = refusal(tmp_path, FIELDS[field], NONSENSE[what])
    assert not message or f"{tmp_path}/acme.yaml:" in message


TOKENS = st.sampled_from(
    [
        *"()[]{}<>=!|&*+-/%.,:;@`'\"~^$#?\\ \n\t0123456789aeé€中",
        *(
            " < ",
            " > ",
            " and ",
            " or ",
            " for ",
            " between ",
            " of ",
            "plan",
            "previous(",
            "1e400",
            "99999999999999999999",
        ),
        *(
            "calls",
            "ones",
            "2d",
            "M+6",
            "EUR",
            "NaN",
            "true",
            "null",
            "SELECT ",
            " AS value",
            "--",
            "/*",
            "%s",
            "{0}",
            "\x7f",
        ),
    ]
)


@pytest.mark.slow
@examples(60, shared_fixtures=True)
@given(field=st.sampled_from([*FIELDS]), words=st.lists(TOKENS, max_size=12), repeated=st.sampled_from([1, 1, 1, 700]))
def test_any_words_are_refused_or_harmless(tmp_path: Path, field: str, words: list[str], repeated: int) -> None:
    message = refusal(tmp_path, FIELDS[field], "".join(words) * repeated)
    assert not message or f"{tmp_path}/acme.yaml:" in message


@pytest.mark.slow
@examples(30, shared_fixtures=True)
@given(
    field=st.sampled_from([*FIELDS]),
    value=st.integers() | st.floats() | st.booleans() | st.none() | st.lists(st.text()) | st.integers(10**40, 10**60),
)
def test_any_other_value_is_refused_or_harmless(tmp_path: Path, field: str, value: object) -> None:
    message = refusal(tmp_path, FIELDS[field], value)
    assert not message or f"{tmp_path}/acme.yaml:" in message


def test_a_word_that_is_no_name_is_compared_with_none() -> None:
    names = [f"name_{number}" for number in range(5000)]
    assert did_you_mean("n" * 1_000_000, names) == ""
    assert did_you_mean("name_49999", names) == "; did you mean `name_4999`?"
