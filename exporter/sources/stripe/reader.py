"""Reads subscriptions with all that belongs to them, and remembers what other requests said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from exporter.calendar.windows import Calendar
from exporter.sources.billing.contract import Charge, Contract, Discount, Sighting
from exporter.sources.stripe.api import Api, expanding
from exporter.sources.stripe.discounts import coupon_of, discount
from exporter.sources.stripe.lookups import Catalogue
from exporter.sources.stripe.prices import Object, id_of
from exporter.sources.stripe.subscriptions import Facts, automatic_taxes, sighting

_UTC = Calendar(ZoneInfo("UTC"))
_WITH = ("discounts", "items.data.discounts", "latest_invoice", "customer")


class Reader:
    """Subscriptions of one poll. Objects of test clocks, or of the other mode than `livemode`, are none."""

    def __init__(self, api: Api, catalogue: Catalogue, livemode: bool) -> None:
        self._api = api
        self._catalogue = catalogue
        self._livemode = livemode

    def pages(self, after: str | None = None, **filters: str) -> Iterator[Sequence[Object]]:
        """Yield the pages of all subscriptions, ended ones too, with what a sighting needs."""
        expanded = expanding(*(f"data.{path}" for path in _WITH))
        yield from self._api.pages("subscriptions", (("status", "all"), *filters.items(), *expanded), after)

    def one(self, subscription_id: str) -> Object | None:
        """Return a subscription with what a sighting needs."""
        return self._api.find(f"subscriptions/{subscription_id}", expanding(*_WITH))

    def is_real(self, document: Object) -> bool:
        """Tell whether an object is of the mode that is read, and of no test clock."""
        return bool(document.get("livemode", self._livemode) == self._livemode and not document.get("test_clock"))

    def sighting(self, subscription: Object, at: datetime, learnt_at: datetime, contract: Contract | None) -> Sighting:
        """Return what a subscription shows, with all of its items."""
        whole = self._whole(subscription)
        return sighting(whole, at, learnt_at, self.facts(whole, contract))

    def facts(self, subscription: Object, contract: Contract | None) -> Facts:
        """Return what is known of a subscription beside what it shows."""
        taxes = {**_former_taxes(subscription, contract), **automatic_taxes(subscription)}
        grants = contract.grants.values() if contract else ()
        discounts = {
            grant.discount.discount_id: grant.discount
            for grant in grants
            if not (grant.discount.inherited and grant.gone_at)
        }
        return Facts(self._catalogue, self._catalogue.price, taxes, discounts)

    def past_discount(self, document: Object, contract: Contract, line_id: str | None = None) -> Discount | None:
        """Return a discount that a contract no longer has; what is left of it has no end, which its coupon tells."""
        self._catalogue.remember(document)
        coupon = self._catalogue.coupon(str(id_of(coupon_of(document))))
        if coupon is None:
            return None
        inherited = line_id is None and not document.get("subscription")
        results = discount(document, coupon, contract.currency.lower(), line_id=line_id, inherited=inherited)
        months = coupon.get("duration_in_months")
        ends = results.ends_at or (_UTC.add_months(results.starts_at, months) if months else None)
        return replace(results, ends_at=ends)

    def _whole(self, subscription: Object) -> Object:
        """Return a subscription with the items that are on further pages."""
        if not subscription["items"].get("has_more"):
            return subscription
        of = (("subscription", subscription["id"]), *expanding("data.discounts"))
        return {**subscription, "items": {"data": self._api.all("subscription_items", of)}}


def _former_taxes(subscription: Object, contract: Contract | None) -> Mapping[str, Sequence[Object]]:
    """Return the tax rates that Stripe found out before, for items of which the latest invoice shows none."""
    if contract is None or not (subscription.get("automatic_tax") or {}).get("enabled"):
        return {}
    charges = {name: last.value for name, line in contract.lines.items() if (last := line.charges.last)}
    return {name: (rate,) for name, charge in charges.items() if charge and (rate := tax_of(charge))}


def tax_of(charge: Charge) -> Object | None:
    """Return the tax of a charge as a tax rate says it, None if there is none."""
    return {"percentage": charge.tax_rate, "inclusive": charge.tax_inclusive} if charge.tax_rate else None
