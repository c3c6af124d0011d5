"""The pages over HTTP: sources, CSV, what is kept and not sent again, and what is said where there is no page."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
import requests

from exporter.records.state import Rejected, RejectedRow
from exporter.web.app import create_app
from exporter.web.exposition import Exposition
from tests.support.readings import NOW, acme, company_reading, kpi, reading, snapshot
from tests.support.web_server import StandInExporter, serve_exporter, served
from tests.web.past import track

HTML = {"accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def exporter() -> StandInExporter:
    stand_in = StandInExporter(snapshot(acme(), company_reading([reading(kpi("mau", "count"), 7.0)], name="other")))
    stand_in.tracks = {"mrr": track([25000.0, None, 26353.21], plan=30000.0, previous=24356.0)}
    stand_in.bad_rows = [Rejected("billing", "customers", 3, (RejectedRow(("C1", None), "'=1+1' is no tier", None),))]
    return stand_in


@pytest.fixture
def site(exporter: StandInExporter) -> Iterator[str]:
    with serve_exporter(exporter) as address:
        yield address


def get(address: str, **headers: str) -> requests.Response:
    return requests.get(address, headers={**HTML, **headers}, timeout=10)


def rows(address: str) -> list[list[str]]:
    answer = get(address)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.text.count("\r\n") == answer.text.count("\n")
    return list(csv.reader(StringIO(answer.content.decode(), newline="")))


def test_values_as_csv(site: str) -> None:
    assert rows(f"{site}/kpi/acme/mrr/values.csv?range=30d") == [
        ["time", "value [EUR]", "status", "plan [EUR]", "previous [EUR]", "so far"],
        ["2026-11-22T12:00:00+00:00", "26353.21", "no target", "30000.0", "24356.0", ""],
        ["2026-11-21T12:00:00+00:00", "", "unknown", "30000.0", "24356.0", ""],
        ["2026-11-20T12:00:00+00:00", "25000.0", "no target", "30000.0", "24356.0", ""],
    ]


def test_the_board_as_csv(site: str) -> None:
    head, *body = rows(f"{site}/kpis.csv?company=acme")
    assert head[:8] == ["company", "kpi", "title", "area", "status", "value", "value unit", "previous"]
    by_id = {row[1]: row for row in body}
    assert by_id["mrr"][4:9] == ["no target", "26353.21", "EUR", "24356.0", "EUR"]
    assert by_id["nps"][head.index("why unknown")] == "no rows for nps"
    assert head[-4:] == ["expected", "so far", "plan so far", "at close"]
    assert by_id["nps"][5:7] == ["", ""]
    assert by_id["arr"][9:13] == ["plan", "missed", "< plan", "< 80% of plan"]
    assert by_id["arr"][head.index("data as of")] == "2026-11-22T11:58:00+00:00"
    assert [row[1] for row in rows(f"{site}/kpis.csv?company=acme&status=critical")[1:]] == ["arr"]


def test_breakdowns_levels_and_inputs_as_csv(site: str) -> None:
    assert rows(f"{site}/kpi/acme/mrr/by-tier.csv") == [
        ["tier", "value [EUR]"],
        ["pro", "24643.21"],
        ["starter", "1710.0"],
    ]
    assert rows(f"{site}/kpi/acme/gross_margin/levels.csv") == [
        ["level", "definition", "now [ratio]", "result"],
        ["target", "> 85%", "0.85", "met"],
        ["warning", "<= 85%", "0.85", "not crossed"],
        ["critical", "< 70%", "0.7", "not crossed"],
    ]
    assert rows(f"{site}/kpi/acme/mrr/inputs.csv")[0][:4] == ["measure", "unit", "meaning", "table"]


def test_sources_and_bad_rows_as_csv(site: str) -> None:
    head, billing, crm, *_ = rows(f"{site}/sources.csv?company=acme")
    assert dict(zip(head, crm, strict=True))["error"] == "the server answered 503"
    assert dict(zip(head, billing, strict=True))["rejected rows"] == "3"
    bad = ["acme", "billing", "customers", "C1, no key", "'=1+1' is no tier"]
    assert rows(f"{site}/rejected.csv?company=acme") == [["company", "source", "table", "key", "reason"], bad]


def test_no_spreadsheet_computes_what_a_catalogue_says(page_of_formulas: str) -> None:
    (_, row) = rows(f"{page_of_formulas}/kpis.csv")
    assert row[2] == """'=HYPERLINK("https://example.org","a ""title"", really")"""
    assert rows(f"{page_of_formulas}/kpi/acme/mrr/by-tier.csv")[1:] == [["'@SUM(A1)", "-1.5"], ["'+1", "-2.5"]]


