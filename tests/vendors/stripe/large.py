"""A Stripe account of any size that takes no memory: every document is made when it is asked for.

Each customer has one subscription to one of a few prices, some of them with a discount, and a paid invoice for each of
as many months. Nothing happens in it any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.vendors.stripe import invoice_shapes, shapes
from tests.vendors.stripe.account import StripeAccount
from tests.vendors.stripe.objects import Document
from tests.vendors.stripe.times import DAY

MONTH = 30 * DAY
PRICES = 20
COUPONS = 5


@dataclass
class LargeObjects:
    """Documents by id and, the newest first, by kind; `count` is the number of subscriptions, `months` of invoices."""

    now: int
    count: int
    months: int
    shop: StripeAccount = field(init=False)

    def __post_init__(self) -> None:
        self.shop = StripeAccount("2024-01-01")
        self._prices = [self.shop.price(1000 + 100 * number) for number in range(PRICES)]
        self._coupons = [self.shop.coupon(percent_off=10 + number) for number in range(COUPONS)]
        self._made: dict[str, tuple[str, int, Callable[[int], Document]]] = {
            "customer": ("cus", self.count, self._customer),
            "subscription": ("sub", self.count, self._subscription),
            "invoice": ("in", self.count * self.months, self._invoice),
            "charge": ("ch", self.count * self.months, self._charge),
            "discount": ("di", self.count, self._discount),
        }

    def get(self, name: str) -> Document | None:
        """Return the document with an id, if there is one."""
        prefix, _, number = name.rpartition("_")
        for kind_prefix, count, make in self._made.values():
            if prefix == kind_prefix and number.isdigit() and int(number) < count:
                return make(int(number))
        return self.shop.objects.get(name)

    def newest_first(self, kind: str, behind: str | None = None, subscription: str | None = None) -> Iterator[Document]:
        """Yield the documents of a kind that are older than one of them, or all; of invoices, a subscription's."""
        if kind not in self._made:
            return self.shop.objects.newest_first(kind, behind)
        _, count, make = self._made[kind]
        first, step = int(behind.rpartition("_")[2]) if behind else count, 1
        if subscription and kind == "invoice":
            step = self.count
            first = count - step + int(subscription.rpartition("_")[2]) + 1 if not behind else first - step + 1
        return (make(number) for number in range(first - 1, -1, -step))

    def _since(self, number: int) -> int:
        """Return when a subscription began: the later, the higher its number."""
        return self.now - self.months * MONTH + number * MONTH // self.count

    def _customer(self, number: int) -> Document:
        tier = {"tier": ("small", "medium", "large")[number % 3]}
        return shapes.customer(f"cus_{number:07d}", self._since(number), True, tier, None)

    def _discount(self, number: int) -> Document:
        of = {"subscription": f"sub_{number:07d}"}
        coupon = self._coupons[number % COUPONS]["id"]
        return shapes.discount(f"di_{number:07d}", coupon, self._since(number), None, **of)

    def _subscription(self, number: int) -> Document:
        since, name = self._since(number), f"sub_{number:07d}"
        price = self._prices[number % PRICES]
        document = shapes.subscription(name, self._customer(number), "eur", since, True)
        begun = since + (self.months - 1) * MONTH
        item = shapes.subscription_item(f"si_{number:07d}", name, price, 1 + number % 7, since, (begun, begun + MONTH))
        document["items"] = shapes.listed(document["items"]["url"], [item])
        document["latest_invoice"] = f"in_{(self.months - 1) * self.count + number:07d}"
        if number % 10 == 0:
            document["discounts"] = [f"di_{number:07d}"]
        return document

    def _invoice(self, number: int) -> Document:
        """Return an invoice; they are counted month by month."""
        month, of = divmod(number, self.count)
        subscription = self._subscription(of)
        created = self._since(of) + month * MONTH
        period = created, created + MONTH
        reason = "subscription_cycle" if month else "subscription_create"
        invoice = invoice_shapes.invoice(f"in_{number:07d}", subscription, reason, created, period)
        [item] = subscription["items"]["data"]
        amount = item["price"]["unit_amount"] * item["quantity"]
        line = invoice_shapes.line(f"il_{number:07d}", item, "eur", amount, period, item["quantity"], True)
        invoice["lines"] = shapes.listed(invoice["lines"]["url"], [line])
        invoice["status_transitions"] |= {"finalized_at": created, "paid_at": created}
        invoice.update(subtotal=amount, total=amount, amount_due=amount, amount_paid=amount, attempt_count=1)
        invoice.update(status="paid", attempted=True, discounts=list(subscription["discounts"]))
        return invoice

    def _charge(self, number: int) -> Document:
        month, of = divmod(number, self.count)
        amount = self._prices[of % PRICES]["unit_amount"] * (1 + of % 7)
        invoice = {"amount_due": amount, "currency": "eur", "customer": f"cus_{of:07d}", "livemode": True}
        created = self._since(of) + month * MONTH
        return invoice_shapes.charge(f"ch_{number:07d}", invoice, f"pi_{number:07d}", created, True)


class LargeAccount:
    """An account with so many subscriptions, as it is at an instant."""

    def __init__(self, now: int, count: int, months: int = 6) -> None:
        self.now = now
        self.objects = LargeObjects(now, count, months)
        self.document = shapes.account(0)

    def listed_events(self, since: int) -> Iterator[Document]:
        """Yield the events since a second: there are none."""
        return iter(())

    def event(self, name: str) -> Document | None:
        """Return the event with an id: there is none."""
        return None
