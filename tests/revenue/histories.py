"""Generated histories of billing: customers with lines that start, change, lapse, pause and end, in several currencies.

Instants lie around the midnights of UTC and Berlin, so that what is a day or a month in the one is not in the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import strategies as st

FIRST = date(2024, 1, 25)
DAYS = 130
CLOCK = (time(4), time(21, 30), time(22), time(23), time(23, 30))
"""Times of day in UTC: none that the clocks of Berlin show twice or never."""

ZONES = ("UTC", "Europe/Berlin")
RECORDED = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Item:
    """A row of subscription_items: a line's state from `starts_at` up to `ends_at`."""

    item_id: str
    line_id: str
    subscription_id: str
    customer_id: str
    starts_at: datetime
    ends_at: datetime | None
    unit_amount: Decimal
    currency: str = "USD"
    status: str = "active"
    quantity: Decimal = Decimal(1)
    billing_interval: str = "month"
    interval_count: int = 1
    amount_in: str = "major"
    tax_rate: Decimal = Decimal(0)
    tax_inclusive: bool = False
    metered: bool = False
    plan: str | None = None
    cancel_requested_at: datetime | None = None
    paid_through: datetime | None = None


@dataclass(frozen=True)
class Discount:
    """A row of discounts."""

    discount_id: str
    customer_id: str
    subscription_id: str
    line_id: str | None
    duration: str
    starts_at: datetime
    ends_at: datetime | None
    percent_off: Decimal | None = None
    amount_off: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True)
class Rate:
    """A row of fx_rates in dollars; it holds until the next."""

    rate_on: date
    base_currency: str
    rate: Decimal


@dataclass(frozen=True)
class History:
    items: tuple[Item, ...]
    discounts: tuple[Discount, ...] = ()
    rates: tuple[Rate, ...] = ()

    def rate(self, currency: str, on: date) -> Decimal:
        """Dollars for one of a currency on a day."""
        rates = [rate for rate in self.rates if rate.base_currency == currency and rate.rate_on <= on]
        return max(rates, key=lambda rate: rate.rate_on).rate if rates else Decimal(1)

    def times(self, factor: int) -> History:
        """Multiply every price."""
        return replace(
            self,
            items=tuple(replace(item, unit_amount=item.unit_amount * factor) for item in self.items),
            discounts=tuple(
                replace(each, amount_off=None if each.amount_off is None else each.amount_off * factor)
                for each in self.discounts
            ),
        )


INSTANTS = st.builds(
    lambda day, clock: datetime.combine(FIRST + timedelta(days=day), clock, UTC),
    st.integers(0, DAYS),
    st.sampled_from(CLOCK),
)
_AMOUNTS = st.sampled_from([Decimal(text) for text in ("0", "10", "10", "19.99", "19.99", "30", "100", "1000", "-15")])
_STATUSES = st.sampled_from(
    ["active"] * 5 + ["trialing", "past_due", "paused", "unpaid", "canceled", "incomplete", "ended"]
)
_INTERVALS = st.sampled_from([("month", 1)] * 4 + [("year", 1), ("month", 3), ("week", 1), ("day", 1), ("year", 2)])
_RATES = st.sampled_from([Decimal("1.1"), Decimal("0.9"), Decimal("0.0067")])
_TAXES = st.sampled_from([(Decimal(0), False)] * 4 + [(Decimal(20), True), (Decimal("8.5"), False)])


@st.composite
def _line(draw: st.DrawFn, customer: str, line: str, currencies: tuple[str, ...]) -> tuple[Item, ...]:
    """Draw a line as consecutive rows, now and then with a gap, the last one often open."""
    edges = sorted(set(draw(st.lists(INSTANTS, min_size=1, max_size=5))))
    last = None if draw(st.booleans()) else edges[-1] + timedelta(days=draw(st.integers(1, 60)))
    interval, count = draw(_INTERVALS)
    tax_rate, tax_inclusive = draw(_TAXES)
    currency = draw(st.sampled_from(currencies))
    metered = draw(st.integers(0, 9)) == 0
    rows: list[Item] = []
    for number, (starts_at, ends_at) in enumerate(pairwise([*edges, last])):
        assert starts_at is not None
        if number and draw(st.integers(0, 4)) == 0:
            continue
        status = rows[-1].status if rows and draw(st.integers(0, 3)) == 0 else draw(_STATUSES)
        paid = starts_at + timedelta(days=draw(st.integers(0, 40)))
        cancels = draw(st.integers(0, 5)) == 0
        rows.append(
            Item(
                item_id=f"{line}-{number}",
                line_id=line,
                subscription_id=f"s-{line}",
                customer_id=customer,
                starts_at=starts_at,
                ends_at=ends_at,
                unit_amount=draw(_AMOUNTS),
                currency=draw(st.sampled_from(currencies)) if draw(st.integers(0, 9)) == 0 else currency,
                status=status,
                quantity=Decimal(draw(st.sampled_from([1, 1, 1, 2, 3]))),
                billing_interval=interval,
                interval_count=count,
                amount_in=draw(st.sampled_from(["major"] * 5 + ["minor"])),
                tax_rate=tax_rate,
                tax_inclusive=tax_inclusive,
                metered=metered,
                plan=draw(st.sampled_from(["basic", "pro", None])),
                cancel_requested_at=starts_at + timedelta(days=draw(st.integers(0, 30))) if cancels else None,
                paid_through=paid if status == "paused" or (cancels and draw(st.booleans())) else None,
            )
        )
    return tuple(rows)


@st.composite
def _discount(draw: st.DrawFn, number: int, item: Item) -> Discount:
    starts_at = draw(INSTANTS)
    duration = draw(st.sampled_from(["once", "repeating", "forever"]))
    ends_at = starts_at + timedelta(days=draw(st.integers(1, 60)))
    percent = draw(st.sampled_from([None, Decimal(10), Decimal(50), Decimal("33.3"), Decimal(100)]))
    return Discount(
        discount_id=f"d-{number}",
        customer_id=item.customer_id,
        subscription_id=item.subscription_id,
        line_id=item.line_id if percent is None or draw(st.booleans()) else None,
        duration=duration,
        starts_at=starts_at,
        ends_at=ends_at if duration == "repeating" or draw(st.booleans()) else None,
        percent_off=percent,
        amount_off=Decimal(draw(st.sampled_from([5, 20, 200]))) if percent is None else None,
        currency=item.currency if percent is None else None,
    )


@st.composite
def histories(
    draw: st.DrawFn,
    customers: int = 5,
    currencies: tuple[str, ...] = ("USD", "USD", "EUR", "JPY"),
    discounts: int = 3,
) -> History:
    """Up to so many customers with one to three lines each, a few discounts, and rates that change."""
    lines = [
        draw(_line(customer, f"{customer}{letter}", currencies))
        for customer in (f"c{number}" for number in range(draw(st.integers(1, customers))))
        for letter in "xyz"[: draw(st.integers(1, 3))]
    ]
    items = tuple(item for line in lines for item in line)
    granted = [
        draw(_discount(number, draw(st.sampled_from(items)))) for number in range(draw(st.integers(0, discounts)))
    ]
    foreign = sorted(set(currencies) - {"USD"})
    rates = [
        Rate(FIRST + timedelta(days=day), currency, draw(_RATES))
        for currency in foreign
        for day in (-90, *sorted(draw(st.sets(st.integers(0, DAYS), max_size=4))))
    ]  # fmt: skip
    return History(items, tuple(granted), tuple(rates))
