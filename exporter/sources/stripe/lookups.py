"""Finds prices and coupons that subscriptions name by their ids; none is asked for twice."""

from __future__ import annotations

from exporter.sources.stripe.api import Api, expanding
from exporter.sources.stripe.discounts import coupon_of
from exporter.sources.stripe.prices import Object

_LISTED = 20
"""Pages of a list that are read before objects are asked for one by one."""
_PRICE = ("tiers", "currency_options")
_COUPON = ("applies_to", "currency_options")


class Catalogue:
    """Prices with their tiers, and coupons with the products that they are limited to.

    The amounts of neither ever change, so they are kept from poll to poll. `begin` must be called in each poll.
    """

    def __init__(self) -> None:
        self._prices: dict[str, Object] = {}
        self._coupons: dict[str, Object | None] = {}
        self._listed: set[str] = set()

    def begin(self, api: Api) -> None:
        """Use this API until the next poll."""
        self._api = api

    def price(self, price_id: str) -> Object:
        """Return a price with its tiers and currencies; of one that is gone, nothing but its id."""
        if price_id not in self._prices:
            self._list("prices", _PRICE, self._prices)
        if price_id not in self._prices:
            results = self._api.find(f"prices/{price_id}", expanding(*_PRICE))
            self._prices[price_id] = results or {"id": price_id}
        return self._prices[price_id]

    def coupon(self, coupon_id: str) -> Object | None:
        """Return a coupon; None for one that was deleted."""
        if coupon_id not in self._coupons:
            self._list("coupons", _COUPON, self._coupons)
        if coupon_id not in self._coupons:
            self._coupons[coupon_id] = self._api.find(f"coupons/{coupon_id}", expanding(*_COUPON))
        return self._coupons[coupon_id]

    def remember(self, discount: Object) -> None:
        """Keep the coupon of a discount in which it stands as an object, as that of a deleted one does nowhere else."""
        coupon = coupon_of(discount)
        if isinstance(coupon, dict) and self._coupons.get(coupon["id"]) is None:
            self._coupons[coupon["id"]] = coupon

    def _list(self, path: str, expand: tuple[str, ...], into: dict[str, Object] | dict[str, Object | None]) -> None:
        """Read the first pages of a list, once: there are few of them in most accounts."""
        if path in self._listed:
            return
        self._listed.add(path)
        for number, page in enumerate(self._api.pages(path, expanding(*(f"data.{name}" for name in expand))), 1):
            into.update({each["id"]: each for each in page})
            if number == _LISTED:
                return
