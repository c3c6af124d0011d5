"""What people read when they ask why revenue is what it is: the movements, the largest customers, the policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import pytest

from exporter.analysis.explain.answer import explanation
from exporter.analysis.explain.request import ExplainRequest
from exporter.analysis.explain.text import explanation_text
from exporter.revenue.policy import RevenuePolicy
from tests.support.world import MakeWorld, TableRow, Tables, World, berlin, utc

pytestmark = pytest.mark.slow

READ = utc("2026-04-01T06:00")


def item(
    number: int, customer: str, amount: float, starts: str = "2026-01-01", ends: str = "", **more: object
) -> TableRow:
    return {
        "item_id": number,
        "subscription_id": customer,
        "customer_id": customer,
        "line_id": customer,
        "unit_amount": amount,
        "currency": "EUR",
        "starts_at": starts,
        "ends_at": ends,
        **more,
    }


def money(id_: str, **more: object) -> Mapping[str, object]:
    return {
        "title": id_,
        "area": "revenue",
        "definition": id_,
        "unit": "EUR",
        "per": "month",
        "window": "month",
        **more,
    }


KPIS = {id_: money(id_) for id_ in ("churned_mrr", "expansion_mrr", "fx_mrr", "net_new_mrr")}
KPIS["mrr_now"] = money("mrr_now", formula="mrr", window="now")
KPIS["won_mrr"] = money("won_mrr", formula="new_mrr + reactivation_mrr")
MARCH = [
    item(1, "ada", 100, ends="2026-03-10"),
    item(2, "ada", 150, "2026-03-10"),
    item(3, "bob", 200, ends="2026-03-15"),
    item(4, "cy", 80, "2026-03-05"),
    item(5, "dee", 50, ends="2026-02-10"),
    item(6, "dee", 60, "2026-03-20"),
    item(7, "eve", 90, ends="2026-03-12"),
    item(8, "eve", 70, "2026-03-12"),
    item(9, "fay", 100, currency="USD"),
]
"""Somebody does each thing in March, and of Fay's dollars only the rate moves."""

RATES = [
    {"rate_on": "2026-01-01", "base_currency": "USD", "quote_currency": "EUR", "rate": "0.90"},
    {"rate_on": "2026-03-20", "base_currency": "USD", "quote_currency": "EUR", "rate": "0.95"},
]

BRIDGE = """\
Revenue from 2026-03-01 00:00 up to 2026-04-01 00:00, EUR/month
                       MRR  movements  customers
    opening         480.00                     4
  + new              80.00          1          1
        plan         80.00          1          1
  + reactivation     60.00          1          1
        plan         60.00          1          1
  + expansion        50.00          1          1
        price        50.00          1          1
  - contraction      20.00          1          1
        price        20.00          1          1
  - churn           200.00          1          1
        voluntary   200.00          1          1
  + exchange rates    5.00
  = closing         455.00                     5
"""

LARGEST = """\
Largest customers by MRR at the close, EUR/month
       opening   moved  exchange rates  closing
  ada   100.00   50.00            0.00   150.00  expansion price
  fay    90.00    0.00            5.00    95.00
  cy      0.00   80.00            0.00    80.00  new plan
  eve    90.00  -20.00            0.00    70.00  contraction price
  dee     0.00   60.00            0.00    60.00  reactivation plan
"""


def acme(world: MakeWorld, items: Sequence[TableRow], rates: Sequence[TableRow] = (), **catalogue: object) -> World:
    tables = {"subscription_items": items, **({"fx_rates": rates} if rates else {})}
    return world(tables, catalogue={"kpis": KPIS, **catalogue}).poll(READ)


def explained(
    company: World, kpi: str, as_of: datetime | None = None, known_at: datetime | None = None, now: datetime = READ
) -> str:
    return explanation_text(
        explanation(ExplainRequest(company.company, company.company.kpis[kpi], as_of, known_at), company.store, now)
    )


def ranked(text: str) -> list[str]:
    """Return the customers that are named, in order, and what is said of the others."""
    table = text.partition("Largest customers")[2].partition("\n\n")[0].splitlines()[1:]
    return [line.strip() if line.startswith("  and ") else line.split()[0] for line in table if "opening" not in line]


def row(text: str, label: str) -> list[str]:
    """Return the cells of a row of the bridge."""
    return next(line for line in text.splitlines() if line.startswith(f"  {label} ")).removeprefix(f"  {label}").split()


def test_mrr_is_taken_apart_into_what_moved_it(world: MakeWorld) -> None:
    text = explained(acme(world, MARCH, RATES), "mrr", berlin(date(2026, 4, 1)))
    assert "\n  455 EUR\n" in text
    assert f"\n\n{BRIDGE}\n{LARGEST}\nRevenue policy, version 1\n  " in text