@pytest.fixture
def page_of_formulas() -> Iterator[str]:
    mrr = kpi("mrr", "EUR", by=("tier",), title='=HYPERLINK("https://example.org","a ""title"", really")')
    mrr_reading = reading(mrr, -3.0, breakdowns={"tier": {"@SUM(A1)": -1.5, "+1": -2.5}})
    with serve_exporter(StandInExporter(snapshot(company_reading([mrr_reading])))) as address:
        yield address


def test_the_sources(site: str) -> None:
    page = get(f"{site}/sources?company=acme").text
    for text in ("stripe", "12, 2 failed", "250ms", "1,413", "the server answered 503", "not polled yet", "C1, no key"):
        assert text in page
    assert page.index("the server answered 503") < page.index("stripe"), "what fails comes first"
    assert "Other" not in page.partition("<main")[2]


def test_a_browser_that_has_the_page_is_not_sent_it_again(exporter: StandInExporter, site: str) -> None:
    first = get(site)
    assert first.headers["cache-control"] == "private, no-cache"
    tag = first.headers["etag"]
    again = get(site, **{"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    exporter.current = snapshot(replace(acme(), kpis=acme().kpis[:3]))
    assert get(site, **{"if-none-match": tag}).status_code == 200


def test_pages_are_compressed_for_those_who_take_it(site: str) -> None:
    plain = requests.get(site, headers={"accept-encoding": "identity"}, timeout=10)
    assert "content-encoding" not in plain.headers
    packed = requests.get(site, headers={"accept-encoding": "gzip"}, timeout=10, stream=True)
    raw = packed.raw.read()
    assert len(raw) < len(plain.content) / 4
    assert gzip.decompress(raw) == plain.content
    assert packed.headers["vary"] == "Accept-Encoding"


def test_style_and_script_are_kept_for_ever_under_names_of_their_text(site: str) -> None:
    paths = [part.partition('"')[0] for part in get(site).text.split('"./static/')[1:]]
    assert len(paths) == 2
    for path in paths:
        answer = get(f"{site}/static/{path}")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] in ("text/css; charset=utf-8", "text/javascript; charset=utf-8")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/nowhere", "There is no page /nowhere."),
        ("/?company=acm", "There is no company &#39;acm&#39;; did you mean `acme`?"),
        ("/kpi/acme/mmr", "Acme has no KPI &#39;mmr&#39;; did you mean `mrr`?"),
        ("/kpi/acm/mrr", "There is no company &#39;acm&#39;; did you mean `acme`?"),
        ("/kpi/acme/mrr/by-region.csv", "Mrr has no table &#39;by-region&#39;."),
        ("/sources?company=acm", "There is no company &#39;acm&#39;; did you mean `acme`?"),
    ],
)
def test_where_there_is_no_page_people_are_told_what_to_ask_instead(site: str, path: str, message: str) -> None:
    answer = get(site + path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert message in answer.text
    program = requests.get(site + path, headers={"accept": "*/*"}, timeout=10)
    assert program.headers["content-type"] == "text/plain; charset=utf-8"
    assert program.status_code == 404


def test_a_page_that_cannot_be_made_says_so_and_no_more(exporter: StandInExporter, site: str) -> None:
    exporter.tracks = {"mrr": replace(track([1.0, 2.0]), at=["secret", "secret"])}  # type: ignore[list-item] # a bug
    answer = get(f"{site}/kpi/acme/mrr")
    assert answer.status_code == 500
    assert "the log of the exporter says why" in answer.text
    assert "secret" not in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert get(f"{site}/kpi/acme/arr").status_code == 200


def test_nothing_is_said_of_time_that_is_not_so() -> None:
    """Ages go on while the exporter finds nothing new."""
    exporter = StandInExporter(snapshot(acme()))
    later = NOW
    app = create_app(exporter, Exposition(exporter.snapshot), lambda: later)
    with served(app) as address:
        assert "2 min ago" in get(address).text
        later = NOW + timedelta(minutes=5)
        assert "7 min ago" in get(address).text
