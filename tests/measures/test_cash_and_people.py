"""Cash, burn and headcount: what was stated last holds on."""

from __future__ import annotations

from decimal import Decimal

from exporter.records.batch import Row
from tests.measures.book import Book, month, span

MARCH = month("2026-03")


def balance(account: str, on: str, amount: object) -> Row:
    return {"account_id": account, "balance_on": on, "amount": amount}


def test_cash_is_the_latest_balance_of_each_account(book: Book) -> None:
    book.put(
        "cash_balances",
        balance("giro", "2026-02-27", 100),
        balance("giro", "2026-03-31", 70),
        balance("giro", "2026-04-01", 5),
        balance("savings", "2026-01-15", 1000),
    )
    assert book.value("cash", MARCH) == 1070
    assert book.value("cash", month("2026-02")) == 1100
    assert book.value("cash", month("2026-01")) == 1000
    assert book.value("cash", month("2025-12")) is None
    assert book.value("cash", span("2026-04-01 12:00", "2026-04-01 12:00")) == 1005


def test_accounts_of_two_sources_may_share_a_name(book: Book) -> None:
    book.put("cash_balances", balance("giro", "2026-03-01", 100), source="bank one")
    book.put("cash_balances", balance("giro", "2026-03-10", 30), source="bank two")
    assert book.value("cash", MARCH) == 130


def test_burn_is_what_three_months_took_without_the_investors_money(book: Book) -> None:
    """December's last balance opens the three months, money received on their first and last days is in them."""
    book.put("cash_balances", balance("giro", "2025-12-31", 900), balance("giro", "2026-03-31", 1100))
    book.put(
        "financings",
        {"paid_on": "2025-12-31", "amount": 10000},
        {"paid_on": "2026-01-01", "amount": 300},
        {"paid_on": "2026-03-31", "amount": 200},
        {"paid_on": "2026-04-01", "amount": 10000},
    )
    assert book.value("net_burn", MARCH) == 100


def test_a_company_that_earns_burns_less_than_nothing(book: Book) -> None:
    book.put("cash_balances", balance("giro", "2025-12-31", 900), balance("giro", "2026-03-31", 960))
    book.put("financings")
    assert book.value("net_burn", MARCH) == -20


def test_without_a_balance_three_months_ago_burn_is_unknown(book: Book) -> None:
    book.put("cash_balances", balance("giro", "2026-01-02", 900), balance("giro", "2026-03-31", 960))
    assert book.value("net_burn", MARCH) is None


def test_headcount_holds_until_the_team_states_another(book: Book) -> None:
    book.put(
        "headcount",
        {"team": "engineering", "effective_on": "2026-01-01", "people": 3},
        {"team": "engineering", "effective_on": "2026-03-31", "people": "3.5"},
        {"team": "engineering", "effective_on": "2026-04-01", "people": 6},
        {"team": "support", "effective_on": "2025-06-01", "people": 1},
        {"team": "support", "effective_on": "2026-02-01", "people": 0},
    )
    assert book.value("headcount", MARCH) == Decimal("3.5")
    assert book.parts("headcount", MARCH, "team") == {"engineering": Decimal("3.5"), "support": 0}
    assert book.value("headcount", month("2026-01")) == 4
    assert book.value("headcount", month("2025-05")) is None
