"""What is missing from tables, on the pages and over HTTP: rows set aside, tables held back, and accepting them."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from exporter.kpis.reading import CompanyReading
from exporter.records.state import Held, Rejected, RejectedRow
from tests.support.readings import NOW, acme, snapshot, source
from tests.support.web_server import StandInExporter, serve_exporter

HELD = Held("billing", "invoices", 50, 45, 5, NOW - timedelta(hours=3), NOW - timedelta(hours=1), accepted=False)
BAD = Rejected("billing", "customers", 3, (RejectedRow(("c7",), 'tier: "<b>" is not one of a, b', None),))


def reading() -> CompanyReading:
    """MRR rests on a table that is held back, the number of customers on one with bad rows."""
    doubtful = {"mrr": {"held": (HELD,)}, "customers": {"rejected": (BAD,)}}
    company = acme()
    kpis = tuple(replace(each, **doubtful.get(each.kpi.id, {})) for each in company.kpis)  # type: ignore[arg-type]
    billing = source(
        rows={"customers": 100, "invoices": 50},
        rejected={"customers": 3},
        reasons={"customers": BAD.reason},
        held={"invoices": HELD},
    )
    return replace(company, kpis=kpis, sources=(billing,))


@pytest.fixture
def exporter() -> StandInExporter:
    stand_in = StandInExporter(snapshot(reading()))
    stand_in.held = [HELD]
    return stand_in


@pytest.fixture
def site(exporter: StandInExporter) -> Iterator[str]:
    with serve_exporter(exporter) as address:
        yield address


def page(address: str) -> str:
    return requests.get(address, headers={"Accept": "text/html"}, timeout=10).text


def test_a_tile_says_it_in_two_words_and_in_full_where_it_is_pointed_at(site: str) -> None:
    board = page(site)
    assert f'<b class="doubt" title="{HELD.text}">held back</b>' in board
    assert f'<b class="doubt" title="{html.escape(BAD.text)}">3 rows set aside</b>'.replace("&quot;", "&#34;") in board
    assert board.count('class="doubt"') == 2


def test_the_page_of_a_kpi_says_it_below_the_number(site: str) -> None:
    assert f'<p class="doubt">{HELD.text}</p>' in page(f"{site}/kpi/acme/mrr")
    assert 'class="doubt"' not in page(f"{site}/kpi/acme/nps")
    assert "&lt;b&gt;" in page(f"{site}/kpi/acme/customers")


def test_the_sources_say_what_is_held_and_behind_what_it_is(site: str) -> None:
    text = page(f"{site}/sources")
    assert f"{HELD.text}; no KPI rests on it" in text
    assert '<td data-label="Held back"><span class="pair">invoices <b>45</b></span></td>' in text
    head, row, *_ = requests.get(f"{site}/sources.csv", timeout=10).text.splitlines()
    assert dict(zip(head.split(","), row.split(","), strict=True))["held back"] == "45"


def test_the_json_has_both(site: str) -> None:
    (company,) = requests.get(f"{site}/api/v1/kpis", timeout=10).json()["companies"]
    (mrr,) = (each for each in company["kpis"] if each["id"] == "mrr")
    assert mrr["held_back"] == company["sources"][0]["held_back"]
    assert mrr["held_back"][0] == {
        "source": "billing",
        "table": "invoices",
        "rows": 50,
        "missing": 45,
        "given": 5,
        "as_of": "2026-11-22T09:00:00+00:00",
        "since": "2026-11-22T11:00:00+00:00",
        "accepted": False,
    }


def accept(site: str, **question: str) -> requests.Response:
    return requests.post(f"{site}/api/v1/accept", params=question, timeout=10)


def test_accepting_over_http(site: str, exporter: StandInExporter) -> None:
    answer = accept(site, company="acme", source="billing")
    assert (answer.status_code, answer.text) == (
        200,
        "invoices of billing: the next poll may take away 45 of 50 rows\n",
    )
    assert exporter.accepted == [HELD]


@pytest.mark.parametrize(
    ("question", "status", "says"),
    [
        ({}, 400, "say which: /api/v1/accept?company=COMPANY&source=SOURCE&table=TABLE"),
        ({"company": "acme"}, 400, "say which"),
        ({"company": "acmé", "source": "billing"}, 404, "there is no company 'acmé'; did you mean `acme`?"),
        ({"company": "acme", "source": "biling"}, 404, "acme has no source 'biling'; did you mean `billing`?"),
        ({"company": "acme", "source": "billing", "table": "deals"}, 400, "acme: nothing of billing is held back"),
    ],
)
def test_what_cannot_be_accepted_says_why(
    site: str, exporter: StandInExporter, question: dict[str, str], status: int, says: str
) -> None:
    answer = accept(site, **question)
    assert (answer.status_code, answer.text.startswith(says)) == (status, True), answer.text
    assert exporter.accepted == []


def test_to_look_at_the_address_accepts_nothing(site: str, exporter: StandInExporter) -> None:
    assert requests.get(f"{site}/api/v1/accept?company=acme&source=billing", timeout=10).status_code == 405
    assert exporter.accepted == []
