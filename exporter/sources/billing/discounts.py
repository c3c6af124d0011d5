"""The rows of `discounts`: a percentage for each line, and an amount off a contract as its lines share it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from exporter.quantities.currencies import minor_places
from exporter.records.batch import Row
from exporter.sources.billing.contract import Contract, Discount, Grant
from exporter.sources.billing.states import State, states

_EXACT = Decimal("0.00000001")
"""The places of an amount in the record tables."""


def discount_rows(contract: Contract) -> Iterator[Row]:
    """Yield the rows of `discounts` of one contract."""
    if not contract.grants:
        return
    held = list(states(contract))
    for grant in contract.grants.values():
        if grant.discount.percent_off is not None:
            yield from _percentages(contract, grant, held)
    for part in _parts(contract, held):
        yield {
            **_common(contract, part.grant, part.line_id),
            "discount_id": f"{part.grant.discount.discount_id}/{part.line_id}@{part.starts_at.timestamp():.0f}",
            "amount_off": part.amount,
            "currency": part.grant.discount.currency,
            "starts_at": part.starts_at,
            "ends_at": part.ends_at,
        }


@dataclass(frozen=True)
class _Part:
    """What a discount takes off one line over an interval."""

    grant: Grant
    line_id: str
    starts_at: datetime
    ends_at: datetime | None
    amount: Decimal


def _percentages(contract: Contract, grant: Grant, held: Sequence[State]) -> Iterator[Row]:
    for line_id in dict.fromkeys(state.line_id for state in held if _applies(grant.discount, state)):
        yield {
            **_common(contract, grant, line_id),
            "discount_id": f"{grant.discount.discount_id}/{line_id}",
            "percent_off": grant.discount.percent_off,
            "starts_at": grant.discount.starts_at,
            "ends_at": _end(grant),
        }


def _common(contract: Contract, grant: Grant, line_id: str) -> Row:
    return {
        "customer_id": contract.customer_id,
        "subscription_id": contract.subscription_id,
        "line_id": line_id,
        "duration": grant.discount.duration,
        "learnt_at": max(grant.learnt_at, contract.restated_at or grant.learnt_at),
    }


def _parts(contract: Contract, held: Sequence[State]) -> Iterator[_Part]:
    """Yield what each amount takes off each line, anew where the lines or the discounts change."""
    if all(grant.discount.amount_off is None for grant in contract.grants.values()):
        return
    grants = list(contract.grants.values())
    spans = [(state.starts_at, state.ends_at) for state in held]
    spans += [(grant.discount.starts_at, _end(grant)) for grant in grants]
    cuts = sorted({instant for span in spans for instant in span if instant is not None})
    open_parts: dict[tuple[str, str], _Part] = {}
    for begins, until in zip(cuts, (*cuts[1:], None), strict=True):
        lines = [state for state in held if _holds(state.starts_at, state.ends_at, begins)]
        running = [grant for grant in grants if _holds(grant.discount.starts_at, _end(grant), begins)]
        amounts = {
            (grant.discount.discount_id, line_id): (grant, amount)
            for once in (False, True)
            for grant, line_id, amount in _shares([each for each in running if _is_once(each) == once], lines)
        }
        for key in [key for key, part in open_parts.items() if amounts.get(key, (None, None))[1] != part.amount]:
            yield open_parts.pop(key)
        for key, (grant, amount) in amounts.items():
            part = open_parts.get(key) or _Part(grant, key[1], begins, until, amount)
            open_parts[key] = replace(part, ends_at=until)
    yield from open_parts.values()


def _shares(grants: Sequence[Grant], lines: Sequence[State]) -> Iterator[tuple[Grant, str, Decimal]]:
    """Yield what each amount takes off each line, as if the percentages that come after it applied to the price."""
    left = {line.line_id: _price(line) for line in lines}
    off: dict[tuple[int, str], Decimal] = {}
    order = sorted(grants, key=lambda grant: (grant.discount.line_id is None, grant.discount.position))
    for index, grant in enumerate(order):
        chosen = {line.line_id: left[line.line_id] for line in lines if _applies(grant.discount, line)}
        if grant.discount.percent_off is not None:
            share = 1 - grant.discount.percent_off / 100
            left |= {line_id: price * share for line_id, price in chosen.items()}
            off = {key: amount * share if key[1] in chosen else amount for key, amount in off.items()}
        elif grant.discount.amount_off is not None:
            for line_id, amount in _split(grant.discount.amount_off, chosen).items():
                left[line_id] -= amount
                off[index, line_id] = amount
    for (index, line_id), amount in off.items():
        if amount > 0:
            yield order[index], line_id, amount.quantize(_EXACT)


def _split(amount: Decimal, prices: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    """Return what an amount takes off each price, in proportion to it and never more."""
    total = sum(prices.values())
    if total <= 0:
        return {}
    if amount >= total:
        return prices
    shares = {line: (amount * price / total).quantize(_EXACT, ROUND_DOWN) for line, price in prices.items()}
    last = max(shares, key=lambda line: prices[line])
    return {**shares, last: shares[last] + amount - sum(shares.values())}


def _price(line: State) -> Decimal:
    """Return what a line charges in major units; what is charged by use is not known."""
    charge = line.charge
    if charge.metered or charge.unit_amount is None:
        return Decimal(0)
    places = minor_places(charge.currency) if charge.amount_in == "minor" else 0
    return max(Decimal(0), charge.unit_amount * charge.quantity).scaleb(-places)


def _applies(discount: Discount, line: State) -> bool:
    if discount.line_id is not None:
        return discount.line_id == line.line_id
    return not discount.products or line.charge.product in discount.products


def _is_once(grant: Grant) -> bool:
    return grant.discount.duration == "once"


def _end(grant: Grant) -> datetime | None:
    """Return the first instant at which a discount no longer applies: its own end, or the one at which it was gone."""
    ends = [end for end in (grant.discount.ends_at, grant.gone_at) if end is not None]
    return max(min(ends), grant.discount.starts_at) if ends else None


def _holds(starts: datetime, ends: datetime | None, at: datetime) -> bool:
    return starts <= at and (ends is None or ends > at)
