"""A small company that has its subscriptions in Stripe and its incidents in PagerDuty: 14 months of both, until now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.vendors.pagerduty.account import PagerDutyAccount
from tests.vendors.pagerduty.stories import Future
from tests.vendors.stripe.account import Story, StripeAccount
from tests.vendors.stripe.objects import Document
from tests.vendors.stripe.times import instant

PAST = timedelta(days=425)
CUSTOMERS = 40


def billing(now: datetime) -> StripeAccount:
    """Return an account of Stripe in which a customer comes every ten days; some grow, and some leave."""
    account = StripeAccount(now - PAST)
    prices = [account.price(amount, product="Cloud") for amount in (4900, 12900, 39900)]
    for number in range(CUSTOMERS):
        account.tell(_customer(account, number, prices[number % 3]))
    account.advance(now)
    return account


def _customer(account: StripeAccount, number: int, price: Document) -> Story:
    come = instant(account.now) + timedelta(days=10 * number + 1, hours=number % 24)
    yield come.isoformat()
    subscription = account.customer(f"c{number:02d}").subscribes(price, 1 + number % 4)
    yield (come + timedelta(days=70)).isoformat()
    if number % 5 == 1:
        subscription.change(quantity=3 + number % 4)
    if number % 7 == 3:
        subscription.cancel(at_period_end=True)


def oncall(now: datetime) -> PagerDutyAccount:
    """Return an account of PagerDuty with some twenty incidents a month."""
    account = PagerDutyAccount((now - PAST).astimezone(UTC).replace(microsecond=0))
    future = Future(account, seed=2)
    future.incidents(280, account.now, now - timedelta(hours=1))
    future.advance(now.replace(microsecond=0))
    return account
