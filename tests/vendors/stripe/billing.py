"""How one subscription is billed: invoices with their lines, credits of changes, attempts to collect."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from tests.vendors.stripe import invoice_shapes, shapes
from tests.vendors.stripe.invoice_shapes import Proration
from tests.vendors.stripe.objects import Document
from tests.vendors.stripe.prices import charged
from tests.vendors.stripe.times import DAY, HOUR
from tests.vendors.stripe.totals import add_up

if TYPE_CHECKING:
    from tests.vendors.stripe.subscription import Subscription

Period = tuple[int, int]
RETRIES = (3 * DAY, 5 * DAY, 7 * DAY)
"""When a failed payment is tried again, from one attempt to the next."""
DRAFT = HOUR
"""For how long the invoice of a new period stays a draft."""


class Billing:
    """`paid_until` is the end of what was paid for so far, 0 before anything was."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._account = subscription.account
        self._objects = subscription.account.objects
        self._pending: list[tuple[Document, Document]] = []
        self._invoices: list[Document] = []
        self.paid_until = 0

    def first(self, period: Period) -> Document:
        """Write and finalize the invoice of the beginning; a backdated one also has the time until now."""
        document = self._subscription.document
        lines = []
        if document["start_date"] < period[0]:
            lines = self._lines((document["start_date"], period[0]), share=self._share(document["start_date"], period))
        invoice = self._invoice("subscription_create", [*lines, *self._lines(period)], period)
        self._finalize(invoice)
        return invoice

    def cycle(self, period: Period, reason: str) -> Document:
        """Write the invoice of a new period; it is collected at once if it is of a change, else after an hour."""
        lines = [*self._taken_pending(), *self._lines(period)]
        invoice = self._invoice(reason, lines, period)
        paused = self._subscription.document["pause_collection"]
        if paused or self._subscription.status == "unpaid":
            self._hold(invoice, paused["behavior"] if paused else "keep_as_draft")
        else:
            wait = 0 if reason == "subscription_update" else DRAFT
            self._account.at(self._account.now + wait, lambda: self._due(invoice))
        return invoice

    def prorate(self, before: Document | None, after: Document | None, end: int, behavior: str) -> None:
        """Credit what is left of an item, and charge the same time of the one in its place."""
        subscription = self._subscription
        now = self._account.now
        if behavior == "none" or subscription.status in ("trialing", "incomplete") or end <= now:
            return
        start = (before or after or {})["current_period_start"]
        left = Fraction(end - now, end - start)
        for item, sign in ((before, -1), (after, 1)):
            if item is not None and "quantity" in item:
                currency = subscription.document["currency"]
                amount = round(sign * left * charged(item["price"], item["quantity"], currency))
                waiting = invoice_shapes.invoice_item(
                    self._objects.new_id("ii"),
                    item,
                    subscription.customer.id,
                    currency,
                    amount,
                    (now, end),
                    item["quantity"],
                    subscription.document["livemode"],
                )
                self._pending.append((item, self._objects.add(waiting, "invoiceitem.created")))
        if behavior == "always_invoice":
            invoice = self._invoice("subscription_update", self._taken_pending(), (now, now))
            self._objects.change(subscription.document, "customer.subscription.updated", latest_invoice=invoice["id"])
            self._due(invoice)

    def collect(self, invoice: Document) -> None:
        """Try to collect an open invoice; one that was sent is awaited until it is due."""
        if invoice["due_date"] and invoice["amount_due"]:
            self._account.at(invoice["due_date"], lambda: self._overdue(invoice))
        else:
            self._attempt(invoice)

    def _overdue(self, invoice: Document) -> None:
        if invoice["status"] == "open":
            self._subscription.payment_failed(invoice, last=False)

    def _attempt(self, invoice: Document) -> None:
        """Charge the card with an open invoice; where nothing is due it is paid already."""
        if invoice["status"] != "open":
            return
        pays = self._subscription.customer.card_pays
        attempt = invoice["attempt_count"] + 1
        if not invoice["amount_due"]:
            self._paid(invoice)
            return
        now, intent = self._account.now, f"pi_{invoice['id']}"
        charge = invoice_shapes.charge(self._objects.new_id("ch"), invoice, intent, now, pays)
        self._objects.add(charge, "charge.succeeded" if pays else "charge.failed")
        self._note_payment(invoice, intent, pays)
        if pays:
            invoice.update(attempt_count=attempt, attempted=True)
            self._paid(invoice)
            return
        is_last = attempt > len(RETRIES) or self._subscription.status == "incomplete"
        next_attempt = None if is_last else now + RETRIES[attempt - 1]
        self._objects.change(
            invoice,
            "invoice.payment_failed",
            attempt_count=attempt,
            attempted=True,
            next_payment_attempt=next_attempt,
        )
        if next_attempt:
            self._account.at(next_attempt, lambda: self._retry(invoice, next_attempt))
        self._subscription.payment_failed(invoice, is_last)

    def collect_open(self) -> None:
        """Collect every open invoice now, the oldest first; of an unpaid subscription, its drafts too."""
        is_unpaid = self._subscription.status == "unpaid"
        for invoice in list(self._invoices):
            if is_unpaid and invoice["status"] == "draft":
                self._finalize(invoice)
            self._attempt(invoice)

    def void_open(self) -> None:
        """Void what is open: nobody will pay it."""
        for invoice in self._invoices:
            if invoice["status"] == "open":
                self._close(invoice, "void", "voided_at", "invoice.voided")

    def _lines(self, period: Period, share: Fraction = Fraction(1)) -> list[Document]:
        """Return a line for each item for a period; in a trial they cost nothing, metered ones never."""
        subscription = self._subscription
        currency = subscription.document["currency"]
        lines = []
        for item in subscription.items:
            metered = "quantity" not in item
            quantity: int = item.get("quantity", 0)
            free = metered or subscription.status == "trialing"
            amount = 0 if free else round(share * charged(item["price"], quantity, currency))
            name = self._objects.new_id("il")
            livemode = subscription.document["livemode"]
            lines.append(invoice_shapes.line(name, item, currency, amount, period, quantity, livemode))
        return lines

    def _share(self, start: int, period: Period) -> Fraction:
        """Return how many periods lie before one, from a backdated start on."""
        return Fraction(period[0] - start, period[1] - period[0])

    def _taken_pending(self) -> list[Document]:
        """Return the lines of the changes that wait for an invoice, which wait no longer."""
        lines = []
        for item, waiting in self._pending:
            period = waiting["period"]["start"], waiting["period"]["end"]
            amount, quantity, livemode = waiting["amount"], waiting["quantity"], waiting["livemode"]
            proration = Proration(waiting["id"], self._subscription.terms.classic)
            name, currency = self._objects.new_id("il"), waiting["currency"]
            lines.append(invoice_shapes.line(name, item, currency, amount, period, quantity, livemode, proration))
        self._pending = []
        return lines

    def _invoice(self, reason: str, lines: list[Document], period: Period) -> Document:
        subscription = self._subscription
        name = self._objects.new_id("in")
        invoice = invoice_shapes.invoice(name, subscription.document, reason, self._account.now, period)
        for line in lines:
            line["invoice"] = name
            details = line["parent"]["invoice_item_details"] or line["parent"]["subscription_item_details"]
            if waiting := self._objects.get(details["invoice_item"] or ""):
                waiting["invoice"] = name
        invoice["lines"] = shapes.listed(invoice["lines"]["url"], lines)
        add_up(invoice, subscription)
        self._objects.add(invoice, "invoice.created")
        self._invoices.append(invoice)
        if invoice["subtotal"]:
            self._account.at(self._account.now, subscription.used_once)
        return invoice

    def _due(self, invoice: Document) -> None:
        """Finalize a draft and try to collect it, unless the subscription is over by now."""
        if invoice["status"] == "draft" and not self._subscription.is_over:
            self._finalize(invoice)
            self.collect(invoice)

    def _retry(self, invoice: Document, at: int) -> None:
        if invoice["next_payment_attempt"] == at and not self._subscription.is_over:
            self._attempt(invoice)

    def _finalize(self, invoice: Document) -> None:
        now, days = self._account.now, self._subscription.terms.days_until_due
        moments = {**invoice["status_transitions"], "finalized_at": now}
        self._objects.change(
            invoice,
            "invoice.finalized",
            status="open",
            due_date=now + days * DAY if days else None,
            status_transitions=moments,
            effective_at=now,
            number=f"STANDIN-{invoice['id'][3:]}",
        )

    def _hold(self, invoice: Document, behavior: str) -> None:
        """Do with an invoice what a pause of collection says."""
        invoice["auto_advance"] = False
        if behavior != "keep_as_draft":
            self._finalize(invoice)
        if behavior == "void":
            self._close(invoice, "void", "voided_at", "invoice.voided")
        elif behavior == "mark_uncollectible":
            self._close(invoice, "uncollectible", "marked_uncollectible_at", "invoice.marked_uncollectible")

    def _close(self, invoice: Document, status: str, moment: str, event: str) -> None:
        moments = {**invoice["status_transitions"], moment: self._account.now}
        self._objects.change(invoice, event, status=status, status_transitions=moments, next_payment_attempt=None)

    def _paid(self, invoice: Document) -> None:
        moments = {**invoice["status_transitions"], "paid_at": self._account.now}
        due = invoice["amount_due"]
        self._objects.change(
            invoice,
            "invoice.paid",
            status="paid",
            status_transitions=moments,
            amount_paid=due,
            amount_remaining=0,
            next_payment_attempt=None,
        )
        if self._subscription.status != "trialing":
            ends = [line["period"]["end"] for line in invoice["lines"]["data"]]
            self.paid_until = max([self.paid_until, *ends])
        self._subscription.payment_made(invoice)

    def _note_payment(self, invoice: Document, intent: str, paid: bool) -> None:
        """Keep the payment of an invoice: one, which is open until an attempt succeeds."""
        data = invoice["payments"]["data"]
        if not data:
            payment = invoice_shapes.invoice_payment(
                self._objects.new_id("inpay"), invoice, intent, self._account.now, paid
            )
            data.append(self._objects.add(payment, "invoice_payment.paid" if paid else None))
        elif paid:
            moments = {"canceled_at": None, "paid_at": self._account.now}
            self._objects.change(
                data[0],
                "invoice_payment.paid",
                status="paid",
                amount_paid=invoice["amount_due"],
                status_transitions=moments,
            )
