"""The lines of invoices and the items that wait for one, as charges of subscription items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from exporter.sources.billing.contract import Charge, Contract
from exporter.sources.stripe.api import Api, expanding
from exporter.sources.stripe.bins import PastBilling
from exporter.sources.stripe.lookups import Catalogue
from exporter.sources.stripe.prices import Object, charge, id_of
from exporter.sources.stripe.reader import tax_of
from exporter.sources.stripe.taxes import billed_tax


@dataclass(frozen=True, slots=True)
class BilledLine:
    """What was billed for an item over a period; below 0 it is a credit for the rest of one."""

    item_id: str
    starts_at: datetime
    ends_at: datetime
    amount: int
    charge: Charge
    proration: bool


class Billed:
    """Reads what was billed for contracts; it asks for what invoices only name."""

    def __init__(self, api: Api, catalogue: Catalogue) -> None:
        self._api = api
        self._catalogue = catalogue

    def whole(self, invoice: Object) -> Object:
        """Return an invoice with the lines that are on further pages."""
        if not invoice["lines"].get("has_more"):
            return invoice
        lines = self._api.all(f"invoices/{invoice['id']}/lines", expanding("data.discounts"))
        return {**invoice, "lines": {"data": lines}}

    def last_failure(self, invoice: Object) -> datetime | None:
        """Return when it was last tried in vain to collect an invoice, None if it never was."""
        payments = self._api.all("invoice_payments", (("invoice", invoice["id"]),))
        intents = {name for each in payments if (name := id_of((each.get("payment") or {}).get("payment_intent")))}
        charges = [each for name in intents for each in self._api.all("charges", (("payment_intent", name),))]
        failed = [each["created"] for each in charges if each["status"] == "failed"]
        return datetime.fromtimestamp(max(failed), UTC) if failed else None

    def lines(self, contract: Contract, past: PastBilling) -> list[BilledLine]:
        """Return what was billed for each item and period: the lines of one, such as its tiers, as one."""
        results: dict[tuple[object, ...], tuple[Object, str, int, int | None]] = {}
        for line, item_id, proration in self._parts(contract, past):
            key = (item_id, line["period"]["start"], proration, _sign(line["amount"]), _price_id(line))
            _, _, amount, quantity = results.get(key, (line, item_id, 0, None))
            results[key] = (line, item_id, amount + line["amount"], _sum(quantity, line.get("quantity")))
        return [
            BilledLine(
                item_id,
                datetime.fromtimestamp(line["period"]["start"], UTC),
                datetime.fromtimestamp(line["period"]["end"], UTC),
                amount,
                self._charge(contract, line, item_id, quantity),
                bool(key[2]),
            )
            for key, (line, item_id, amount, quantity) in results.items()
        ]

    def _parts(self, contract: Contract, past: PastBilling) -> Iterator[tuple[Object, str, bool]]:
        """Yield the lines that are of an item of the contract and have a price, and whether each is a proration."""
        for invoice in past.invoices:
            for line in invoice["lines"]["data"]:
                if _price_id(line) is None:
                    continue
                parent = line.get("parent") or {}
                details = parent.get("subscription_item_details") or {}
                if details.get("subscription_item"):
                    yield line, details["subscription_item"], bool(details.get("proration"))
                elif (of := parent.get("invoice_item_details")) and of.get("proration"):
                    name = of["invoice_item"]
                    item = past.items.get(name) or self._api.find(f"invoiceitems/{name}") or {}
                    if item_id := _item_of(item, contract):
                        yield line, item_id, True
        for item in past.waiting:
            if _price_id(item) and (item_id := _item_of(item, contract)):
                yield item, item_id, True

    def _charge(self, contract: Contract, line: Object, item_id: str, quantity: int | None) -> Charge:
        """Return the charge of a line, by its price and the quantity that was billed."""
        price = self._catalogue.price(_price_id(line) or "")
        if "currency" not in price:  # deleted, as those of invoices alone may be
            amount = (line.get("pricing") or {}).get("unit_amount_decimal")
            price = {**price, "currency": line["currency"], "unit_amount_decimal": amount, "recurring": {}}
        metered = (price.get("recurring") or {}).get("usage_type") == "metered"
        rates = _rates(contract, line, item_id)
        if not rates and price.get("tax_behavior") == "inclusive":
            rates = ({"percentage": 0, "inclusive": True},)
        return charge(price, None if metered else quantity, line["currency"], rates, self._catalogue.price)


def _rates(contract: Contract, line: Object, item_id: str) -> Sequence[Object]:
    """Return the tax of a line: that which the contract is known by, unless the line was taxed otherwise."""
    holder = contract.lines.get(item_id) or next(iter(contract.lines.values()), None)
    present = holder.charges.last.value if holder and holder.charges.last else None
    present_tax = tax_of(present) if present else None
    taxes = line.get("taxes") or ()
    if present_tax and all(_fits(tax, present_tax["percentage"]) for tax in taxes):
        return (present_tax,)
    return billed_tax(line) or ((present_tax,) if present_tax and not taxes else ())


def _fits(tax: Object, percentage: Decimal) -> bool:
    return abs(Decimal(tax.get("taxable_amount") or 0) * percentage / 100 - (tax.get("amount") or 0)) <= 1


def _price_id(line: Object) -> str | None:
    price: str | None = ((line.get("pricing") or {}).get("price_details") or {}).get("price")
    return price


def _item_of(item: Object, contract: Contract) -> str | None:
    """Return the subscription item that an invoice item changes, if it is one of the contract's."""
    details = (item.get("parent") or {}).get("subscription_details") or {}
    name: str | None = details.get("subscription_item")
    return name if details.get("subscription") == contract.subscription_id else None


def _sign(amount: int) -> int:
    return (amount > 0) - (amount < 0)


def _sum(quantity: int | None, more: int | None) -> int | None:
    return more if quantity is None else quantity + (more or 0)
