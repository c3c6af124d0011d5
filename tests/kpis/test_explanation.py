"""What people read when they ask why a KPI is what it is."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from exporter.analysis.explain.answer import explanation
from exporter.analysis.explain.request import ExplainRequest
from exporter.analysis.explain.text import explanation_text
from exporter.calendar.instants import parse_as_of, parse_known_at
from tests.support.world import MakeWorld, TableRow, World, berlin, utc

NOW = utc("2026-04-01T06:02")


def item(number: int, ends: str = "") -> TableRow:
    return {
        "item_id": number,
        "subscription_id": number,
        "customer_id": number,
        "unit_amount": 4500,
        "currency": "EUR",
        "starts_at": "2026-01-01",
        "ends_at": ends,
    }


@pytest.fixture
def acme(world: MakeWorld) -> World:
    """67 customers of whom one leaves in March, at a margin of 87 %; an hour's outage; a monitoring that fails."""
    cost = {"account": "direct_cost", "booked_on": "2026-03-15", "currency": "EUR"}
    acme = world(
        {
            "subscription_items": [item(0, "2026-03-15"), *(item(number) for number in range(1, 67))],
            "ledger_entries": [{"entry_id": 1, "amount": 66 * 4500 * 0.13, **cost}],
            "outages": [{"outage_id": 1, "starts_at": "2026-03-15T12:00:00Z", "ends_at": "2026-03-15T13:00:00Z"}],
        },
        sources={"outages": "monitoring"},
    ).poll(utc("2026-04-01T06:00"))
    acme.store.polls.failed("acme", "monitoring", utc("2026-04-01T06:01"), "outages.csv does not exist")
    return acme


def explained(acme: World, kpi: str, as_of: datetime | None = None, now: datetime = NOW) -> str:
    return explanation_text(explanation(ExplainRequest(acme.company, acme.company.kpis[kpi], as_of), acme.store, now))


LTV = """\
Customer lifetime value (acme, ltv)
  262,305 EUR
  window month: 2026-03-01 00:00 up to 2026-04-01 00:00 Europe/Berlin
  so far unknown: direct_costs has no data from 2026-04-01 00:00 to 2026-04-01 08:00

  MRR per customer times gross margin times lifetime, which is one month over the monthly logo churn.
  Note: In a month without churn there is no lifetime to compute. The document prints 262,395; its inputs give \
262,305. Of complete months, as the churn that it divides by.

Formula
  ltv = revenue_per_customer * unit_gross_margin * window_months / logo_churn
    revenue_per_customer = 4,500 EUR/month
      revenue_per_customer = mrr / customers
        mrr = 297,000 EUR/month   (up to 2026-04-01 00:00)
        customers = 66 count   (up to 2026-04-01 00:00)
    unit_gross_margin = 0.87 ratio
      unit_gross_margin = 1 - direct_costs / window_months / mrr
        direct_costs = 38,610 EUR   (up to 2026-04-01 00:00)
        window_months = 1
        mrr = 297,000 EUR/month   (up to 2026-04-01 00:00)
    window_months = 1
    logo_churn = 0.014925 ratio
      logo_churn = lost_customers / previous(customers)
        lost_customers = 1 count   (up to 2026-04-01 00:00)
        previous(customers) = 67 count   (up to 2026-03-01 00:00)

Inputs
  mrr [EUR/month]: The run-rate of all subscription items at the end of the period, normalised to a month. \
A tier, a type or a plan for which nothing is paid any more is at 0, so that a threshold on it is crossed.
    assets: no source fills this table
    customers: no source fills this table
    subscription_items: 67 rows from books, read 2026-04-01 06:00:00 UTC, 0:02:00 ago
  customers [count]: Customers who pay at the end of the period. A tier that they have all left is at 0.
    customers: no source fills this table
    subscription_items: 67 rows from books, read 2026-04-01 06:00:00 UTC, 0:02:00 ago
  direct_costs [EUR]: What serving customers cost in the period: the costs that one customer or one cluster causes.
    assets: no source fills this table
    customers: no source fills this table
    ledger_entries: 1 row from books, read 2026-04-01 06:00:00 UTC, 0:02:00 ago
  lost_customers [count]: Customers who paid at the start of the period, or had paused then, and do neither at its \
end; who only paused is not lost.
    subscription_items: 67 rows from books, read 2026-04-01 06:00:00 UTC, 0:02:00 ago

Revenue from 2026-03-01 00:00 up to 2026-04-01 00:00, EUR/month
                           MRR  movements  customers
    opening         301,500.00                    67
  + new                   0.00          0          0
  + reactivation          0.00          0          0
  + expansion             0.00          0          0
  - contraction           0.00          0          0
  - churn             4,500.00          1          1
        voluntary     4,500.00          1          1
  + exchange rates        0.00
  = closing         297,000.00                    66

Largest customers by change of MRR, EUR/month
      opening      moved  exchange rates  closing
  0  4,500.00  -4,500.00            0.00     0.00  churn voluntary

Revenue policy, version 1
  POLICY

Status    no target
Owner     finance
"""

