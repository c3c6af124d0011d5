"""Turns a contract into rows: one of `subscription_items` for each state of a line, its discounts and its trials."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from exporter.records.batch import Row, Unreadable
from exporter.sources.billing.contract import Contract
from exporter.sources.billing.states import State, states


def item_rows(contract: Contract) -> Iterator[Row]:
    """Yield the rows of `subscription_items`."""
    cancellation = contract.cancellation
    for state in states(contract):
        charge = state.charge
        request = cancellation if cancellation and _runs_to(state, cancellation.asked_at) else None
        planned = request.ends_at if request and state.ends_at is None else None
        yield {
            "item_id": f"{state.line_id}@{state.starts_at.timestamp():.0f}",
            "subscription_id": contract.subscription_id,
            "customer_id": contract.customer_id,
            "line_id": state.line_id,
            "product": charge.product,
            "plan": charge.plan,
            "status": state.standing.status,
            "quantity": charge.quantity,
            "unit_amount": Unreadable(charge.unreadable) if charge.unreadable else charge.unit_amount,
            "currency": charge.currency,
            "amount_in": charge.amount_in,
            "tax_rate": charge.tax_rate,
            "tax_inclusive": charge.tax_inclusive,
            "metered": charge.metered,
            "billing_interval": charge.billing_interval,
            "interval_count": charge.interval_count,
            "starts_at": state.starts_at,
            "ends_at": state.ends_at,
            "cancel_requested_at": request.asked_at if request else None,
            "paid_through": planned or state.standing.paid_through,
            "learnt_at": _learnt(contract, state),
        }


def trial_rows(contract: Contract, now: datetime) -> Iterator[Row]:
    """Yield the rows of `trials`; one that is over runs on until it is known whether it was converted."""
    for trial in contract.trials:
        over = max(trial.started_at, min(trial.ends_at, contract.ended_at or trial.ends_at))
        is_decided = trial.converted is not None and over <= now
        yield {
            "trial_id": f"{contract.subscription_id}@{trial.started_at.timestamp():.0f}",
            "customer_id": contract.customer_id,
            "started_at": trial.started_at,
            "ended_at": over if is_decided else None,
            "converted": trial.converted if is_decided else None,
        }


def _learnt(contract: Contract, state: State) -> datetime:
    """Return when the latest of what a row says was learnt; the last state of a line says how the contract ends."""
    learnt = [state.learnt_at, contract.restated_at]
    if state.ends_at is None or state.ends_at == contract.ended_at:
        learnt.append(contract.attributes_learnt_at)
    return max(instant for instant in learnt if instant is not None)


def _runs_to(state: State, instant: datetime) -> bool:
    return state.ends_at is None or state.ends_at >= instant
