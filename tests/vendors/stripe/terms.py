"""How a subscription begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.vendors.stripe.objects import Document
from tests.vendors.stripe.times import DAY, second


@dataclass(frozen=True)
class Terms:
    """How a subscription begins.

    `missing_payment_method` is what happens at the end of a trial without a card, `after_dunning` what the account does
    when the last attempt failed. `automatic_tax` is a rate in percent that Stripe finds out itself. With
    `days_until_due`, invoices are sent, and paid by hand.
    """

    trial_days: int = 0
    coupons: Sequence[Document] = ()
    item_coupons: Sequence[Document] = ()
    starts: str | None = None
    tax_rates: Sequence[Document] = ()
    automatic_tax: float | None = None
    missing_payment_method: str = "create_invoice"
    after_dunning: str = "cancel"
    currency: str | None = None
    classic: bool = False
    days_until_due: int | None = None

    def write_into(self, document: Document, now: int) -> None:
        """Write into a new subscription what the terms say of the whole."""
        if self.classic:
            document["billing_mode"] = {"type": "classic", "flexible": None}
        if self.days_until_due:
            document.update(collection_method="send_invoice", days_until_due=self.days_until_due)
        if self.starts:
            document["start_date"] = second(self.starts)
        if self.trial_days:
            end = now + self.trial_days * DAY
            document.update(status="trialing", trial_start=now, trial_end=end, billing_cycle_anchor=end)
        document["trial_settings"] = {"end_behavior": {"missing_payment_method": self.missing_payment_method}}
        document["automatic_tax"]["enabled"] = self.automatic_tax is not None
        document["default_tax_rates"] = list(self.tax_rates)