UPTIME_IN_MARCH = """\
Platform uptime (acme, uptime)
  0.998611 ratio
  window trailing 30 days: 2026-02-14 00:00 up to 2026-03-16 00:00 Europe/Berlin

  Share of the last 30 days without outage, announced maintenance left out; outages that overlap count once.
  Note: Model assumption: below 99% SLA credits and churn.

Formula
    uptime = 0.998611 ratio   (up to 2026-03-16 00:00)

Inputs
  uptime [ratio]: The share of the period, announced maintenance left out, in which no outage lasted. \
Outages that overlap count once.
    outages: 1 row from monitoring, read 2026-04-01 06:00:00 UTC; the last poll failed: outages.csv does not exist

Target    > 99.9%   (> 0.999)
Warning   <= 99.9%   (<= 0.999)
Critical  < 99.5%   (< 0.995)
Status    warning
Action    Invest in reliability, add redundancy: confirm that the platform serves customers now, \
then take the longest outage of the window and fix its cause first.
Owner     platform
"""


def test_a_value_is_taken_apart_down_to_the_records(acme: World) -> None:
    assert re.sub(r"(?<=version 1\n)(  .*\n)+", "  POLICY\n", explained(acme, "ltv")) == LTV


def test_the_past_is_explained_by_what_is_known_of_it_today(acme: World) -> None:
    assert explained(acme, "uptime", berlin(date(2026, 3, 16))) == UPTIME_IN_MARCH


def test_what_is_stale_now_still_tells_of_the_past(acme: World) -> None:
    later = utc("2026-06-01")
    assert "unknown (stale): the source monitoring was last read on 2026-04-01 06:00 UTC" in explained(
        acme, "uptime", now=later
    )
    assert explained(acme, "uptime", berlin(date(2026, 3, 16)), later) == UPTIME_IN_MARCH


def test_the_past_is_held_against_the_plan_of_then(acme: World) -> None:
    assert "Plan      base: 25,300 now" in explained(acme, "break_even_mrr", berlin(date(2026, 3, 16)))
    assert "Target    plan   (not in force now)" in explained(acme, "arr")


def test_the_unknown_is_explained(acme: World) -> None:
    text = explained(acme, "ltv", berlin(date(2026, 3, 16)))
    assert "  unknown (too_young): too young: from April 2026 on\n" in text
    assert "direct_costs has no data from 2026-02-01 00:00 to 2026-03-01 00:00\n" in text
    assert "        customers = 67 count   (up to 2026-03-01 00:00)\n" in text
    assert "Status    unknown\n" in text
    assert "\n  not connected: connect leads\n" in explained(acme, "mqls")


@pytest.mark.parametrize("as_of", ["2026-04-01T06:01", "2026-04-01T07:00", "2027-01-01"])
def test_what_is_not_known_yet_is_refused(acme: World, as_of: str) -> None:
    with pytest.raises(ValueError, match=r"uptime is known up to 2026-04-01 06:00:00 UTC, not as of"):
        explained(acme, "uptime", utc(as_of))


def test_the_future_of_what_is_unknown_is_refused(acme: World) -> None:
    with pytest.raises(ValueError, match=r"mqls is known up to 2026-04-01 06:02:00 UTC, not as of 2027"):
        explained(acme, "mqls", utc("2027-01-01"))


def test_no_secret_is_in_an_explanation_or_a_reading(world: MakeWorld) -> None:
    platform = {"type": "sql", "url": "postgresql://kpi:hunter2@db.example.com/platform"}
    tables = {"outages": {"query": "SELECT outage_id, starts_at FROM downtime"}}
    acme = world({}, catalogue={"sources": {"platform": {**platform, "tables": tables}}})
    assert "outages: not read yet from platform, never read successfully" in explained(acme, "uptime")
    assert "hunter2" not in explained(acme, "uptime") + repr(acme.take(NOW)) + str(acme.series(NOW))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-31", datetime(2026, 3, 30, 22, tzinfo=UTC)),
        ("2026-03-31T12:00", datetime(2026, 3, 31, 10, tzinfo=UTC)),
        ("2026-03-31T12:00:00Z", datetime(2026, 3, 31, 12, tzinfo=UTC)),
        ("2026-03-31T12:00:00-05:00", datetime(2026, 3, 31, 17, tzinfo=UTC)),
    ],
)
def test_a_date_or_time_is_the_companys_unless_it_says_otherwise(text: str, instant: datetime) -> None:
    assert parse_as_of(text, ZoneInfo("Europe/Berlin")) == instant


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-03-28", "Europe/Berlin", "2026-03-28T22:59:59.999999Z"),
        ("2026-03-29", "Europe/Berlin", "2026-03-29T21:59:59.999999Z"),  # a day of 23 hours
        ("2026-03-30", "Asia/Tokyo", "2026-03-30T14:59:59.999999Z"),
        ("2026-03-30T12:00", "Europe/Berlin", "2026-03-30T10:00:00Z"),
        ("2026-03-31", "Europe/Berlin", "2026-03-31T12:00:00Z"),  # today: now
        ("2026-03-31T20:00", "Europe/Berlin", "2026-03-31T18:00:00Z"),  # later today is not known yet
        ("2026-04-01", "Asia/Tokyo", "2026-04-01T14:59:59.999999Z"),  # tomorrow neither
        ("9999-12-31", "America/New_York", "9999-12-31T05:00:00Z"),
    ],
)
def test_what_was_known_on_a_day_is_what_was_known_at_its_end(text: str, zone: str, expected: str) -> None:
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)
    assert parse_known_at(text, ZoneInfo(zone), now) == datetime.fromisoformat(expected)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30", "0001-01-01"])
def test_what_is_no_date_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write 2026-03-31 or 2026-03-31T12:00:00Z"):
        parse_as_of(text, ZoneInfo("Asia/Tokyo"))
