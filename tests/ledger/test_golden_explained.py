"""The golden cases as `explain` tells them: each month's bridge has the numbers written by hand, and adds up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

import pytest

from exporter.kpis.explanation import explain
from tests.ledger.golden.case import READ, Case, Play, Values, cases

ROWS = {
    "new": "new_mrr",
    "reactivation": "reactivation_mrr",
    "expansion": "expansion_mrr",
    "contraction": "contraction_mrr",
    "churn": "churned_mrr",
    "exchange rates": "fx_mrr",
    "closing": "mrr",
}
"""The rows of a bridge, and the measures that they are."""

_ROW = re.compile(r"  ([ +=-]) ([a-z][a-z ]*?) +(-?[\d,.]+)(?: .*)?")


def bridge(text: str) -> Mapping[str, tuple[str, Decimal]]:
    """Each row's sign and amount, by its label."""
    lines = text.partition("\nRevenue from ")[2].partition("\n\n")[0].splitlines()
    found = [match for line in lines if (match := _ROW.fullmatch(line))]
    return {
        label: (sign, Decimal(amount.replace(",", ""))) for sign, label, amount in (each.groups() for each in found)
    }


def told(values: Values) -> dict[str, Decimal]:
    """What the case says of the rows of a bridge."""
    named = {row: values.get(measure) for row, measure in ROWS.items()}
    return {row: Decimal(str(value)) for row, value in named.items() if value is not None}


@pytest.mark.parametrize(
    "case",
    [case for case in cases() if any(told(values) for _, values in case.each_month())],
    ids=lambda case: case.name,
)
def test_the_bridge_of_each_month_is_that_of_the_case(case: Case, play: Play) -> None:
    played = play(case)
    kpi = next(kpi for kpi in played.company.kpis.values() if kpi.id in ROWS.values())
    for month, values in case.each_month():
        rows = bridge(explain(played.company, kpi, played.world.store, READ, case.close(month)))
        amounts = {row: amount for row, (_, amount) in rows.items()}
        assert amounts | told(values) == amounts, month
        signs = {" ": 1, "+": 1, "-": -1, "=": 0}
        assert sum(signs[sign] * amount for sign, amount in rows.values()) == amounts["closing"], month
