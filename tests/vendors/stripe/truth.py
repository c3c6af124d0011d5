"""The true ledger: what each customer pays per month at each instant, by the default policy of revenue.

It is written from the policy's words and from what happens in the account, in exact fractions. It knows nothing of the
exporter: no row, no reconstruction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True)
class TrueDiscount:
    """What is taken off from `starts` up to, not including, `ends`: a share, or an amount per month."""

    starts: int
    ends: int | None
    share: Fraction = Fraction(0)
    amount: Fraction = Fraction(0)
    products: Sequence[str] = ()

    def applies(self, at: int, product: str) -> bool:
        """Tell whether it lowers the price of a product at an instant."""
        during = self.starts <= at and (self.ends is None or at < self.ends)
        return during and (not self.products or product in self.products)


@dataclass(frozen=True)
class TrueLine:
    """One item: its list price per month in major units, the tax that is in it, and its own discounts."""

    product: str
    monthly: Fraction
    tax: Fraction = Fraction(0)
    discounts: Sequence[TrueDiscount] = ()


@dataclass(frozen=True)
class TrueState:
    """A subscription from an instant on, until the next state. From `until` on it counts nothing."""

    at: int
    lines: Sequence[TrueLine] = ()
    discounts: Sequence[TrueDiscount] = ()
    until: int | None = None

    def run_rate(self, at: int) -> Fraction:
        """Return what it pays per month at an instant: percentages first, then amounts, then tax is taken out."""
        if self.until is not None and at >= self.until:
            return Fraction(0)
        prices = [_lowered(line.monthly, line.discounts, line.product, at) for line in self.lines]
        prices = [
            price * _share_left(self.discounts, line.product, at)
            for price, line in zip(prices, self.lines, strict=True)
        ]
        for discount in self.discounts:
            applies = [discount.applies(at, line.product) for line in self.lines]
            base = sum((price for price, hit in zip(prices, applies, strict=True) if hit), Fraction(0))
            if base > 0:
                left = max(Fraction(0), base - discount.amount) / base
                prices = [price * left if hit else price for price, hit in zip(prices, applies, strict=True)]
        return sum((price / (1 + line.tax) for price, line in zip(prices, self.lines, strict=True)), Fraction(0))

    def edges(self) -> set[int]:
        """Return the instants at which what it pays may change."""
        instants = {self.at} | ({self.until} if self.until is not None else set())
        for discount in (*self.discounts, *(each for line in self.lines for each in line.discounts)):
            instants |= {discount.starts} | ({discount.ends} if discount.ends is not None else set())
        return {at for at in instants if at >= self.at}


def _share_left(discounts: Sequence[TrueDiscount], product: str, at: int) -> Fraction:
    left = Fraction(1)
    for each in discounts:
        if each.applies(at, product):
            left *= 1 - each.share
    return left


def _lowered(price: Fraction, discounts: Sequence[TrueDiscount], product: str, at: int) -> Fraction:
    price *= _share_left(discounts, product, at)
    off = sum((each.amount for each in discounts if each.applies(at, product)), Fraction(0))
    return max(Fraction(0), price - off)


@dataclass
class TrueLedger:
    """The states of all subscriptions, by customer and currency, in the order in which they came about."""

    states: dict[tuple[str, str], dict[str, list[TrueState]]] = field(default_factory=dict)

    def note(self, customer: str, currency: str, subscription: str, state: TrueState) -> None:
        """Add the state that a subscription has from now on."""
        self.states.setdefault((customer, currency), {}).setdefault(subscription, []).append(state)

    def customers(self) -> set[str]:
        """Return all customers that ever had a subscription."""
        return {customer for customer, _ in self.states}

    def run_rates(self, customer: str, at: int) -> dict[str, Fraction]:
        """Return what a customer pays per month at an instant, by currency; nothing where it pays nothing."""
        paid = {
            currency: sum((_run_rate(states, at) for states in subscriptions.values()), Fraction(0))
            for (name, currency), subscriptions in self.states.items()
            if name == customer
        }
        return {currency.upper(): amount for currency, amount in paid.items() if amount}

    def edges(self, customer: str) -> list[int]:
        """Return the instants at which what a customer pays may change, in order."""
        states = (
            state
            for (name, _), subscriptions in self.states.items()
            if name == customer
            for each in subscriptions.values()
            for state in each
        )
        return sorted({at for state in states for at in state.edges()})


def _run_rate(states: Sequence[TrueState], at: int) -> Fraction:
    """Return what a subscription pays by the last of its states that has begun."""
    begun = [state for state in states if state.at <= at]
    return begun[-1].run_rate(at) if begun else Fraction(0)
