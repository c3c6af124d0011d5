"""What needs no secret does without: rules, boards and `check`, where a source's variable or file is not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from exporter.catalogue.loading import load, load_all
from exporter.catalogue.reading.problems import CatalogueError, Problem
from exporter.cli import commands
from exporter.records.store import Store
from exporter.runtime.service import Runtime
from tests.support.examples import quick

pytestmark = pytest.mark.slow

HEAD = """\
company: acme
title: Acme
currency: EUR
timezone: Europe/Berlin
links: {runbooks: "https://w.example.com", dashboards: "https://g.example.com"}
kpis:
  leads: {title: Leads, area: money, definition: How many came., unit: count, window: now, formula: quota}
  mrr: {title: MRR, area: money, definition: What customers pay., unit: EUR, per: month, window: now, formula: mrr}
sources:
  quotas: {type: files, measures: {quota: {path: q.csv, query: SELECT 1, unit: count}}}
"""

SOURCES = {
    "sql": "type: sql\n    url: {}\n    tables: {{subscription_items: {{query: SELECT * FROM items}}}}",
    "warehouse": "type: warehouse\n    url: {}\n    tables: {{deals: {{query: d}}}}\n    measures: [open_pipeline]",
    "address": "type: http\n    url: {}\n    tables: {{deals: {{path: /d}}}}",
    "bearer": "type: http\n    url: https://h\n    auth: {{bearer: {}}}\n    tables: {{deals: {{path: /d}}}}",
    "password": "type: http\n    url: https://h\n    auth: {{basic: {{username: {0}, password: {0}}}}}"
    "\n    tables: {{deals: {{path: /d}}}}",
    "header": "type: http\n    url: https://h\n    headers: {{X-Api-Key: {}}}\n    tables: {{deals: {{path: /d}}}}",
    "param": "type: http\n    url: https://h\n    tables: {{deals: {{path: /d, params: {{key: {}}}}}}}",
    "prometheus": "type: prometheus\n    url: {}\n    measures: {{up: {{query: up, unit: ratio}}}}",
    "path": "type: files\n    tables: {{deals: {{path: {}, format: csv}}}}",
    "certificate": "type: http\n    url: https://h\n    tls: {{ca: {}}}\n    tables: {{deals: {{path: /d}}}}",
}
VALUES = {
    "sql": "sqlite:///shop.db",
    "warehouse": "postgresql://me@127.0.0.1/d",
    "address": "https://h",
    "prometheus": "http://h",
}


def catalogue(folder: Path, source: str, value: str) -> Path:
    file = folder / "acme.yaml"
    file.write_text(f"{HEAD}  billing:\n    {SOURCES[source].format(value)}\n")
    return file


def generated(folder: Path, file: Path, environ: dict[str, str]) -> dict[str, str]:
    """Return the texts of the files that are written for a catalogue, by path."""
    done = CliRunner().invoke(commands, ["generate", str(file), "--out", str(folder)], env=environ)
    assert done.exit_code == 0, done.output
    return {str(each.relative_to(folder)): each.read_text() for each in folder.rglob("*") if each.is_file()}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("value", ["!env NOPE", "!file nope.txt"])
def test_check_names_what_is_missing_and_run_refuses(source: str, value: str, tmp_path: Path) -> None:
    file = catalogue(tmp_path, source, value)
    done = CliRunner().invoke(commands, ["check", str(file)], env={"NOPE": None})
    message = "variable NOPE is not set" if value == "!env NOPE" else "cannot read the file nope.txt"
    assert (done.exit_code, message in done.output) == (0, True), done.output
    assert "acme: 2 KPIs, 2 sources, no mistakes\nnote: sources.billing." in done.output
    with pytest.raises(CatalogueError, match=message):
        load(file, {})
    store = Store(tmp_path / "kpi.duckdb")
    with pytest.raises(CatalogueError, match=message):
        Runtime([file], store)
    store.close()


@pytest.mark.parametrize("source", quick(3, SOURCES))
def test_nothing_that_is_generated_depends_on_it(source: str, tmp_path: Path) -> None:
    file = catalogue(tmp_path, source, "!env NOPE")
    without = generated(tmp_path / "without", file, {"NOPE": None})  # type: ignore[dict-item] # None takes it away
    assert without == generated(tmp_path / "with", file, {"NOPE": VALUES.get(source, "something")})


def test_all_that_run_lacks_is_told_at_once(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    files = [catalogue(first, "sql", "!env ONE"), catalogue(second, "bearer", "!file two.txt")]
    with pytest.raises(CatalogueError) as refused:
        load_all(files, {})
    assert [problem.message for problem in refused.value.problems] == [
        "the environment variable ONE is not set",
        "cannot read the file two.txt: No such file or directory",
    ]
    assert [problem.place.line for problem in refused.value.problems] == [12, 13]


def test_a_value_that_an_extending_file_gives_is_not_missing(tmp_path: Path) -> None:
    catalogue(tmp_path, "sql", "!env NOPE")
    over = tmp_path / "over.yaml"
    over.write_text("extends: acme.yaml\nsources: {billing: {url: 'sqlite:///shop.db'}}\n")
    missing: list[Problem] = []
    load(over, {}, missing)
    assert missing == []


@pytest.mark.parametrize("key", ["every", "cron", "timezone", "type", "timeout"])
def test_what_the_catalogue_cannot_be_read_without_is_told_by_its_variable(key: str, tmp_path: Path) -> None:
    file = tmp_path / "acme.yaml"
    kind = "" if key == "type" else "type: files, "
    file.write_text(f"{HEAD}  billing: {{{kind}{key}: !env NOPE, tables: {{deals: {{path: x.csv}}}}}}\n")
    with pytest.raises(CatalogueError, match=rf"sources\.billing\.{key}: the environment variable NOPE is not set"):
        load(file, {}, [])


@pytest.mark.parametrize("line", ["title: !env NOPE", "kpis: {leads: {title: !env NOPE}}"])
def test_what_is_generated_from_a_variable_needs_it(line: str, tmp_path: Path) -> None:
    catalogue(tmp_path, "path", "deals.csv")
    over = tmp_path / "over.yaml"
    over.write_text(f"extends: acme.yaml\n{line}\n")
    with pytest.raises(CatalogueError, match="the environment variable NOPE is not set"):
        load(over, {}, [])
