"""Whatever stands in a file, it is a company or a `CatalogueError`: a damaged catalogue never ends in a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.catalogue.loading import load
from exporter.catalogue.reading.problems import CatalogueError
from tests.support.examples import examples

pytestmark = pytest.mark.slow

GOOD = """\
extends: managed-kubernetes
company: acme
launch: 2026-01-01
phases: {1: M0, 2: M+6}
links:
  runbooks: https://runbooks.example.com
measures:
  refunds:
    doc: Refunds.
    unit: money
    by: [account]
    sql: SELECT period, account, SUM(amount) AS value FROM period, ledger_entries GROUP BY ALL
kpis:
  uptime: {warning: "< 99%", by: [], plan: {base: Y1 99%}, undefined_when: {uptime <= 0: nothing}}
  arr:
    formula: mrr * months_per_year
sources:
  crm:
    type: sql
    url: sqlite:///crm.db
    tables: {deals: {query: SELECT 1, columns: {deal_id: id}}}
  desk: {type: http, url: "https://h", auth: {bearer: !env TOKEN}, measures: {csat: {select: x, unit: score 1..5}}}
"""
PIECES = [
    "null", "5", "- a", "[1, {}]", "{a: 1}", "true", "!env NONE", "!file none", "*a", "&a", "\t", ": ", "\n", "  ", '"',
    "2026-01-01", "? a", "<<: x", "~", "|", ">", "# ", "ü", "\x00", "--- ", "type: http", "{", "]", "!!set", "1.5", "-",
]  # fmt: skip


def messages(file: Path) -> str:
    """Return the messages about the mistakes in a file; empty if there is none."""
    try:
        load(file, {"TOKEN": "hunter2"})
    except CatalogueError as error:
        return str(error)
    return ""


@examples(60, shared_fixtures=True)
@given(
    starts=st.lists(st.integers(0, len(GOOD)), min_size=1, max_size=3),
    length=st.integers(0, 25),
    piece=st.sampled_from(PIECES),
)
def test_a_damaged_file_is_refused_in_sentences(tmp_path: Path, starts: list[int], length: int, piece: str) -> None:
    text = GOOD
    for start in starts:
        text = text[:start] + piece + text[start + length :]
    file = tmp_path / "company.yaml"
    file.write_text(text, encoding="utf-8")
    assert "hunter2" not in messages(file)


@pytest.mark.parametrize(
    "path", [("kpis",), ("kpis", "uptime"), ("sources",), ("sources", "crm"), ("measures",), ("links",)]
)
@pytest.mark.parametrize(
    "value", ["null", "5", "text", "[]", "{}", "true", "{5: 5}", "{null: 5}", "{[a]: 5}", "!env TOKEN", "[[]]"]
)
def test_anything_may_stand_for_a_mapping(path: tuple[str, ...], value: str, tmp_path: Path) -> None:
    file = tmp_path / "company.yaml"
    nested = value
    for key in reversed(path):
        nested = f"{{{key}: {nested}}}"
    file.write_text(f"extends: managed-kubernetes\n{path[0]}: {nested.removeprefix('{' + path[0] + ': ')[:-1]}\n")
    assert "hunter2" not in messages(file)
