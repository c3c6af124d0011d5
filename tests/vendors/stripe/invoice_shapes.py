"""The documents of what is billed and paid: invoices, their lines, charges, refunds."""

from __future__ import annotations

from dataclasses import dataclass

from tests.vendors.stripe.objects import Document
from tests.vendors.stripe.shapes import listed


@dataclass(frozen=True)
class Proration:
    """What makes a line one of a change within a period: its invoice item, and whether billing is of the old mode."""

    invoice_item: str
    classic: bool


def line(
    name: str,
    item: Document,
    currency: str,
    amount: int,
    period: tuple[int, int],
    quantity: int | None,
    livemode: bool,
    proration: Proration | None = None,
) -> Document:
    """Return a line of an invoice for an item of a subscription, before it is put into one."""
    price = item["price"]
    details = {
        "proration": proration is not None,
        "proration_details": {"credited_items": None},
        "subscription": item["subscription"],
    }
    if proration and proration.classic:
        parent = {
            "type": "invoice_item_details",
            "invoice_item_details": {"invoice_item": proration.invoice_item, **details},
            "subscription_item_details": None,
        }
    else:
        invoice_item = proration.invoice_item if proration else None
        parent = {
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": invoice_item,
                "subscription_item": item["id"],
                **details,
            },
        }
    return {
        "id": name,
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": None,
        "discount_amounts": [],
        "discountable": proration is None,
        "discounts": [],
        "invoice": None,
        "livemode": livemode,
        "metadata": {},
        "parent": parent,
        "period": {"start": period[0], "end": period[1]},
        "pretax_credit_amounts": [],
        "pricing": {
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": quantity,
        "subscription": item["subscription"],
        "subtotal": amount,
        "taxes": [],
    }


def invoice_item(
    name: str,
    item: Document,
    customer: str,
    currency: str,
    amount: int,
    period: tuple[int, int],
    quantity: int,
    livemode: bool,
) -> Document:
    """Return a credit or debit of a change within a period, which waits for an invoice."""
    price = item["price"]
    return {
        "id": name,
        "object": "invoiceitem",
        "amount": amount,
        "currency": currency,
        "customer": customer,
        "date": period[0],
        "description": None,
        "discountable": False,
        "discounts": [],
        "invoice": None,
        "livemode": livemode,
        "metadata": {},
        "parent": {
            "type": "subscription_details",
            "subscription_details": {"subscription": item["subscription"], "subscription_item": item["id"]},
        },
        "period": {"start": period[0], "end": period[1]},
        "pricing": {
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "proration": True,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "tax_rates": [],
        "test_clock": None,
    }


def invoice(name: str, subscription: Document, reason: str, created: int, period: tuple[int, int]) -> Document:
    """Return a draft without lines."""
    return {
        "id": name,
        "object": "invoice",
        "account_country": "DE",
        "amount_due": 0,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_remaining": 0,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None, "status": None},
        "automatically_finalizes_at": None,
        "billing_reason": reason,
        "collection_method": subscription["collection_method"],
        "created": created,
        "currency": subscription["currency"],
        "customer": subscription["customer"],
        "default_tax_rates": [],
        "discounts": [],
        "due_date": None,
        "effective_at": None,
        "issuer": {"type": "self"},
        "lines": listed(f"/v1/invoices/{name}/lines", []),
        "livemode": subscription["livemode"],
        "metadata": {},
        "next_payment_attempt": None,
        "number": None,
        "parent": {
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {"metadata": {}, "subscription": subscription["id"]},
        },
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "payments": listed(f"/v1/invoice_payments?invoice={name}", []),
        "period_end": period[1],
        "period_start": period[0],
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": 0,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": 0,
        "test_clock": subscription["test_clock"],
        "total": 0,
        "total_discount_amounts": [],
        "total_taxes": [],
    }


def invoice_payment(name: str, invoice: Document, intent: str, created: int, paid: bool) -> Document:
    """Return the payment of an invoice, which is open until an attempt succeeds."""
    return {
        "id": name,
        "object": "invoice_payment",
        "amount_paid": invoice["amount_due"] if paid else None,
        "amount_requested": invoice["amount_due"],
        "created": created,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": invoice["livemode"],
        "payment": {"type": "payment_intent", "payment_intent": intent},
        "status": "paid" if paid else "open",
        "status_transitions": {"canceled_at": None, "paid_at": created if paid else None},
    }


def charge(name: str, invoice: Document, intent: str, created: int, succeeded: bool) -> Document:
    """Return an attempt to collect what an invoice asks for."""
    amount = invoice["amount_due"]
    return {
        "id": name,
        "object": "charge",
        "amount": amount,
        "amount_captured": amount if succeeded else 0,
        "amount_refunded": 0,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        "captured": succeeded,
        "created": created,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "description": None,
        "disputed": False,
        "failure_code": None if succeeded else "card_declined",
        "failure_message": None if succeeded else "Your card was declined.",
        "fraud_details": {},
        "livemode": invoice["livemode"],
        "metadata": {},
        "paid": succeeded,
        "payment_intent": intent,
        "payment_method_details": None,
        "receipt_email": None,
        "refunded": False,
        "status": "succeeded" if succeeded else "failed",
    }


def refund(name: str, charge: Document, amount: int, status: str, created: int) -> Document:
    """Return money that is given back of a charge."""
    return {
        "id": name,
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "requested_by_customer",
        "receipt_number": None,
        "status": status,
    }
