"""Subscribers, and the items that they pay for one after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from exporter.demo.kit.months import Months


@dataclass(kw_only=True)
class Interval:
    """Lasts from `starts` up to `ends`, or without an end."""

    starts: datetime
    ends: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether an instant lies in the interval."""
        return self.starts <= at and (self.ends is None or self.ends > at)

    def share(self, month: int, months: Months) -> Decimal:
        """Return the share of a month, 0 to 1, that lies in the interval."""
        first, over = months.start(month), months.start(month + 1)
        seconds = (min(self.ends or over, over) - max(self.starts, first)).total_seconds()
        return max(Decimal(0), Decimal(int(seconds)) / Decimal(int((over - first).total_seconds())))


@dataclass
class Item(Interval):
    """One price of a plan, paid while the interval lasts."""

    id: str
    plan: str
    price: Decimal


@dataclass(eq=False)
class Subscriber:
    """Pays for one item at a time; each begins when the one before it ends."""

    id: str
    segment: str
    items: list[Item]

    @property
    def starts(self) -> datetime:
        """When the first item began."""
        return self.items[0].starts

    @property
    def ends(self) -> datetime | None:
        """When the last item ended; None while it is paid."""
        return self.items[-1].ends

    @property
    def price(self) -> Decimal:
        """The price of the last item."""
        return self.items[-1].price

    def item_at(self, at: datetime) -> Item | None:
        """Return what is paid for at an instant; None before the first item and after the last one."""
        return next((item for item in self.items if item.holds(at)), None)

    def leave(self, at: datetime) -> None:
        """End the last item."""
        self.items[-1].ends = at

    def switch(self, item: Item) -> None:
        """Replace the last item by another from its start on."""
        self.leave(item.starts)
        self.items.append(item)


def active(subscribers: Iterable[Subscriber], at: datetime) -> list[tuple[Subscriber, Item]]:
    """List who subscribes at an instant, each with the item of then."""
    return [(subscriber, item) for subscriber in subscribers if (item := subscriber.item_at(at))]


def items(subscribers: Iterable[Subscriber]) -> Iterator[tuple[Subscriber, Item]]:
    """Iterate over every item with its subscriber."""
    return ((subscriber, item) for subscriber in subscribers for item in subscriber.items)
