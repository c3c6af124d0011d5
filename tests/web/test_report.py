"""Reviews over HTTP: what is asked of the exporter, in which form it is answered, and what is said to a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from exporter.analysis.review.request import Format
from exporter.catalogue.schema.company import Cadence
from tests.support.readings import acme, snapshot
from tests.support.web_server import StandInExporter, serve_exporter

EXPORTER = StandInExporter(snapshot(acme()))


@pytest.fixture
def url() -> Iterator[str]:
    EXPORTER.reported.clear()
    with serve_exporter(EXPORTER) as address:
        yield f"{address}/api/v1/report"


@pytest.mark.parametrize(
    ("query", "expected", "media_type"),
    [
        ("cadence=weekly", (Cadence.WEEKLY, None, Format.MARKDOWN), "text/markdown; charset=utf-8"),
        ("cadence=monthly&format=html", (Cadence.MONTHLY, None, Format.HTML), "text/html; charset=utf-8"),
        (
            "cadence=daily&since=2026-11-01",
            (Cadence.DAILY, datetime(2026, 10, 31, 23, tzinfo=UTC), Format.MARKDOWN),
            "text/markdown; charset=utf-8",
        ),
    ],
)
def test_a_review_is_asked_of_the_exporter(
    url: str, query: str, expected: tuple[Cadence, datetime | None, Format], media_type: str
) -> None:
    answer = requests.get(f"{url}?company=acme&{query}", timeout=10)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert EXPORTER.reported == [("acme", *expected)]
    cadence, _, form = expected
    assert answer.text.startswith("<!doctype html>\n" if form is Format.HTML else f"# Acme: {cadence} review\n")
    assert f"Acme: {cadence} review" in answer.text


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("", 400, "say which: /api/v1/report?company=COMPANY&cadence=weekly"),
        ("company=acme", 400, "say which: /api/v1/report?company=COMPANY&cadence=weekly"),
        ("company=acmee&cadence=weekly", 404, "there is no company 'acmee'; did you mean `acme`?"),
        ("company=acme&cadence=yearly", 400, "cadence: 'yearly' is not one; write daily or weekly or monthly or"),
        ("company=acme&cadence=weekly&format=pdf", 400, "format: 'pdf' is not one; write markdown or html"),
        ("company=acme&cadence=weekly&since=monday", 400, "since: 'monday' is not a date or time; write 2026-03-31"),
    ],
)
def test_a_mistake_is_told_what_to_ask_instead(url: str, query: str, status: int, message: str) -> None:
    answer = requests.get(f"{url}?{query}", timeout=10)
    assert answer.status_code == status
    assert message in answer.text
    assert not EXPORTER.reported
