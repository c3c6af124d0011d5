"""What half an hour of the demonstration makes people hear: the table, and how the benchmark holds messages to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from exporter.conventions import EXPORTER_DOWN, KPI_UNKNOWN, SOURCE_DOWN, SOURCE_OVERDUE_ALERT, WATCHDOG
from tests.bench.half_hour import HalfHour, Labels, Message, missing, table, unexpected

ROOT = Path(__file__).parents[2]

ROUTE: dict[str, Any] = {
    "receiver": "ticket",
    "group_by": ["company", "kpi"],
    "routes": [
        {"matchers": ['alertname="KpiWatchdog"'], "receiver": "watchdog", "group_by": ["alertname"]},
        {"matchers": ['area="health"'], "receiver": "notice", "group_by": ["company"]},
        {
            "matchers": ['notify="digest"'],
            "receiver": "digest",
            "group_by": ["company"],
            "mute_time_intervals": ["now"],
        },
    ],
}


def alert(name: str, severity: str = "warning", **labels: str) -> Labels:
    return {"alertname": name, "company": "acme", "area": "sales", "severity": severity, "notify": "ticket", **labels}


LOW = alert("KpiMrrLow", kpi="mrr")
CRITICAL = alert("KpiMrrLow", "critical", kpi="mrr")
DIGEST = alert("KpiLeadsLow", kpi="leads", notify="digest")
DOWN = alert(SOURCE_DOWN, area="health", source="crm")
OVERDUE = alert(SOURCE_OVERDUE_ALERT, area="health", source="crm")
UNKNOWN = alert(KPI_UNKNOWN, area="health", kpi="nps")
DOG = alert(WATCHDOG, "none", area="health")
WORST = {("acme", "mrr"): 2.0, ("acme", "leads"): 1.0}
HALF_HOUR = HalfHour(ROUTE, [LOW, CRITICAL, DIGEST, DOWN, OVERDUE, UNKNOWN, DOG], WORST, ("acme", "crm"))

TICKET = Message(5.0, "ticket", {"company": "acme", "kpi": "mrr"}, [("firing", CRITICAL)])
NOTICE = Message(16.0, "notice", {"company": "acme"}, [("firing", DOWN), ("firing", UNKNOWN)])
BARK = Message(0.5, "watchdog", {"alertname": WATCHDOG}, [("firing", DOG)])


def test_the_documentation_has_the_table() -> None:
    assert table() in (ROOT / "docs" / "notifications.md").read_text()


def test_what_is_documented_is_all_that_comes() -> None:
    messages = [BARK, TICKET, NOTICE, replace(BARK, minute=5.5)]
    assert list(HALF_HOUR.undocumented()) == []
    assert list(unexpected(HALF_HOUR, messages)) == []
    assert missing(HALF_HOUR, messages) == set()


@pytest.mark.parametrize(
    "surplus",
    [
        replace(TICKET, minute=15.0),
        replace(NOTICE, alerts=[("resolved", DOWN)], receiver="notice", minute=20.0),
        Message(9.0, "digest", {"company": "acme"}, [("firing", DIGEST)]),
        Message(9.0, "ticket", {"company": "acme", "kpi": "arr"}, [("firing", LOW)]),
    ],
    ids=["twice", "false end", "digest out of its hour", "of another group"],
)
def test_any_other_message_is_unexpected(surplus: Message) -> None:
    assert list(unexpected(HALF_HOUR, [BARK, TICKET, NOTICE, surplus])) == [surplus]


def test_a_message_that_does_not_come_is_missing() -> None:
    assert missing(HALF_HOUR, [BARK, NOTICE]) == {TICKET.key}


@pytest.mark.parametrize(
    "other",
    [
        alert(EXPORTER_DOWN, "critical", area="health"),
        alert(SOURCE_DOWN, area="health", source="billing"),
        alert("KpiArrLow", kpi="arr"),
        alert("KpiLeadsLow", "critical", kpi="leads"),
    ],
    ids=["exporter", "another source", "a KPI in order", "worse than it is"],
)
def test_an_alert_that_nothing_caused_is_undocumented(other: Labels) -> None:
    assert list(replace(HALF_HOUR, fired=[*HALF_HOUR.fired, other]).undocumented()) == [other]
