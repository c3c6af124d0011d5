"""What an invoice comes to: discounts and taxes of its lines, and their sums."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from tests.vendors.stripe.objects import Document

if TYPE_CHECKING:
    from tests.vendors.stripe.subscription import Subscription


def add_up(invoice: Document, subscription: Subscription) -> None:
    """Fill in the amounts of an invoice from its lines."""
    lines = invoice["lines"]["data"]
    for line in lines:
        _discount(line, subscription)
    _discount_together(lines, invoice, subscription)
    exclusive = sum(_tax(line, subscription) for line in lines)
    subtotal = sum(line["amount"] for line in lines)
    off = sum(each["amount"] for line in lines for each in line["discount_amounts"])
    total = subtotal - off + exclusive
    due = max(0, total)
    invoice.update(
        subtotal=subtotal,
        total=total,
        total_discount_amounts=_together(lines),
        total_taxes=[tax for line in lines for tax in line["taxes"]],
        amount_due=due,
        amount_remaining=due,
    )


def _discount(line: Document, subscription: Subscription) -> None:
    """Take the item's own discounts off its line."""
    item = _item(line, subscription)
    if line["discountable"] and item is not None:
        line["discounts"] = list(item["discounts"])
        for name in item["discounts"]:
            _take(line, name, subscription, share=Fraction(1))


def _discount_together(lines: list[Document], invoice: Document, subscription: Subscription) -> None:
    """Take the subscription's discounts, or else the customer's, off the lines to which they apply."""
    own = subscription.customer.document["discount"]
    names = list(subscription.document["discounts"]) or ([own["id"]] if own else [])
    invoice["discounts"] = names
    for name in names:
        products = _coupon(name, subscription).get("applies_to", {}).get("products", ())
        hit = [
            line
            for line in lines
            if line["discountable"] and (not products or line["pricing"]["price_details"]["product"] in products)
        ]
        whole = sum(_left(line) for line in hit)
        for line in hit:
            _take(line, name, subscription, share=Fraction(_left(line), whole) if whole else Fraction(0))


def _take(line: Document, name: str, subscription: Subscription, share: Fraction) -> None:
    """Take a discount off a line; of an amount, the line's share."""
    discount, coupon = subscription.account.objects.get(name), _coupon(name, subscription)
    if discount is None or (discount["end"] and discount["end"] <= subscription.account.now):
        return
    left = _left(line)
    if coupon["percent_off"] is not None:
        amount = round(left * Fraction(str(coupon["percent_off"])) / 100)
    else:
        amount = min(left, round(coupon["amount_off"] * share))
    line["discount_amounts"].append({"amount": amount, "discount": name})


def _left(line: Document) -> int:
    amount: int = line["amount"] - sum(each["amount"] for each in line["discount_amounts"])
    return max(0, amount)


def _coupon(name: str, subscription: Subscription) -> Document:
    objects = subscription.account.objects
    discount = objects.get(name)
    assert discount
    coupon = objects.get(discount["source"]["coupon"])
    assert coupon
    return coupon


def _item(line: Document, subscription: Subscription) -> Document | None:
    details = line["parent"]["subscription_item_details"]
    name = details["subscription_item"] if details else None
    return next((each for each in subscription.items if each["id"] == name), None)


def _tax(line: Document, subscription: Subscription) -> int:
    """Write the taxes of a line, and return those that come on top."""
    item = _item(line, subscription) or subscription.items[0]
    taxable = line["amount"] - sum(each["amount"] for each in line["discount_amounts"])
    rates: list[tuple[str, float, bool]] = [
        (rate["id"], rate["percentage"], rate["inclusive"])
        for rate in item["tax_rates"] or subscription.document["default_tax_rates"]
    ]
    if subscription.terms.automatic_tax is not None:
        inclusive = item["price"]["tax_behavior"] == "inclusive"
        name = f"txr_{subscription.id}"  # of Stripe's own, which is in no list of the account
        rates = [(name, subscription.terms.automatic_tax, inclusive)]
    added = 0
    for name, percentage, inclusive in rates:
        percent = Fraction(str(percentage))
        amount = round(taxable * percent / (100 + percent if inclusive else 100))
        added += 0 if inclusive else amount
        line["taxes"].append(
            {
                "amount": amount,
                "tax_behavior": "inclusive" if inclusive else "exclusive",
                "tax_rate_details": {"tax_rate": name},
                "taxability_reason": "standard_rated",
                "taxable_amount": taxable - amount if inclusive else taxable,
                "type": "tax_rate_details",
            }
        )
    return added


def _together(lines: list[Document]) -> list[Document]:
    """Return what each discount takes off all lines."""
    amounts: dict[str, int] = {}
    for line in lines:
        for each in line["discount_amounts"]:
            amounts[each["discount"]] = amounts.get(each["discount"], 0) + each["amount"]
    return [{"amount": amount, "discount": name} for name, amount in amounts.items()]
