"""A subscription and all that may become of it, with Stripe's rules for periods, trials, pauses and ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tests.vendors.stripe import shapes
from tests.vendors.stripe.billing import Billing
from tests.vendors.stripe.discounts import discount_by, ended
from tests.vendors.stripe.objects import Document
from tests.vendors.stripe.terms import Terms
from tests.vendors.stripe.times import HOUR, later, second
from tests.vendors.stripe.true_states import true_state

if TYPE_CHECKING:
    from tests.vendors.stripe.customer import Customer

Position = tuple[Document, int]
OVER = ("incomplete_expired", "canceled")
FIRST_PAYMENT = 23 * HOUR
"""How long Stripe waits for the first payment."""


class Subscription:
    """It is there once it is made; its customer makes it."""

    def __init__(self, customer: Customer, positions: Sequence[Position], terms: Terms) -> None:
        self.account = customer.account
        self.customer = customer
        self.terms = terms
        self.failed_at: int | None = None
        self._rolls = 0
        account, objects, now = self.account, self.account.objects, self.account.now
        first, _ = positions[0]
        currency = terms.currency or first["currency"]
        livemode = customer.document["livemode"]
        self.document = shapes.subscription(objects.new_id("sub"), customer.document, currency, now, livemode)
        self.billing = Billing(self)
        terms.write_into(self.document, now)
        period = (now, self.document["trial_end"] or later(now, *self._interval(first)))
        items = [self._item(price, quantity, period) for price, quantity in positions]
        self.document["items"] = shapes.listed(self.document["items"]["url"], items)
        self._give(items)
        objects.add(self.document)
        invoice = self.billing.first(period)
        self.document["latest_invoice"] = invoice["id"]
        if not customer.card_pays and invoice["amount_due"] and not terms.days_until_due:
            self.document["status"] = "incomplete"
            account.at(now + FIRST_PAYMENT, self._expire)
        objects.change(self.document, "customer.subscription.created")
        self.note(second(terms.starts) if terms.starts else now)
        self.billing.collect(invoice)
        account.at(period[1], self._roll)

    @property
    def id(self) -> str:
        name: str = self.document["id"]
        return name

    @property
    def items(self) -> list[Document]:
        """The items that it has now."""
        data: list[Document] = self.document["items"]["data"]
        return data

    @property
    def status(self) -> str:
        status: str = self.document["status"]
        return status

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def period(self) -> tuple[int, int]:
        """The current period, which all items share."""
        return self.items[0]["current_period_start"], self.items[0]["current_period_end"]

    def change(
        self,
        number: int = 0,
        *,
        price: Document | None = None,
        quantity: int | None = None,
        proration: str = "create_prorations",
    ) -> None:
        """Change the price or quantity of an item from now on; another interval begins a period and an invoice."""
        before, (start, end) = self.items[number], self.period
        after = {**before, **({"price": price} if price else {})}
        if quantity is not None:
            after["quantity"] = quantity
        if self._interval(after["price"]) != self._interval(before["price"]):
            self.billing.prorate(before, None, end, "create_prorations")
            start, end = self.account.now, later(self.account.now, *self._interval(after["price"]))
            self._rolls = 0
            after.update(current_period_start=start, current_period_end=end)
            self._replace(number, [after], billing_cycle_anchor=start)
            self._billed(self.billing.cycle((start, end), "subscription_update"))
            self.account.at(end, self._roll)
            return
        self._replace(number, [after])
        self.billing.prorate(before, after, end, proration)

    def add(self, price: Document, quantity: int = 1, proration: str = "create_prorations") -> None:
        """Add an item from now on."""
        item = self._item(price, quantity, self.period)
        self._replace(len(self.items), [item])
        self.billing.prorate(None, item, self.period[1], proration)

    def remove(self, number: int, proration: str = "create_prorations") -> None:
        """Take an item away from now on."""
        before, (_, end) = self.items[number], self.period
        self._replace(number, [])
        self.billing.prorate(before, None, end, proration)

    def cancel(self, at_period_end: bool = False, at: str | None = None) -> None:
        """End it now, or with its period, or at an instant, as the customer asked."""
        details = {**self.document["cancellation_details"], "reason": "cancellation_requested"}
        if at:
            self._update(cancel_at=second(at), canceled_at=self.account.now, cancellation_details=details)
            self.account.at(second(at), lambda: self._end() if self.document["cancel_at"] == second(at) else None)
            return
        if at_period_end:
            self._update(
                cancel_at=self.period[1],
                cancel_at_period_end=True,
                canceled_at=self.account.now,
                cancellation_details=details,
            )
            return
        self._end(canceled_at=self.account.now, cancellation_details=details)

    def withdraw_cancellation(self) -> None:
        """Go on, though the end was asked for."""
        details = {**self.document["cancellation_details"], "reason": None}
        self._update(cancel_at=None, cancel_at_period_end=False, canceled_at=None, cancellation_details=details)

    def end_trial(self) -> None:
        """End its trial now, with a period and an invoice of its own."""
        self._begin_paying("updated", trial_end=self.account.now)

    def pause_collection(self, behavior: str = "void", resumes: str | None = None) -> None:
        """Collect nothing any more, while the status stays what it is."""
        resumes_at = second(resumes) if resumes else None
        self._update(pause_collection={"behavior": behavior, "resumes_at": resumes_at})
        if resumes_at:
            self.account.at(resumes_at, self.resume_collection)

    def resume_collection(self) -> None:
        """Collect again, from the next invoice on."""
        self._update(pause_collection=None)

    def resume(self) -> None:
        """Begin to pay after a trial that ended without a card, with a period and an invoice of its own."""
        self._begin_paying("resumed")

    def _begin_paying(self, what: str, **attributes: object) -> None:
        start = self.account.now
        end = later(start, *self._interval(self.items[0]["price"]))
        self._rolls = 0
        moved = {"status": "active", "billing_cycle_anchor": start, "items": self._moved(start, end)}
        self._announce(what, {**moved, **attributes})
        self._billed(self.billing.cycle((start, end), "subscription_update"))
        self.account.at(end, self._roll)

    def receives(self, coupon: Document) -> None:
        """Receive a discount, in the place of those that it has."""
        discount = discount_by(self.account, coupon, customer=self.customer.id, subscription=self.id)
        self.account.objects.add(discount, "customer.discount.created")
        self._discounted([discount["id"]])

    def loses_discount(self) -> None:
        """Lose its discounts before they end."""
        self._discounted([])

    def payment_failed(self, invoice: Document, last: bool) -> None:
        """Fall past due, or with the last attempt to what the account has chosen."""
        if self.status == "incomplete" or self.is_over:
            return
        if self.failed_at is None:
            self.failed_at = self.account.now
        if not last:
            if self.status == "active":
                self._update(status="past_due")
        elif self.terms.after_dunning == "cancel":
            details = {**self.document["cancellation_details"], "reason": "payment_failed"}
            self._end(canceled_at=self.account.now, cancellation_details=details)
        elif self.status != self.terms.after_dunning:
            self._update(status=self.terms.after_dunning)

    def payment_made(self, invoice: Document) -> None:
        """Be active again once the latest invoice is paid."""
        if invoice["id"] == self.document["latest_invoice"] and self.status in ("incomplete", "past_due", "unpaid"):
            self.failed_at = None
            self._update(status="active")

    def note(self, at: int | None = None) -> None:
        """Note in the true ledger what it pays from now on, if it is real."""
        if not self.document["test_clock"]:
            state = true_state(self, self.account.now if at is None else at)
            self.account.truth.note(self.customer.id, self.document["currency"], self.id, state)

    def discounts(self) -> list[Document]:
        """Return its own discounts."""
        return self.stored(self.document["discounts"])

    def stored(self, names: Sequence[str]) -> list[Document]:
        """Return the documents with these ids."""
        return [each for name in names if (each := self.account.objects.get(name))]

    def _item(self, price: Document, quantity: int, period: tuple[int, int]) -> Document:
        metered = price["recurring"]["usage_type"] == "metered"
        name, now = self.account.objects.new_id("si"), self.account.now
        return shapes.subscription_item(name, self.id, price, None if metered else quantity, now, period)

    def _give(self, items: Sequence[Document]) -> None:
        """Give the discounts of the beginning: to the first item, and to the whole."""
        objects = self.account.objects
        for coupon in self.terms.item_coupons:
            of_item = discount_by(self.account, coupon, customer=self.customer.id, subscription_item=items[0]["id"])
            items[0]["discounts"].append(objects.add(of_item, "customer.discount.created")["id"])
        for coupon in self.terms.coupons:
            discount = discount_by(self.account, coupon, customer=self.customer.id, subscription=self.id)
            self.document["discounts"].append(objects.add(discount, "customer.discount.created")["id"])

    def _interval(self, price: Document) -> tuple[str, int]:
        return price["recurring"]["interval"], price["recurring"]["interval_count"]

    def _roll(self) -> None:
        """Begin the next period, if this is its time: with the end, or with an invoice."""
        start = self.account.now
        if self.is_over or self.status == "paused" or self.period[1] != start:
            return
        if self.document["cancel_at_period_end"]:
            self._end()
            return
        was_trial = self.status == "trialing"
        if was_trial and not self.customer.card_pays and self.terms.missing_payment_method != "create_invoice":
            self._trial_lapses()
            return
        self._rolls += 0 if was_trial else 1
        end = later(self.document["billing_cycle_anchor"], *self._steps(self._rolls + 1))
        self._drop_expired()
        self._update(items=self._moved(start, end), status="active" if was_trial else self.status)
        self._billed(self.billing.cycle((start, end), "subscription_cycle"))
        self.account.at(end, self._roll)

    def _steps(self, count: int) -> tuple[str, int]:
        interval, each = self._interval(self.items[0]["price"])
        return interval, each * count

    def _moved(self, start: int, end: int) -> Document:
        data = [{**item, "current_period_start": start, "current_period_end": end} for item in self.items]
        return {**self.document["items"], "data": data}

    def _trial_lapses(self) -> None:
        if self.terms.missing_payment_method == "cancel":
            self._end(canceled_at=self.account.now)
        else:
            self._announce("paused", {"status": "paused"})

    def _drop_expired(self) -> None:
        """Drop the discounts whose time is over, as Stripe does with the invoice after it."""
        over = [each for each in self.discounts() if each["end"] is not None and each["end"] <= self.account.now]
        if over:
            self._discounted([name for name in self.document["discounts"] if name not in {each["id"] for each in over}])

    def _discounted(self, names: list[str]) -> None:
        before = self.discounts()
        self._update(discounts=names)
        for discount in before:
            if discount["id"] not in names:
                ended(self.account, discount)
        self.note()

    def used_once(self) -> None:
        """Drop the discounts that were for one invoice, once it is written."""
        once = {
            each["id"]
            for each in self.discounts()
            if (self.account.objects.get(each["source"]["coupon"]) or {})["duration"] == "once"
        }
        if once:
            self._discounted([name for name in self.document["discounts"] if name not in once])

    def _billed(self, invoice: Document) -> None:
        self._update(latest_invoice=invoice["id"])

    def _replace(self, number: int, items: list[Document], **attributes: object) -> None:
        """Put items in the place of one; past the last one they are added."""
        data = [*self.items[:number], *items, *self.items[number + 1 :]]
        self._update(items={**self.document["items"], "data": data}, **attributes)

    def _expire(self) -> None:
        if self.status == "incomplete":
            self.billing.void_open()
            self._update(status="incomplete_expired", ended_at=self.account.now)

    def _end(self, **attributes: object) -> None:
        self._announce("deleted", {"status": "canceled", "ended_at": self.account.now, **attributes})

    def _update(self, **attributes: object) -> None:
        self._announce("updated", attributes)

    def _announce(self, what: str, attributes: Mapping[str, object]) -> None:
        self.account.objects.change(self.document, f"customer.subscription.{what}", **attributes)
        self.note()
