"""What invoices tell of a contract's past: charges of lines, failed payments, pauses, discounts that are gone.

Rules, where an invoice is the only trace:

- A change without proration counts from the first period that is billed with it.
- An item that is gone without a credit counted until the end of the last period that was billed for it.
- A pause began with the first period whose invoice was not collected, and was over with the first that was again.
- A discount that is gone counted until the first period that was billed without it.
- A payment was overdue from the day on which its invoice was finalized until it was paid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from exporter.sources.billing.contract import Contract, Discount, Standing, TrialPeriod
from exporter.sources.stripe.billed import BilledLine
from exporter.sources.stripe.prices import Object

_UNCOLLECTED = ("void", "uncollectible", "draft")


@dataclass(frozen=True)
class PastDiscount:
    """A discount as invoices show it, and the period from which on they no longer do; None if the last one does."""

    discount: Discount
    gone_at: datetime | None


def with_charges(contract: Contract, lines: Sequence[BilledLine], learnt_at: datetime) -> Contract:
    """Return the contract with what was billed for its lines; prorations date a change to the second."""
    present = {name for name, line in contract.lines.items() if line.charges.last and line.charges.last.value}
    periods = {(line.starts_at, line.item_id) for line in lines if not line.proration}
    for line in lines:
        if not line.proration:
            contract = contract.billed(line.item_id, line.starts_at, line.charge, learnt_at)
    for moment in sorted({(line.starts_at, line.item_id) for line in lines if line.proration}):
        at, item_id = moment
        changed = [line for line in lines if line.proration and (line.starts_at, line.item_id) == moment]
        begun = [line for line in changed if line.amount > 0] or [line for line in changed if line.amount == 0]
        if begun:
            contract = contract.billed(item_id, at, begun[-1].charge, learnt_at)
        elif moment not in periods:  # else a new period begins with the credit for the rest of the one before
            contract = contract.billed(item_id, at, None, learnt_at)
    for item_id in {line.item_id for line in lines} - present:
        last = max(line.ends_at for line in lines if line.item_id == item_id)
        charges = contract.lines[item_id].charges
        if charges.last is not None and charges.last.value is not None:
            contract = contract.billed(item_id, min(last, learnt_at), None, learnt_at)
    return contract


def with_standings(contract: Contract, invoices: Sequence[Object], learnt_at: datetime) -> Contract:
    """Return the contract with the statuses that its invoices tell of, which are sorted by their time."""
    for at, standing in _standings(contract, invoices):
        if at < learnt_at and (contract.ended_at is None or at < contract.ended_at):
            contract = contract.stood(at, standing, learnt_at)
    return contract


def with_trials(contract: Contract, invoices: Sequence[Object], learnt_at: datetime) -> Contract:
    """Return the contract with the trials that a payment followed, and with the wait of those that none followed."""
    trials = tuple(_with_conversion(trial, invoices) for trial in contract.trials)
    for trial in trials:
        later = [start for invoice in invoices if (start := _starts(invoice)) >= trial.ends_at]
        if later and min(later) - trial.ends_at > timedelta(days=1) and trial.ends_at < learnt_at:
            contract = replace(
                contract,
                standings=contract.standings.put(trial.ends_at, Standing("paused"), learnt_at).fill(
                    min(later), Standing("active"), learnt_at
                ),
            )
    return contract if trials == contract.trials else replace(contract, trials=trials)


def with_discounts(
    contract: Contract,
    invoices: Sequence[Object],
    read: Callable[[Object, str | None], Discount | None],
    learnt_at: datetime,
) -> Contract:
    """Return the contract with the discounts of its past; `read` returns that of an object, and of an item if one."""
    seen: dict[str, PastDiscount] = {}
    for invoice in invoices:
        document = {each["id"]: (each, item) for each, item in _discounts(invoice)}
        for name, past in seen.items():
            if past.gone_at is None and name not in document and _has_period(invoice):
                seen[name] = replace(past, gone_at=_starts(invoice))
        for name, (each, item) in document.items():
            if name in contract.grants:
                continue
            if name in seen:
                seen[name] = replace(seen[name], gone_at=None)
            elif (discount := read(each, item)) is not None:
                seen[name] = PastDiscount(discount, None)
    for past in seen.values():
        last = min(learnt_at, _ends(invoices[-1])) if invoices else learnt_at
        gone = past.gone_at or contract.ended_at or last
        contract = contract.granted(past.discount, gone, learnt_at)
    return contract


def _standings(contract: Contract, invoices: Sequence[Object]) -> Iterator[tuple[datetime, Standing]]:
    """Yield the changes of status: failures and payments in their order, and periods that were not collected."""
    happened: list[tuple[datetime, int, str]] = []
    for number, invoice in enumerate(invoices):
        moments = invoice.get("status_transitions") or {}
        failed = invoice.get("attempt_count", 0) > (1 if invoice["status"] == "paid" else 0)
        if paid := moments.get("paid_at"):
            happened.append((_at(paid), number, "paid"))
        if failed and (finalized := moments.get("finalized_at")):
            first = "incomplete" if invoice.get("billing_reason") == "subscription_create" else "past_due"
            happened.append((_at(finalized), number, first))
        elif _has_period(invoice) and invoice.get("billing_reason") == "subscription_cycle":
            held = invoice["status"] in _UNCOLLECTED and not invoice.get("auto_advance")
            happened.append((_starts(invoice), number, "paused" if held else "collected"))
    status = ""
    for at, number, what in sorted(happened):
        latest = max((index for index, each in enumerate(invoices) if _at(each["created"]) <= at), default=number)
        if what == "past_due" and status in ("", "paused"):
            status = what
            yield at, Standing(what)
        elif what == "incomplete":
            status = what
            yield contract.began_at, Standing(what)
        elif what == "paid" and number == latest and status in ("past_due", "incomplete"):
            status = ""
            yield at, Standing("active")
        elif what == "paused" and status == "":
            status = what
            yield at, Standing("paused", at)
        elif what == "collected" and status == "paused":
            status = ""
            yield at, Standing("active")


def _with_conversion(trial: TrialPeriod, invoices: Sequence[Object]) -> TrialPeriod:
    paid = any(
        _at(invoice["created"]) >= trial.ends_at and invoice["status"] == "paid" and invoice.get("amount_paid", 0) > 0
        for invoice in invoices
    )
    return replace(trial, converted=True) if paid else trial


def _discounts(invoice: Object) -> Iterator[tuple[Object, str | None]]:
    """Yield the discounts of an invoice, with the item of those that are of one line."""
    for each in invoice.get("discounts") or ():
        if isinstance(each, Mapping):
            yield each, None
    for line in invoice["lines"]["data"]:
        details = (line.get("parent") or {}).get("subscription_item_details") or {}
        for each in line.get("discounts") or ():
            if isinstance(each, Mapping) and details.get("subscription_item"):
                yield each, details["subscription_item"]


def _has_period(invoice: Object) -> bool:
    """Tell whether an invoice is of a period, and not of changes alone."""
    return any(not _is_proration(line) for line in invoice["lines"]["data"])


def _is_proration(line: Object) -> bool:
    parent = line.get("parent") or {}
    details = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
    return bool(details.get("proration"))


def _starts(invoice: Object) -> datetime:
    """Return when the period of an invoice begins; that of changes alone begins with it."""
    starts = [line["period"]["start"] for line in invoice["lines"]["data"] if not _is_proration(line)]
    return _at(max(starts, default=invoice["created"]))


def _ends(invoice: Object) -> datetime:
    return _at(max((line["period"]["end"] for line in invoice["lines"]["data"]), default=invoice["created"]))


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
