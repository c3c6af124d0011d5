"""The period that runs and the last close, wherever a KPI is shown: in words, as JSON and as CSV."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from exporter.calendar.windows import Period
from exporter.catalogue.language.plans import Scenario
from exporter.kpis.reading import Reading, Reason, ToDate, Unknown
from exporter.kpis.so_far import amount_so_far, at_close, so_far, why_not_so_far
from exporter.web.json_view import document
from exporter.web.pages.board_filter import BoardFilter
from exporter.web.pages.kpi_listing import table
from exporter.web.pages.tables import to_csv
from tests.support.readings import NOW, company_reading, kpi, reading

PERIOD = Period(NOW - timedelta(days=21), NOW)
STALE = Unknown(Reason.STALE, "its data was last read on Friday")


def tickets(to_date: ToDate | None, **changes: Any) -> Reading:
    return reading(kpi("tickets", "count"), 18.0, to_date=to_date, **changes)


def part(value: float, plan: float | None = None) -> ToDate:
    return ToDate(PERIOD, value, None, plan)


@pytest.mark.parametrize(
    ("ticket_count", "words"),
    [
        (tickets(part(12)), "12 so far"),
        (tickets(part(12, 14), plan={Scenario.BASE: 20.0}), "12 so far, plan 20 (14 by now)"),
        (tickets(part(12, 20), plan={Scenario.BASE: 20.0}), "12 so far, plan 20"),
        (tickets(part(0, 0), plan={Scenario.BASE: 20.0}), "0 so far, plan 20 (0 by now)"),
        (tickets(part(12), plan={Scenario.BASE: 20.0}), "12 so far, plan 20"),
        (tickets(ToDate(PERIOD, None, STALE, 14), plan={Scenario.BASE: 20.0}), ""),
        (tickets(None), ""),
    ],
)
def test_in_words(ticket_count: Reading, words: str) -> None:
    assert so_far(ticket_count) == words
    assert amount_so_far(ticket_count) == words.partition(",")[0]


def test_what_nobody_knows_says_why_unless_the_complete_period_does() -> None:
    assert why_not_so_far(tickets(ToDate(PERIOD, None, STALE))) == STALE.detail
    assert why_not_so_far(tickets(part(1))) == ""
    assert why_not_so_far(reading(kpi("tickets", "count"), None, to_date=ToDate(PERIOD, None, STALE))) == ""


def test_the_last_close_is_of_what_is_now() -> None:
    assert at_close(reading(kpi("mrr", "EUR", window="now"), 10.0, at_close=9.5)) == "€9.50"
    assert at_close(tickets(part(1))) == ""


def test_as_json_and_as_csv() -> None:
    company = company_reading(
        [
            tickets(part(12, 14)),
            tickets(ToDate(PERIOD, None, STALE)),
            reading(kpi("customers", "count", window="now"), 5.0, at_close=4.0),
        ]
    )
    first, second, third = document([company])["companies"][0]["kpis"]
    assert (first["to_date"]["value"], first["to_date"]["plan"], first["to_date"]["unknown"]) == (12, 14, None)
    assert first["to_date"]["period"] == {"starts": "2026-11-01T12:00:00+00:00", "ends": "2026-11-22T12:00:00+00:00"}
    assert (second["to_date"]["value"], second["to_date"]["unknown"]["reason"]) == (None, "stale")
    assert (third["to_date"], third["at_close"], first["at_close"]) == (None, 4, None)
    lines = to_csv(table([company], BoardFilter(), NOW)).splitlines()
    assert lines[0].endswith(",so far [count],plan so far [count],at close [count]")
    assert [line.rsplit(",", 3)[1:] for line in lines[1:]] == [["12", "14", ""], ["", "", ""], ["", "", "4.0"]]