def test_the_policy_in_force_is_shown_with_every_switch(world: MakeWorld) -> None:
    company = acme(world, MARCH, RATES, revenue_policy={"version": "2024-b", "paused": "keep", "dunning_days": None})
    policy = explained(company, "churned_mrr").partition("\nRevenue policy, version 2024-b\n")[2].partition("\n\n")[0]
    visible = dict(switch.split("=") for switch in policy.replace(",", " ").split())
    assert visible.keys() == RevenuePolicy.model_fields.keys() - {"version"}
    assert [visible[each] for each in ("paused", "dunning_days", "grain", "tax")] == ["keep", "none", "day", "exclude"]


def test_the_largest_are_those_who_make_the_number(world: MakeWorld) -> None:
    company = acme(world, MARCH, RATES)
    result = {kpi: ranked(explained(company, kpi)) for kpi in (*KPIS, "mrr", "mrr_growth", "logo_churn")}
    changes = ["bob", "cy", "dee", "ada", "eve", "fay"]
    assert result == {
        "churned_mrr": ["bob"],
        "expansion_mrr": ["ada"],
        "won_mrr": ["cy", "dee"],
        "fx_mrr": changes,
        "net_new_mrr": changes,
        "mrr_growth": changes,
        "logo_churn": changes,
        "mrr": ["ada", "fay", "cy", "eve", "dee"],
        "mrr_now": ["ada", "fay", "cy", "eve", "dee"],
    }


def test_ten_are_named_and_the_others_counted(world: MakeWorld) -> None:
    company = acme(world, [item(number, f"c{number:02}", 100 + number) for number in range(12)])
    assert ranked(explained(company, "mrr")) == [*(f"c{number:02}" for number in range(11, 1, -1)), "and 2 more"]
    assert ranked(explained(company, "churned_mrr")) == ["none"]


def test_a_number_of_now_is_explained_by_the_month_up_to_it(world: MakeWorld) -> None:
    company = acme(world, MARCH, RATES)
    text = explained(company, "mrr_now", utc("2026-03-12T12:00"))
    assert "\nRevenue from 2026-02-12 13:00 up to 2026-03-12 13:00, EUR/month\n" in text
    bridge = {label: row(text, label)[0] for label in ("  opening", "+ new", "+ expansion", "- contraction", "- churn")}
    assert list(bridge.values()) == ["480.00", "80.00", "50.00", "20.00", "0.00"]
    assert row(text, "= closing") == ["590.00", "5"]


def test_one_customer_may_move_more_than_once(world: MakeWorld) -> None:
    """Ada leaves, returns and leaves again; the customers of a kind are one, and so are not its movements."""
    stays = [("2026-01-01", "2026-03-02"), ("2026-03-08", "2026-03-20")]
    items = [item(number, "ada", 100, starts, ends) for number, (starts, ends) in enumerate(stays)]
    text = explained(acme(world, items), "churned_mrr")
    assert row(text, "- churn") == ["200.00", "2", "1"]
    assert row(text, "+ reactivation") == ["100.00", "1", "1"]
    assert "  ada   100.00  -100.00            0.00     0.00  churn voluntary, reactivation plan\n" in text


def test_a_swap_of_currencies_is_no_movement_of_the_customer(world: MakeWorld) -> None:
    """90 euros become 100 dollars of the same worth, which then rise by 5."""
    items = [item(1, "ada", 90, ends="2026-03-10"), item(2, "ada", 100, "2026-03-10", currency="USD")]
    text = explained(acme(world, items, RATES), "mrr")
    kinds = {label: row(text, label)[0] for label in ("+ new", "+ expansion", "- contraction", "- churn")}
    assert set(kinds.values()) == {"0.00"}
    assert [row(text, label)[-1] for label in ("+ exchange rates", "= closing")] == ["5.00", "1"]
    assert "  ada    90.00   0.00            5.00    95.00\n" in text


def test_amounts_are_rounded_once_and_add_up_as_shown(world: MakeWorld) -> None:
    """Of 100 a year, 8.33 and a third: two are 16.67, and not the 16.66 that adding what is shown would give."""
    yearly = {"billing_interval": "year"}
    items = [
        item(1, "ada", 100, "2026-03-05", **yearly),
        item(2, "bob", 100, ends="2026-03-05", **yearly),
        item(3, "bob", 200, "2026-03-05", **yearly),
    ]
    text = explained(acme(world, items), "mrr")
    visible = {label: row(text, label)[0] for label in ("  opening", "+ new", "+ expansion", "+ rounding", "= closing")}
    assert list(visible.values()) == ["8.33", "8.33", "8.33", "0.01", "25.00"]
    assert "rounding" not in explained(acme(world, items[1:]), "mrr", berlin(date(2026, 3, 1)))


def test_amounts_have_the_places_of_the_currency(world: MakeWorld) -> None:
    tables = {"subscription_items": [item(1, "ada", 10, currency="BHD", billing_interval="year")]}
    kpis = {"mrr": money("mrr", unit="BHD")}
    own = {"extends": None, "currency": "BHD", "timezone": "UTC", "kpis": kpis, "links": LINKS}
    text = explained(world(tables, catalogue=own).poll(READ), "mrr")
    assert row(text, "= closing") == ["0.833", "1"]


