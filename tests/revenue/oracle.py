"""The policy in plain Python: small, slow and plainly right. It knows nothing of the ledger's SQL.

One customer at a time: what it pays at each instant at which anything may change, then the difference from one day (or
instant, or month) to the next, and what that is called. All arithmetic is exact.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from exporter.revenue.policy import (
    ChurnAt,
    CreditLines,
    Discounts,
    Fx,
    Grain,
    Inclusion,
    Paused,
    RevenuePolicy,
    ZeroMrr,
)
from tests.revenue.histories import Discount, History, Item

PAYS_NOTHING = ("canceled", "ended", "unpaid", "incomplete", "incomplete_expired")
EXPONENTS = {"JPY": 0, "USD": 2, "EUR": 2}


@dataclass(frozen=True)
class Moved:
    """One movement of a customer, in the reporting currency."""

    customer_id: str
    bucket: date | datetime
    kind: str
    amount: Fraction


@dataclass(frozen=True)
class State:
    """A customer at one instant: what it pays in each currency, and whether it holds anything."""

    paid: dict[str, Fraction]
    held: bool


@dataclass(frozen=True)
class Oracle:
    history: History
    policy: RevenuePolicy
    zone: ZoneInfo

    def movements(self) -> list[Moved]:
        return [moved for customer in self._customers() for moved in self._moved(customer)]

    def paid(self, customer: str, at: datetime) -> dict[str, Fraction]:
        """Return what a customer pays per month in each currency."""
        return self._state(customer, at).paid

    def close(self, at: datetime) -> dict[str, Fraction]:
        """Return what each paying customer pays in dollars just before an instant, by the rates of that day."""
        last = at - timedelta(microseconds=1)
        on = last.astimezone(self.zone).date()
        worth = {customer: self._worth(self._state(customer, last), on) for customer in self._customers()}
        return {customer: amount for customer, amount in worth.items() if amount}

    def _customers(self) -> list[str]:
        return sorted({item.customer_id for item in self.history.items})

    def _moved(self, customer: str) -> Iterator[Moved]:
        before, active, ever, idle_since = State({}, False), False, False, None
        for bucket, last in self._buckets(customer):
            after = self._state(customer, last)
            on = last.astimezone(self.zone).date()
            amount = self._worth(after, on) - self._worth(before, on)
            pays = self._worth(after, on) > 0
            stays = self.policy.zero_mrr is ZeroMrr.CONTRACTION and active and after.held
            kind = None
            if pays and not active:
                gap = self.policy.reactivation_days
                returns = ever and (gap is None or (idle_since is not None and last <= self._later(idle_since, gap)))
                kind = "reactivation" if returns else "new"
            elif active and not pays and not stays:
                kind, idle_since = "churn", last
            elif amount:
                kind = "expansion" if amount > 0 else "contraction"
            if kind and amount:
                yield Moved(customer, bucket, kind, amount)
            before, active, ever = after, pays or stays, ever or pays

    def _buckets(self, customer: str) -> Iterator[tuple[date | datetime, datetime]]:
        """Yield each bucket in which anything may change, with the last instant at which it does."""
        last: dict[date | datetime, datetime] = {}
        for at in sorted(self._instants(customer)):
            day = at.astimezone(self.zone).date()
            match self.policy.grain:
                case Grain.EVENT:
                    last[at] = at
                case Grain.DAY:
                    last[day] = at
                case Grain.MONTH:
                    last[day.replace(day=1)] = at
        yield from last.items()

    def _instants(self, customer: str) -> set[datetime]:
        changes = set()
        for item in self._items(customer):
            edges = [item.starts_at, self._ends(item), self._pays_until(item)]
            edges += [edge for each in self._discounts(item) for edge in (each.starts_at, self._discount_ends(each))]
            ends = self._ends(item)
            changes |= {
                edge for edge in edges if edge is not None and edge >= item.starts_at and (ends is None or edge <= ends)
            }
        return changes

    def _state(self, customer: str, at: datetime) -> State:
        paid: dict[str, Fraction] = {}
        held = False
        for item in self._items(customer):
            if item.starts_at <= at and _before(at, self._ends(item)):
                held = held or item.status not in PAYS_NOTHING
                if _before(at, self._pays_until(item)):
                    currency, price = self._counted(item, self._price(item, at))
                    if price >= 0 or self.policy.credit_lines is not CreditLines.EXCLUDE:
                        paid[currency] = paid.get(currency, Fraction(0)) + price
        if self.policy.credit_lines is CreditLines.OFFSET:
            paid = {currency: max(amount, Fraction(0)) for currency, amount in paid.items()}
        return State(paid, held)

    def _counted(self, item: Item, price: Fraction) -> tuple[str, Fraction]:
        """Return a price as it counts: with historic rates in dollars, at the rate of the line's first paying day."""
        if self.policy.fx is not Fx.HISTORIC:
            return item.currency, price
        first = min(
            each.starts_at
            for each in self._items(item.customer_id)
            if (each.subscription_id, each.line_id, each.currency)
            == (item.subscription_id, item.line_id, item.currency)
            and _before(each.starts_at, self._pays_until(each))
        )
        return "USD", price * Fraction(self.history.rate(item.currency, first.astimezone(self.zone).date()))

    def _items(self, customer: str) -> Sequence[Item]:
        return [item for item in self.history.items if item.customer_id == customer]

    def _ends(self, item: Item) -> datetime | None:
        """Return when a row ends: where it is cancelled, by policy at the request or with what is paid for."""
        if item.cancel_requested_at is None:
            return item.ends_at
        if self.policy.churn_at is ChurnAt.CANCEL_REQUEST:
            ends = [at for at in (item.ends_at, item.cancel_requested_at) if at is not None]
            return max(item.starts_at, min(ends))
        if item.ends_at is not None or item.paid_through is None:
            return item.ends_at
        return max(item.starts_at, item.paid_through)

    def _pays_until(self, item: Item) -> datetime | None:
        ends = self._ends(item)
        if (
            item.status in PAYS_NOTHING
            or (item.metered and self.policy.usage is Inclusion.EXCLUDE)
            or (item.status == "trialing" and self.policy.trial is Inclusion.EXCLUDE)
        ):
            return item.starts_at
        if item.status == "paused" and self.policy.paused is Paused.ZERO:
            return _earlier(ends, max(item.starts_at, item.paid_through or item.starts_at))
        if item.status == "past_due" and self.policy.dunning_days is not None:
            lapses = self._later(self._past_due_since(item), self.policy.dunning_days)
            return _earlier(ends, max(item.starts_at, lapses))
        return ends

    def _past_due_since(self, item: Item) -> datetime:
        """Return when the line fell past due: rows that follow each other without a gap are one wait."""
        for each in self._items(item.customer_id):
            same = (each.subscription_id, each.line_id) == (item.subscription_id, item.line_id)
            if same and each.status == "past_due" and each.ends_at == item.starts_at:
                return self._past_due_since(each)
        return item.starts_at

    def _price(self, item: Item, at: datetime) -> Fraction:
        """Return what a paying row charges per month."""
        minor = item.amount_in == "minor"
        unit = Fraction(item.unit_amount) / (10 ** EXPONENTS[item.currency] if minor else 1)
        per_month = {
            "day": Fraction(self.policy.days_per_month),
            "week": Fraction(self.policy.weeks_per_month),
            "month": Fraction(1),
            "year": Fraction(1, 12),
        }[item.billing_interval] / item.interval_count
        tax = 1 + Fraction(item.tax_rate) / 100
        if self.policy.tax is Inclusion.EXCLUDE and item.tax_inclusive:
            unit /= tax
        elif self.policy.tax is Inclusion.INCLUDE and not item.tax_inclusive:
            unit *= tax
        price = unit * Fraction(item.quantity) * per_month
        if price <= 0:
            return price
        applying = [
            each for each in self._discounts(item) if each.starts_at <= at and _before(at, self._discount_ends(each))
        ]
        for each in applying:
            price *= 1 - Fraction(each.percent_off or 0) / 100
        for each in applying:
            if each.amount_off is not None:
                price -= self._taken_off(each, item) * per_month
        return max(price, Fraction(0))

    def _taken_off(self, discount: Discount, item: Item) -> Fraction:
        """Return an amount off the price that counts: where tax is taken out of the price, out of it too."""
        amount = Fraction(discount.amount_off or 0)
        if discount.currency is not None and discount.currency != item.currency:
            on = discount.starts_at.astimezone(self.zone).date()
            amount *= self._rate(discount.currency, on) / self._rate(item.currency, on)
        tax = 1 + Fraction(item.tax_rate) / 100
        if self.policy.tax is Inclusion.EXCLUDE and item.tax_inclusive:
            return amount / tax
        return amount * tax if self.policy.tax is Inclusion.INCLUDE and not item.tax_inclusive else amount

    def _rate(self, currency: str, on: date) -> Fraction:
        """Return the value of one unit of a currency in dollars on a day."""
        return Fraction(1) if currency == "USD" else Fraction(self.history.rate(currency, on))

    def _discounts(self, item: Item) -> list[Discount]:
        counted = {
            Discounts.ALL: ("once", "repeating", "forever"),
            Discounts.RECURRING: ("repeating", "forever"),
            Discounts.FOREVER: ("forever",),
            Discounts.NONE: (),
        }[self.policy.discounts]
        return [
            each
            for each in self.history.discounts
            if each.duration in counted
            and each.subscription_id == item.subscription_id
            and each.line_id in (None, item.line_id)
        ]

    def _discount_ends(self, discount: Discount) -> datetime | None:
        if discount.ends_at is not None or discount.duration != "once":
            return discount.ends_at
        local = discount.starts_at.astimezone(self.zone)
        year, month = local.year + local.month // 12, local.month % 12 + 1
        return local.replace(year=year, month=month, day=min(local.day, monthrange(year, month)[1])).astimezone(UTC)

    def _later(self, at: datetime, days: int) -> datetime:
        """Return the same local time of the company, days later."""
        return (at.astimezone(self.zone) + timedelta(days=days)).astimezone(UTC)

    def _worth(self, state: State, on: date) -> Fraction:
        """Return what a customer pays, in dollars at a day's rates."""
        rates = {currency: Fraction(self.history.rate(currency, on)) for currency in state.paid}
        return sum((paid * rates[currency] for currency, paid in state.paid.items()), Fraction(0))


def _before(at: datetime, end: datetime | None) -> bool:
    return end is None or at < end


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)
