"""The MRR bridge and the revenue policy as people read them: amounts in the reporting currency, each rounded once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from textwrap import wrap

from exporter.catalogue.model import Company
from exporter.kpis.arithmetic import rounded
from exporter.kpis.reading import Unknown
from exporter.measures.mrr_bridge import KINDS, Bridge, Moved
from exporter.quantities import units

WIDTH = 110
"""Characters of a line of switches."""


def revenue_lines(company: Company, mrr: Bridge | Unknown) -> Iterator[str]:
    """Yield the bridge, the largest customers by their ids, and the policy in force."""
    if isinstance(mrr, Unknown):
        yield "Revenue"
        yield f"  unknown: {mrr.detail}"
    else:
        starts, ends = (at.astimezone(company.calendar.zone) for at in (mrr.period.starts, mrr.period.ends))
        unit = f"{company.currency}/month"
        yield f"Revenue from {starts:%Y-%m-%d %H:%M} up to {ends:%Y-%m-%d %H:%M}, {unit}"
        yield from _aligned([("", "MRR", "movements", "customers"), *_bridge(company, mrr)])
        yield ""
        yield f"Largest customers by {mrr.ranking.words}, {unit}"
        yield from _largest(company, mrr)
    yield ""
    yield from _policy(company)


def _bridge(company: Company, mrr: Bridge) -> Iterator[tuple[str, ...]]:
    """Yield rows that add up as written: what rounding leaves over has a row of its own."""
    totals = {each.kind: each for each in mrr.moved if each.reason is None}
    opening, fx, closing = (_rounded(company, each) for each in (mrr.opening, mrr.fx, mrr.closing))
    yield "  opening", f"{opening:,}", "", f"{mrr.payers_before:,}"
    left = closing - opening - fx
    for kind, sign in KINDS.items():
        total = totals.get(kind, Moved(kind, None, Decimal(0), 0, 0))
        amount = _rounded(company, total.amount)
        left -= amount
        yield (
            f"{'+' if sign > 0 else '-'} {kind}",
            f"{sign * amount + 0:,}",
            f"{total.movements:,}",
            f"{total.customers:,}",
        )
        for each in mrr.moved:
            if each.kind == kind and each.reason is not None:
                amount = sign * _rounded(company, each.amount)
                yield f"      {each.reason}", f"{amount:,}", f"{each.movements:,}", f"{each.customers:,}"
    yield "+ exchange rates", f"{fx:,}", "", ""
    if left:
        yield "+ rounding", f"{left:,}", "", ""
    yield "= closing", f"{closing:,}", "", f"{mrr.payers:,}"


def _largest(company: Company, mrr: Bridge) -> Iterator[str]:
    if not mrr.largest:
        yield "  none"
        return
    rows: list[tuple[str, ...]] = [("", "opening", "moved", "exchange rates", "closing")]
    for each in mrr.largest:
        amounts = (each.opening, each.moved, each.fx, each.closing)
        rows.append((each.customer_id, *(f"{_rounded(company, amount):,}" for amount in amounts)))
    causes = ["", *(each.causes for each in mrr.largest)]
    yield from (f"{line}  {cause}".rstrip() for line, cause in zip(_aligned(rows), causes, strict=True))
    if mrr.others:
        yield f"  and {mrr.others:,} more"


def _policy(company: Company) -> Iterator[str]:
    switches = company.revenue_policy.switches()
    yield f"Revenue policy, version {switches.pop('version')}"
    text = ", ".join(f"{name}={value}" for name, value in switches.items())
    yield from wrap(text, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def _rounded(company: Company, amount: Decimal) -> Decimal:
    """Round to the places of the currency; 0 has no sign."""
    return rounded(amount, units.parse("money/month", company.currency)) + 0


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield rows with a column of words and others of numbers, each as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        yield f"  {first.ljust(widths[0])}  {'  '.join(cells)}".rstrip()
