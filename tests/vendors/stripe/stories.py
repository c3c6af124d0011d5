"""What happens to customers of a Stripe account in half a year, each story a customer or two in a few lines.

The numbers of a story are its MRR at the end of January to June 2026 in major units of its currency, by hand. A story
yields the instant at which it goes on, in UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.vendors.stripe.account import Story, StripeAccount

START = "2026-01-01T00:00"
END = "2026-07-01T00:00"
CLOSES = tuple(f"2026-{month:02}-01T00:00" for month in range(2, 8))
"""The ends of the months of which a story states the MRR."""


@dataclass(frozen=True)
class CustomerStory:
    """A story with its name, which is its customer's too, and its MRR at each of `CLOSES`.

    `traceless` says what Stripe keeps no trace of, so that who looks only afterwards has to estimate.
    """

    name: str
    tell: Callable[[StripeAccount], Story]
    mrr: tuple[float, ...]
    currency: str
    traceless: str | None


STORIES: dict[str, CustomerStory] = {}


def story(
    *mrr: float, currency: str = "EUR", traceless: str | None = None
) -> Callable[[Callable[[StripeAccount], Story]], Callable[[StripeAccount], Story]]:
    """Add a story under the name of its function."""
    assert len(mrr) == len(CLOSES)

    def added(tell: Callable[[StripeAccount], Story]) -> Callable[[StripeAccount], Story]:
        STORIES[tell.__name__] = CustomerStory(tell.__name__, tell, mrr, currency, traceless)
        return tell

    return added


def with_stories(account: StripeAccount, *names: str) -> StripeAccount:
    """Let these stories happen in an account as its clock goes on; all of them, if none is named."""
    for name in names or STORIES:
        account.tell(STORIES[name].tell(account))
    return account


@story(100, 250, 250, 250, 250, 250)
def quantity_grows(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("quantity_grows").subscribes(account.price(5000), 2)
    yield "2026-02-11T10:20"
    subscription.change(quantity=5)


@story(100, 100, 150, 150, 150, 150)
def quantity_grows_in_classic_billing(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("quantity_grows_in_classic_billing").subscribes(
        account.price(5000), 2, classic=True
    )
    yield "2026-03-10T10:20"
    subscription.change(quantity=3, proration="always_invoice")


@story(100, 100, 100, 60, 60, 60, traceless="the instant of a change without proration")
def quantity_falls_without_proration(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("quantity_falls_without_proration").subscribes(account.price(2000), 5)
    yield "2026-04-16T12:20"
    subscription.change(quantity=3, proration="none")


@story(49, 99, 99, 99, 99, 99)
def plan_swapped(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("plan_swapped").subscribes(account.price(4900, product="Starter"))
    yield "2026-02-20T13:05"
    subscription.change(price=account.price(9900, product="Team"))


@story(50, 50, 70, 70, 50, 50)
def second_item_comes_and_goes(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("second_item_comes_and_goes").subscribes(account.price(5000))
    yield "2026-03-05T09:20"
    subscription.add(account.price(1000, product="Backup"), 2)
    yield "2026-05-20T15:25"
    subscription.remove(1)


@story(80, 80, 80, 80, 80, 80)
def coupon_for_ever(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    account.customer("coupon_for_ever").subscribes(account.price(10000), coupons=[account.coupon(percent_off=20)])


@story(50, 50, 50, 100, 100, 100)
def coupon_for_three_months(account: StripeAccount) -> Story:
    yield "2026-01-10T09:00"
    coupon = account.coupon(percent_off=50, months=3)
    account.customer("coupon_for_three_months").subscribes(account.price(10000), coupons=[coupon])


@story(100, 100, 100, 100, 100, 100)
def coupon_for_one_invoice(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    coupon = account.coupon(percent_off=30, once=True)
    account.customer("coupon_for_one_invoice").subscribes(account.price(10000), coupons=[coupon])


@story(85, 85, 85, 85, 85, 85)
def amount_off_two_items(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    more = [(account.price(4000, product="Backup"), 1)]
    coupon = account.coupon(amount_off=1500)
    account.customer("amount_off_two_items").subscribes(account.price(6000), more=more, coupons=[coupon])


@story(115, 115, 115, 115, 115, 115)
def discount_of_an_item(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    more = [(account.price(4000, product="Backup"), 1)]
    coupon = account.coupon(percent_off=25)
    account.customer("discount_of_an_item").subscribes(account.price(10000), more=more, item_coupons=[coupon])


@story(120, 120, 120, 120, 120, 120)
def discount_of_one_product(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    more = [(account.price(4000, product="Backup"), 1)]
    coupon = account.coupon(percent_off=50, products=["Backup"])
    account.customer("discount_of_one_product").subscribes(account.price(10000), more=more, coupons=[coupon])


@story(100, 90, 90, 90, 100, 100, traceless="since when a discount was there before it was taken away")
def discount_of_the_customer(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("discount_of_the_customer")
    customer.subscribes(account.price(10000))
    yield "2026-02-15T12:00"
    customer.receives(account.coupon(percent_off=10))
    yield "2026-05-03T12:00"
    customer.loses_discount()


@story(100, 80, 80, 100, 100, 100, traceless="when a discount was taken away")
def discount_taken_away(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("discount_taken_away").subscribes(account.price(10000))
    yield "2026-02-15T12:00"
    subscription.receives(account.coupon(percent_off=20))
    yield "2026-04-16T12:00"
    subscription.loses_discount()


@story(80, 80, 40, 40, 40, 40)
def graduated_tiers(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    price = account.price(tiers=[(10, 500, 0), (None, 400, 1000)])
    subscription = account.customer("graduated_tiers").subscribes(price, 15)
    yield "2026-03-10T11:25"
    subscription.change(quantity=8)


@story(40, 40, 48, 48, 48, 48)
def volume_tiers(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    price = account.price(tiers=[(10, 500, 0), (None, 400, 0)], mode="volume")
    subscription = account.customer("volume_tiers").subscribes(price, 8)
    yield "2026-03-10T11:25"
    subscription.change(quantity=12)


@story(123.45, 123.45, 123.45, 123.45, 123.45, 123.45)
def price_in_parts_of_a_cent(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    account.customer("price_in_parts_of_a_cent").subscribes(account.price("12.345"), 1000)


@story(60, 60, 60, 60, 60, 60)
def packages_of_ten(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    account.customer("packages_of_ten").subscribes(account.price(2000, divide_by=10), 21)


@story(30, 30, 30, 30, 30, 30)
def metered_beside_flat(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    more = [(account.price(5, product="Traffic", metered=True), 1)]
    account.customer("metered_beside_flat").subscribes(account.price(3000), more=more)


@story(10000, 10000, 10000, 10000, 10000, 10000, currency="JPY")
def in_yen(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    account.customer("in_yen").subscribes(account.price(10000, "jpy"))


@story(12.345, 12.345, 12.345, 12.345, 12.345, 12.345, currency="KWD")
def in_dinars(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    account.customer("in_dinars").subscribes(account.price(12345, "kwd"))


@story(55, 55, 55, 55, 55, 55, currency="USD")
def in_one_of_several_currencies(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    price = account.price(5000, also_in={"usd": 5500})
    account.customer("in_one_of_several_currencies").subscribes(price, currency="usd")


@story(100, 100, 150, 150, 150, 50)
def second_contract(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("second_contract")
    first = customer.subscribes(account.price(10000))
    yield "2026-03-20T09:30"
    customer.subscribes(account.price(5000))
    yield "2026-06-11T09:30"
    first.cancel()


@story(100, 100, 100, 100, 200, 200)
def annual_grows(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("annual_grows").subscribes(account.price(120000, every="year"))
    yield "2026-05-03T12:30"
    subscription.change(quantity=2)


@story(50, 50, 40, 40, 40, 40)
def monthly_becomes_annual(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("monthly_becomes_annual").subscribes(account.price(5000))
    yield "2026-03-10T15:20"
    subscription.change(price=account.price(48000, every="year"))


@story(40, 40, 40, 40, 40, 40)
def each_quarter(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    account.customer("each_quarter").subscribes(account.price(12000, intervals=3))


@story(130, 130, 130, 130, 130, 130)
def each_week(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    account.customer("each_week").subscribes(account.price(3000, every="week"))


@story(100, 100, 100, 0, 100, 100, traceless="when a pause that is over began and ended")
def collection_paused(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("collection_paused").subscribes(account.price(10000))
    yield "2026-03-10T15:10"
    subscription.pause_collection()
    yield "2026-05-20T15:00"
    subscription.resume_collection()


@story(100, 100, 100, 100, 0, 0)
def collection_paused_still(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("collection_paused_still").subscribes(account.price(10000))
    yield "2026-04-16T12:30"
    subscription.pause_collection("mark_uncollectible")


@story(0, 0, 100, 100, 100, 100, traceless="when a pause that is over began and ended")
def paused_at_the_end_of_its_trial(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("paused_at_the_end_of_its_trial").subscribes(account.price(10000), trial_days=30)
    yield "2026-01-20T09:00"
    subscription.pause_collection("keep_as_draft", resumes="2026-03-20T15:00")


@story(100, 100, 100, 100, 100, 100)
def trial_converts(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    account.customer("trial_converts").subscribes(account.price(10000), trial_days=14)


@story(0, 0, 0, 0, 0, 0)
def trial_cancelled(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("trial_cancelled").subscribes(account.price(10000), trial_days=14)
    yield "2026-01-10T09:00"
    subscription.cancel(at_period_end=True)


@story(0, 0, 100, 100, 100, 100)
def trial_without_a_card(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("trial_without_a_card")
    customer.card_pays = False
    subscription = customer.subscribes(account.price(10000), trial_days=14, missing_payment_method="pause")
    yield "2026-03-05T09:00"
    customer.card_pays = True
    subscription.resume()


@story(0, 100, 0, 0, 0, 0)
def trial_that_is_never_paid(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("trial_that_is_never_paid")
    customer.card_pays = False
    customer.subscribes(account.price(10000), trial_days=50)


@story(100, 100, 100, 0, 0, 0)
def cancelled_at_period_end(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("cancelled_at_period_end").subscribes(account.price(10000))
    yield "2026-03-10T11:00"
    subscription.cancel(at_period_end=True)


@story(100, 100, 100, 100, 100, 100)
def cancellation_withdrawn(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("cancellation_withdrawn").subscribes(account.price(10000))
    yield "2026-03-10T11:00"
    subscription.cancel(at_period_end=True)
    yield "2026-03-20T09:40"
    subscription.withdraw_cancellation()


@story(100, 100, 0, 0, 0, 0)
def cancelled_at_once(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("cancelled_at_once").subscribes(account.price(10000))
    yield "2026-03-10T11:00"
    subscription.cancel()


@story(100, 100, 130, 130, 130, 130)
def back_on_the_same_day(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("back_on_the_same_day")
    subscription = customer.subscribes(account.price(10000))
    yield "2026-03-10T11:00"
    subscription.cancel()
    yield "2026-03-10T15:30"
    customer.subscribes(account.price(13000))


@story(100, 0, 0, 100, 100, 100)
def back_after_two_months(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("back_after_two_months")
    subscription = customer.subscribes(account.price(10000))
    yield "2026-02-15T12:00"
    subscription.cancel()
    yield "2026-04-16T12:40"
    customer.subscribes(account.price(10000))


@story(100, 100, 100, 100, 100, 100)
def dunning_recovered(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("dunning_recovered")
    customer.subscribes(account.price(10000))
    yield "2026-03-01T00:00"
    customer.card_pays = False
    yield "2026-03-09T18:00"
    customer.pays()


@story(100, 100, 0, 0, 0, 0)
def dunning_lost(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("dunning_lost")
    customer.subscribes(account.price(10000))
    yield "2026-03-01T00:00"
    customer.card_pays = False


@story(100, 100, 0, 0, 100, 100, traceless="that a subscription was unpaid before its customer paid again")
def dunning_ends_unpaid_and_is_paid_in_may(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("dunning_ends_unpaid_and_is_paid_in_may")
    customer.subscribes(account.price(10000), after_dunning="unpaid")
    yield "2026-03-01T00:00"
    customer.card_pays = False
    yield "2026-05-03T12:15"
    customer.pays()


@story(100, 100, 100, 100, 0, 0)
def past_due_for_ever(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("past_due_for_ever")
    customer.subscribes(account.price(10000), after_dunning="past_due")
    yield "2026-03-20T09:00"
    customer.card_pays = False


@story(0, 100, 100, 100, 100, 100)
def backdated(account: StripeAccount) -> Story:
    yield "2026-03-10T10:30"
    account.customer("backdated").subscribes(account.price(10000), starts="2026-02-01T00:00")


@story(0, 0, 0, 0, 0, 0)
def first_payment_never_comes(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("first_payment_never_comes")
    customer.card_pays = False
    customer.subscribes(account.price(10000))


@story(100, 100, 100, 100, 100, 100)
def first_payment_comes_late(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("first_payment_comes_late")
    customer.card_pays = False
    customer.subscribes(account.price(10000))
    yield "2026-01-05T11:30"
    customer.pays()


@story(100, 100, 100, 0, 0, 0)
def customer_deleted(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("customer_deleted")
    customer.subscribes(account.price(10000))
    yield "2026-04-16T12:10"
    customer.deleted()


@story(0, 0, 0, 0, 0, 0)
def on_a_test_clock(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("on_a_test_clock", test_clock=True).subscribes(account.price(10000))
    yield "2026-02-11T10:10"
    subscription.change(quantity=7)


@story(100, 100, 100, 100, 100, 100)
def tax_in_the_price(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    rate = account.tax_rate(19, inclusive=True)
    account.customer("tax_in_the_price").subscribes(account.price(11900), tax_rates=[rate])


@story(100, 100, 100, 100, 100, 100)
def tax_on_top(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    rate = account.tax_rate(19, inclusive=False)
    account.customer("tax_on_top").subscribes(account.price(10000), tax_rates=[rate])


@story(100, 100, 100, 100, 100, 100)
def tax_that_stripe_finds_out(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    price = account.price(11900, tax_behavior="inclusive")
    account.customer("tax_that_stripe_finds_out").subscribes(price, automatic_tax=19.0)


@story(100, 100, 100, 100, 100, 100)
def payment_refunded(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("payment_refunded")
    customer.subscribes(account.price(10000))
    yield "2026-02-11T10:10"
    customer.refunded(2500)
    yield "2026-03-10T10:05"
    customer.refunded(status="failed")


@story(78, 78, 84, 84, 84, 84)
def more_items_than_a_page(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    prices = [account.price(100 * (number + 1), product=f"Module {number}") for number in range(12)]
    more = [(price, 1) for price in prices[1:]]
    subscription = account.customer("more_items_than_a_page").subscribes(prices[0], more=more)
    yield "2026-03-10T10:05"
    subscription.change(11, quantity=2)
    subscription.change(5, quantity=0)


@story(100, 160, 160, 160, 160, 160)
def several_changes_in_one_hour(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("several_changes_in_one_hour").subscribes(account.price(2000), 5)
    yield "2026-02-11T10:05"
    subscription.change(quantity=7)
    yield "2026-02-11T10:05:30"
    subscription.change(quantity=6)
    yield "2026-02-11T10:40"
    subscription.change(quantity=8)


@story(150, 150, 150, 150, 150, 150)
def quantity_grows_in_the_trial(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("quantity_grows_in_the_trial").subscribes(account.price(5000), 2, trial_days=14)
    yield "2026-01-12T10:00"
    subscription.change(quantity=3)


@story(100, 100, 100, 100, 100, 100)
def trial_ended_early(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("trial_ended_early").subscribes(account.price(10000), trial_days=30)
    yield "2026-01-12T10:00"
    subscription.end_trial()


@story(100, 100, 150, 150, 150, 150)
def changed_while_past_due(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("changed_while_past_due")
    subscription = customer.subscribes(account.price(5000), 2)
    yield "2026-03-01T00:00"
    customer.card_pays = False
    yield "2026-03-07T12:00"
    subscription.change(quantity=3)
    yield "2026-03-10T15:45"
    customer.pays()


@story(100, 100, 100, 0, 0, 0)
def cancelled_at_a_date(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    subscription = account.customer("cancelled_at_a_date").subscribes(account.price(10000))
    yield "2026-02-15T12:00"
    subscription.cancel(at="2026-04-17T00:00")


@story(80, 80, 60, 60, 60, 60)
def discount_in_the_place_of_another(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("discount_in_the_place_of_another")
    subscription = customer.subscribes(account.price(10000), coupons=[account.coupon(percent_off=20)])
    yield "2026-03-05T09:00"
    subscription.receives(account.coupon(percent_off=40))


@story(72, 72, 72, 72, 72, 72)
def two_coupons(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    coupons = [account.coupon(percent_off=20), account.coupon(percent_off=10)]
    account.customer("two_coupons").subscribes(account.price(10000), coupons=coupons)


@story(40, 40, 40, 40, 40, 0)
def invoice_sent_and_not_paid(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("invoice_sent_and_not_paid")
    customer.subscribes(account.price(12000, intervals=3), days_until_due=30)
    yield "2026-01-20T09:00"
    customer.pays()


@story(100, 100, 100, 100, 100, 100)
def metered_contract_beside_another(account: StripeAccount) -> Story:
    yield "2026-01-05T09:00"
    customer = account.customer("metered_contract_beside_another")
    customer.subscribes(account.price(5, product="Traffic", metered=True))
    customer.subscribes(account.price(10000))
