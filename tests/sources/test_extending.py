"""A kind of source that another package adds: the example of docs/extending.md, from its entry point to /metrics."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import exporter.sources
from exporter.records.batch import SourceFailed
from exporter.sources.registry import ENTRY_POINTS, kinds
from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.support.source_polls import NOON
from tests.support.world import World

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "extending.md"
RATES = {"2026-02-26": {"USD": 1.25}, "2026-02-27": {"USD": 1.6}}
MRR = 'kpi_mrr_eur{company="acme"}'
COMPANY = """
extends: managed-kubernetes
company: acme
title: Acme
sources:
  books:
    type: files
    tables: {{subscription_items: {{path: items.csv}}}}
  rates: {{type: frankfurter, url: "{url}/v1", quotes: [USD], since: 2026-02-26}}
"""
ITEMS = """item_id,subscription_id,customer_id,unit_amount,currency,starts_at
i,s,c,100,USD,2026-02-26
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install the example as pip does: the module on the path, and beside it the entry points of its package."""
    entry = re.search(rf'"{ENTRY_POINTS}"\]\n(.+)\n', DOCS.read_text("utf-8"))
    assert entry is not None
    info = tmp_path / "site" / "frankfurter-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: frankfurter\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\n{entry[1].replace(chr(34), '')}\n")
    monkeypatch.syspath_prepend(str(info.parent))
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "examples"))
    kinds.cache_clear()
    yield
    kinds.cache_clear()
    sys.modules.pop("frankfurter", None)


@pytest.fixture
def server() -> Iterator[Standin]:
    def answer(request: HttpRequest) -> HttpResponse:
        first = request.path.removeprefix("/v1/").removesuffix("..")
        return HttpResponse({"base": "EUR", "rates": {day: RATES[day] for day in RATES if day >= first}})

    with Standin(answer) as standin:
        yield standin


@pytest.fixture
def acme(tmp_path: Path, installed: None, server: Standin) -> Iterator[World]:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "company.yaml").write_text(COMPANY.format(url=server.url))
    (folder / "items.csv").write_text(ITEMS)
    world = World.opened(folder)
    yield world
    world.store.close()


def test_a_source_of_another_package_is_polled_into_metrics(acme: World) -> None:
    series = acme.poll(NOON).series(NOON)
    assert series['kpi_source_up{company="acme",source="rates"}'] == 1
    assert series[MRR] == 62.5


def test_the_next_poll_reads_on_from_the_last_day_and_removes_nothing(acme: World, server: Standin) -> None:
    acme.poll(NOON).poll(NOON)
    assert [request.path for request in server.requests] == ["/v1/2026-02-26..", "/v1/2026-02-27.."]
    assert server.requests[0].params == {"base": "EUR", "symbols": "USD"}
    assert acme.store.polls.fillers("acme")["fx_rates"] == {"rates": 2}


@pytest.mark.parametrize("document", [[], {"rates": [1]}, {"message": "not found"}, None])
def test_another_answer_fails_in_words(acme: World, server: Standin, document: object) -> None:
    server.answer = lambda request: HttpResponse(document)
    with pytest.raises(SourceFailed, match="the answer has no rates by day"):
        acme.poll(NOON, "rates")


def test_a_mistake_in_its_section_is_an_error_of_the_catalogue(tmp_path: Path, installed: None) -> None:
    with pytest.raises(ValueError, match="quotes"):
        kinds()["frankfurter"].model_validate({"type": "frankfurter", "url": "https://host", "since": "2026-01-01"})


def test_every_name_of_the_public_face_is_documented() -> None:
    text = DOCS.read_text("utf-8")
    assert sorted(exporter.sources.__all__) == exporter.sources.__all__
    assert [name for name in exporter.sources.__all__ if f"`{name}`" not in text] == []


@pytest.mark.process
def test_the_public_face_loads_no_client_of_a_system() -> None:
    code = "import sys, exporter.sources; print(*{'duckdb', 'requests', 'sqlalchemy', 'sqlglot'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
