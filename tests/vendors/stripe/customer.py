"""A customer of the account: what it buys, whether its card pays, its own discount, and that it is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tests.vendors.stripe import invoice_shapes
from tests.vendors.stripe.discounts import discount_by, ended
from tests.vendors.stripe.objects import Document
from tests.vendors.stripe.subscription import Subscription
from tests.vendors.stripe.terms import Terms

if TYPE_CHECKING:
    from tests.vendors.stripe.account import StripeAccount


class Customer:
    """`card_pays` says what the next attempts to collect money come to."""

    def __init__(self, account: StripeAccount, document: Document) -> None:
        self.account = account
        self.document = document
        self.card_pays = True
        self.subscriptions: list[Subscription] = []

    @property
    def id(self) -> str:
        name: str = self.document["id"]
        return name

    def subscribes(
        self, price: Document, quantity: int = 1, *, more: Sequence[tuple[Document, int]] = (), **terms: Any
    ) -> Subscription:
        """Begin a subscription to a price, and to further ones; the keywords are those of `Terms`."""
        subscription = Subscription(self, ((price, quantity), *more), Terms(**terms))
        self.subscriptions.append(subscription)
        return subscription

    def pays(self) -> None:
        """Give a card that works: what is open is collected at once."""
        self.card_pays = True
        for subscription in self.subscriptions:
            subscription.billing.collect_open()

    def receives(self, coupon: Document) -> None:
        """Receive a discount of its own, which holds where a subscription has none."""
        discount = discount_by(self.account, coupon, customer=self.id)
        self.account.objects.add(discount, "customer.discount.created")
        self._discounted(discount)

    def loses_discount(self) -> None:
        """Lose its own discount before it ends."""
        self._discounted(None)

    def refunded(self, amount: int | None = None, status: str = "succeeded") -> None:
        """Get its last payment back, or a part of it."""
        objects = self.account.objects
        charges = objects.newest_first("charge")
        charge = next(each for each in charges if each["customer"] == self.id and each["status"] == "succeeded")
        back = charge["amount"] if amount is None else amount
        refund = invoice_shapes.refund(objects.new_id("re"), charge, back, status, self.account.now)
        objects.add(refund, "refund.created")
        if status == "succeeded":
            total = charge["amount_refunded"] + back
            objects.change(charge, "charge.refunded", amount_refunded=total, refunded=total == charge["amount"])

    def deleted(self) -> None:
        """Be deleted, which ends every subscription at once; the id stays, without anything else."""
        for subscription in self.subscriptions:
            if not subscription.is_over:
                subscription.cancel()
        stub = {"id": self.id, "object": "customer", "deleted": True}
        self.account.objects.remove(self.document, stub, "customer.deleted")

    def _discounted(self, discount: Document | None) -> None:
        objects, before = self.account.objects, self.document["discount"]
        objects.change(self.document, "customer.updated", discount=discount)
        if before:
            ended(self.account, objects.get(before["id"]) or before)
        for subscription in self.subscriptions:
            subscription.note()
        if discount and discount["end"]:
            self.account.at(discount["end"], lambda: self._expired(discount))

    def _expired(self, discount: Document) -> None:
        if self.document["discount"] is discount:
            self._discounted(None)
