"""The books of CloudMetrics Inc. for one year, so that its disclosed figures come out of them.

4,433 customers pay 89.4 million a year on 1 January 2025. Of the 210 among them who came in the half year before, 50
leave within the year, so customers like these stay 4.2 years.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from tests.support.world import TableRow, Tables, utc

READ = utc("2026-01-01")
MID_YEAR = "2025-07-01T00:00:00Z"
LONG_AGO, LATELY, THIS_YEAR = "2023-03-01T00:00:00Z", "2024-09-01T00:00:00Z", "2025-03-01T00:00:00Z"
CATALOGUE = {"extends": "unit-economics"}
ENTERPRISE = "enterprise"


def tables() -> Tables:
    items = list(_items())
    customers = sorted({str(item["customer_id"]) for item in items})
    return {
        "customers": [{"customer_id": each, "tier": ENTERPRISE} for each in customers],
        "subscription_items": items,
        "acquisition_costs": [
            _in_dollars(cost_id="sales", spent_on="2025-04-01", segment=ENTERPRISE, amount=11_000_000),
            _in_dollars(cost_id="marketing", spent_on="2025-12-31", segment=ENTERPRISE, amount=7_200_000),
            _in_dollars(cost_id="before", spent_on="2024-12-31", segment=ENTERPRISE, amount=1),
        ],
        "ledger_entries": [
            _entry(1, "recurring_revenue", 99_000_000),
            _entry(2, "services_revenue", 1_000_000),
            _entry(3, "direct_cost", 12_000_000),
            _entry(4, "shared_cost", 9_000_000),
            _entry(5, "services_cost", 1_000_000),
            _entry(6, "sales", 18_200_000),
            _entry(7, "research", 2_400_000, date(2025, 12, 31)),
            _entry(8, "recurring_revenue", 50_000_000, date(2024, 12, 31)),
        ],
        "cash_balances": [_in_dollars(account_id="bank", balance_on="2025-12-30", amount=12_000_000)],
    }


def _items() -> Iterator[TableRow]:
    """Yearly contracts: who left, shrank, grew, stayed as they were, and came."""
    yield from _group("gone", _shared(8_900_000, 300), gone_lately=50)
    for number in range(100):
        yield from _changed(f"shrank {number}", 51_000, 20_000)
    for number in range(200):
        yield from _changed(f"grew {number}", 20_000, 91_000)
    yield from _group("stayed", _shared(71_400_000, 3833), lately=160)
    for number, amount in enumerate(_shared(17_480_000, 412)):
        yield _item(f"new {number}", amount, THIS_YEAR)


def _group(name: str, amounts: list[int], gone_lately: int = 0, lately: int = 0) -> Iterator[TableRow]:
    """Return customers of the start of the year; the first of them came in the half year before."""
    ends = MID_YEAR if gone_lately else ""
    for number, amount in enumerate(amounts):
        yield _item(f"{name} {number}", amount, LATELY if number < gone_lately + lately else LONG_AGO, ends)


def _changed(customer: str, before: int, after: int) -> Iterator[TableRow]:
    yield _item(customer, before, LONG_AGO, MID_YEAR)
    yield _item(customer, after, MID_YEAR)


def _item(customer: str, yearly: int, starts: str, ends: str = "") -> TableRow:
    return _in_dollars(
        item_id=f"{customer} from {starts}",
        subscription_id=customer,
        customer_id=customer,
        unit_amount=yearly,
        billing_interval="year",
        starts_at=starts,
        ends_at=ends,
    )


def _shared(total: int, among: int) -> list[int]:
    """Whole amounts that make the total."""
    return [total // among + (number < total % among) for number in range(among)]


def _entry(number: int, account: str, amount: int, on: date = date(2025, 6, 30)) -> TableRow:
    return _in_dollars(entry_id=number, account=account, amount=amount, booked_on=on)


def _in_dollars(**row: object) -> TableRow:
    return {**row, "currency": "USD"}
