"""A Stripe account whose clock the test moves: what is on sale, who buys, and what happens when."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count

from tests.vendors.stripe import shapes
from tests.vendors.stripe.customer import Customer
from tests.vendors.stripe.objects import Document, Event, Objects
from tests.vendors.stripe.old_shapes import OLD_VERSION, in_old_version
from tests.vendors.stripe.prices import Tier, amount_fields, tier_fields
from tests.vendors.stripe.times import second
from tests.vendors.stripe.truth import TrueLedger

Story = Iterator[str]
"""What happens to a customer: it yields the next instant at which it goes on, in UTC."""


class StripeAccount:
    """`advance` moves the clock; everything that is due until then happens in its order.

    Args:
        start: Where the clock begins.
        livemode: Whether money is real.
        old_events: Events are rendered in a version of the API that is older than the documents.
        event_delay: By how many seconds the n-th event, from 0, is listed later than it happened.
        repeat_events: Every event is written twice, with two ids, as Stripe sometimes does.
    """

    def __init__(
        self,
        start: datetime | str,
        livemode: bool = True,
        old_events: bool = False,
        event_delay: Callable[[int], int] = lambda _: 0,
        repeat_events: bool = False,
    ) -> None:
        self.now = second(start)
        self.livemode = livemode
        self.truth = TrueLedger()
        self.objects = Objects(lambda: self.now, self._announce)
        self.document = shapes.account(self.now)
        self._old_events = old_events
        self._event_delay = event_delay
        self._repeat = 2 if repeat_events else 1
        self._events: list[Event] = []
        self._due: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self.product_names: dict[str, str] = {}

    def at(self, when: int, action: Callable[[], None]) -> None:
        """Do something when the clock gets there."""
        heapq.heappush(self._due, (max(when, self.now), next(self._order), action))

    def tell(self, story: Story) -> None:
        """Go on with a story whenever the clock reaches the instant that it yields."""
        try:
            self.at(second(next(story)), lambda: self.tell(story))
        except StopIteration:
            return

    def advance(self, to: datetime | str) -> None:
        """Move the clock; what is due until then happens, each thing at its own instant."""
        end = second(to)
        while self._due and self._due[0][0] <= end:
            self.now, _, action = heapq.heappop(self._due)
            action()
        self.now = end

    def product(self, title: str) -> str:
        """Return the id of a product, which is made when it is first named."""
        if title not in self.product_names:
            name = self.product_names[title] = self.objects.new_id("prod")
            self.objects.add(shapes.product(name, title, self.now, self.livemode), "product.created")
        return self.product_names[title]

    def price(
        self,
        amount: int | str | None = None,
        currency: str = "eur",
        every: str = "month",
        intervals: int = 1,
        *,
        product: str = "Cloud",
        tiers: Sequence[Tier] = (),
        mode: str = "graduated",
        metered: bool = False,
        divide_by: int | None = None,
        rounding: str = "up",
        tax_behavior: str = "unspecified",
        also_in: Mapping[str, int | str] | None = None,
        lookup_key: str | None = None,
    ) -> Document:
        """Put a price on sale, in minor units; `also_in` has its amount in further currencies."""
        options = {currency: amount, **(also_in or {})}
        terms = {"custom_unit_amount": None, "tax_behavior": tax_behavior}
        document = {
            "id": self.objects.new_id("price"),
            "object": "price",
            "active": True,
            "billing_scheme": "tiered" if tiers else "per_unit",
            "created": self.now,
            "currency": currency,
            **terms,
            "livemode": self.livemode,
            "lookup_key": lookup_key,
            "metadata": {},
            "nickname": None,
            "product": self.product(product),
            "recurring": {
                "interval": every,
                "interval_count": intervals,
                "meter": None,
                "usage_type": "metered" if metered else "licensed",
            },
            "tiers_mode": mode if tiers else None,
            "transform_quantity": {"divide_by": divide_by, "round": rounding} if divide_by else None,
            "type": "recurring",
            **amount_fields(amount),
            **({"tiers": tier_fields(tiers)} if tiers else {}),
            "currency_options": {code: {**terms, **amount_fields(each)} for code, each in options.items()},
        }
        return self.objects.add(document, "price.created")

    def coupon(
        self,
        percent_off: float | None = None,
        amount_off: int | None = None,
        currency: str = "eur",
        months: int | None = None,
        once: bool = False,
        products: Sequence[str] = (),
    ) -> Document:
        """Issue a coupon: for ever, for some months or for one invoice; `products` are titles that it is limited to."""
        document: Document = {
            "id": self.objects.new_id("coupon"),
            "object": "coupon",
            "amount_off": amount_off,
            "created": self.now,
            "currency": None if amount_off is None else currency,
            "duration": "once" if once else "repeating" if months else "forever",
            "duration_in_months": months,
            "livemode": self.livemode,
            "max_redemptions": None,
            "metadata": {},
            "name": None,
            "percent_off": percent_off,
            "redeem_by": None,
            "times_redeemed": 0,
            "valid": True,
        }
        if products:
            document["applies_to"] = {"products": [self.product(title) for title in products]}
        return self.objects.add(document, "coupon.created")

    def tax_rate(self, percentage: float, inclusive: bool) -> Document:
        """Set up a rate of tax."""
        name = self.objects.new_id("txr")
        rate = shapes.tax_rate(name, percentage, inclusive, self.now, self.livemode)
        return self.objects.add(rate, "tax_rate.created")

    def customer(self, name: str, metadata: Document | None = None, test_clock: bool = False) -> Customer:
        """Register a customer, whose id is `cus_` and the name; with a test clock it is not a real one."""
        clock = self.objects.new_id("clock") if test_clock else None
        if clock:
            self.objects.add(shapes.test_clock(clock, self.now))
        document = shapes.customer(f"cus_{name}", self.now, self.livemode and not clock, metadata or {}, clock)
        return Customer(self, self.objects.add(document, "customer.created"))

    def listed_events(self, since: int) -> Iterator[Document]:
        """Yield the events that can be seen now, the newest first, down to the second `since`."""
        first = bisect_left(self._events, since, key=lambda each: each.document["created"])
        for event in reversed(self._events[first:]):
            if event.visible_from <= self.now:
                yield event.document

    @property
    def event_count(self) -> int:
        """How many events there were since the beginning."""
        return len(self._events)

    def event(self, name: str) -> Document | None:
        """Return the event with an id."""
        return next((each.document for each in self._events if each.document["id"] == name), None)

    def _announce(self, kind: str, document: Document, previous: Document | None) -> None:
        version = shapes.VERSION
        if self._old_events:
            version = OLD_VERSION
            document, previous = in_old_version(document), previous and in_old_version(previous)
        for _ in range(self._repeat):
            name = self.objects.new_id("evt")
            delay = self._event_delay(len(self._events))
            event = shapes.event(name, kind, document, previous, self.now, version)
            self._events.append(Event(event, self.now + delay))