LINKS = {"runbooks": "https://runbooks.example.com/kpi", "dashboards": "https://grafana.example.com"}


def test_without_a_rate_the_movements_are_unknown_and_say_which(world: MakeWorld) -> None:
    text = explained(acme(world, [item(1, "ada", 1, currency="AED")]), "mrr")
    assert "\nRevenue\n  unknown: " in text
    assert "there is no exchange rate from AED to EUR on 2026-01-01" in text
    assert "Revenue policy, version 1\n" in text


def test_what_does_not_rest_on_the_ledger_shows_none_of_it(world: MakeWorld) -> None:
    outage = {"outage_id": 1, "starts_at": "2026-03-15T12:00:00Z", "ends_at": "2026-03-15T13:00:00Z"}
    tables: Tables = {"subscription_items": MARCH, "fx_rates": RATES, "outages": [outage]}
    text = explained(world(tables).poll(READ), "uptime")
    assert "outages: 1 row" in text
    assert not [word for word in ("Revenue", "Largest", "policy", "ada", "opening") if word in text]


def test_an_own_measure_over_the_ledger_is_explained_too(world: MakeWorld) -> None:
    sql = "SELECT period, COALESCE(SUM(delta), 0) AS value FROM moved WHERE kind = 'contraction' GROUP BY period"
    own = {"doc": "Reduced.", "unit": "money/month", "sql": sql}
    kpis = {"reduced": money("reduced")}
    company = world(
        {"subscription_items": MARCH, "fx_rates": RATES},
        catalogue={"measures": {"reduced": own}, "kpis": kpis},
    ).poll(READ)
    text = explained(company, "reduced")
    assert BRIDGE in text
    assert ranked(text) == ["eve"]


CORRECTED = utc("2026-04-10T06:00")


@pytest.fixture
def corrected(world: MakeWorld) -> World:
    """Until the tenth of April nobody knew that Bob left in March."""
    company = acme(world, [{**each, "ends_at": ""} if each["customer_id"] == "bob" else each for each in MARCH], RATES)
    company.write("subscription_items", MARCH)
    return company.poll(CORRECTED)


def test_as_reported_and_restated(corrected: World) -> None:
    end = berlin(date(2026, 4, 1))
    restated = explained(corrected, "mrr", end, now=CORRECTED)
    assert row(restated, "- churn") == ["200.00", "1", "1"]
    assert row(restated, "= closing") == ["455.00", "5"]
    reported = explained(corrected, "mrr", end, utc("2026-04-10T05:59:59"), CORRECTED)
    assert "\n  655 EUR\n" in reported
    assert "\n  as known on 2026-04-10 07:59:59 Europe/Berlin\n" in reported
    assert row(reported, "- churn") == ["0.00", "0", "0"]
    assert row(reported, "= closing") == ["655.00", "6"]
    assert "200.00" in next(line for line in reported.splitlines() if line.startswith("  bob "))


def test_as_reported_tells_the_latest_number_of_then(corrected: World) -> None:
    """In June that is the one of the tenth of April, as far as it was known then."""
    reported = explained(corrected, "mrr", known_at=utc("2026-04-10T05:00"), now=utc("2026-06-03"))
    assert "  window now: 2026-04-10 07:00:00 Europe/Berlin\n" in reported
    assert "\n  655 EUR\n" in reported


def test_what_was_not_known_then_is_no_zero(corrected: World) -> None:
    with pytest.raises(
        ValueError, match="nothing was known of subscription_items on 2026-03-31 02:00:00 Europe/Berlin"
    ):
        explained(corrected, "mrr", known_at=utc("2026-03-31"), now=CORRECTED)
    with pytest.raises(ValueError, match="what will be known on 2026-04-12 02:00:00 Europe/Berlin is not known yet"):
        explained(corrected, "mrr", known_at=utc("2026-04-12"), now=CORRECTED)
    with pytest.raises(ValueError, match="mrr is known up to 2026-04-03 00:00:00 UTC, not as of 2026-04-05"):
        explained(corrected, "mrr", utc("2026-04-05"), utc("2026-04-03"), CORRECTED)


def test_what_has_no_versions_is_not_passed_off_as_reported(world: MakeWorld) -> None:
    cost = {"entry_id": 1, "amount": 10, "account": "direct_cost", "booked_on": "2026-03-15", "currency": "EUR"}
    outage = {"outage_id": 1, "starts_at": "2026-03-15T12:00:00Z", "ends_at": "2026-03-15T13:00:00Z"}
    tables: Tables = {"subscription_items": MARCH, "fx_rates": RATES, "ledger_entries": [cost], "outages": [outage]}
    company = world(tables).poll(READ)
    text = explained(company, "unit_gross_margin", known_at=READ)
    assert "\n  but ledger_entries as known now: no versions are kept of them\n" in text
    with pytest.raises(
        ValueError, match="uptime cannot be told as it was known before: versions are kept of discounts"
    ):
        explained(company, "uptime", known_at=READ)
