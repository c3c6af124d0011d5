"""The golden cases: from records in files to what `/metrics` and `explain` say, under every value of every switch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from exporter.analysis.explain.answer import explanation
from exporter.analysis.explain.request import ExplainRequest
from exporter.analysis.explain.text import explanation_text
from exporter.revenue.policy import RevenuePolicy
from tests.revenue.golden.case import READ, Case, Play, Values, cases
from tests.support.examples import first, quick

QUICK = 10
"""The cases that `make test-fast` plays: enough to have every kind of movement and state."""

CASES = [pytest.param(case, id=case.name) for case in cases()]
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


def close(actual: float | None, right: float | None) -> bool:
    return actual == right if actual is None or right is None else actual == pytest.approx(right, rel=1e-6, abs=1e-9)


def bridge(text: str) -> Mapping[str, tuple[str, Decimal]]:
    """Return each row's sign and amount, by its label."""
    lines = text.partition("\nRevenue from ")[2].partition("\n\n")[0].splitlines()
    matches = [match for line in lines if (match := _ROW.fullmatch(line))]
    return {
        label: (sign, Decimal(amount.replace(",", ""))) for sign, label, amount in (match.groups() for match in matches)
    }


def stated_rows(values: Values) -> dict[str, Decimal]:
    """Return the rows of a bridge that the case states."""
    named = {row: values.get(measure) for row, measure in ROWS.items()}
    return {row: Decimal(str(value)) for row, value in named.items() if value is not None}


@pytest.mark.parametrize("case", quick(QUICK, cases()), ids=lambda case: case.name)
def test_what_is_published_and_the_movements_behind_it(case: Case, play: Play) -> None:
    played = play(case)
    assert played.rejected == 0
    wrong: dict[str, object] = {}
    for when, values in case.stated.items():
        published = played.published[when]
        differs = {kpi: (published[kpi], right) for kpi, right in values.items() if not close(published[kpi], right)}
        wrong |= {f"{when} {kpi}": f"is {actual}, should be {right}" for kpi, (actual, right) in differs.items()}
    assert not wrong
    if case.ledger is not None:
        assert case.agrees(movements := played.ledger()), movements


def bridged_cases() -> list[Any]:
    """Return the cases that state a bridge: in `make test` the first with each set of rows that are not zero."""
    by_rows: dict[frozenset[str], list[Case]] = {}
    for case in cases():
        rows = {row: amount for _, values in case.each_month() for row, amount in stated_rows(values).items() if amount}
        by_rows.setdefault(frozenset(rows), []).append(case)
    by_rows.pop(frozenset(), None)
    return [case for same_rows in by_rows.values() for case in first(1, same_rows)]


@pytest.mark.slow
@pytest.mark.parametrize("case", bridged_cases(), ids=lambda case: case.name)
def test_the_bridge_of_each_month_is_that_of_the_case(case: Case, play: Play) -> None:
    played = play(case)
    kpi = next(kpi for kpi in played.company.kpis.values() if kpi.id in ROWS.values())
    for month, values in case.each_month():
        rows = bridge(
            explanation_text(
                explanation(ExplainRequest(played.company, kpi, case.close(month)), played.world.store, READ)
            )
        )
        amounts = {row: amount for row, (_, amount) in rows.items()}
        assert amounts | stated_rows(values) == amounts, month
        signs = {" ": 1, "+": 1, "-": -1, "=": 0}
        assert sum(signs[sign] * amount for sign, amount in rows.values()) == amounts["closing"], month


@pytest.mark.parametrize("case", CASES)
def test_the_case_tells_the_wrong_answer_apart(case: Case) -> None:
    assert case.wrong
    for who, answers in case.wrong.items():
        for when, values in answers.items():
            for kpi, value in values.items():
                assert not close(value, case.stated[when][kpi]), (who, when, kpi)


def test_every_value_of_every_switch_has_a_case() -> None:
    chosen = [RevenuePolicy.model_validate(case.policy).switches() for case in cases()]
    for name, switch in RevenuePolicy.model_json_schema()["properties"].items():
        named = switch.get("allOf", [switch])[0].get("$ref", "").rsplit("/", 1)[-1]
        values = set(RevenuePolicy.model_json_schema()["$defs"][named]["enum"]) if named else set()
        seen = {policy[name] for policy in chosen}
        assert values <= seen, f"{name}: no case for {values - seen}"
        assert name == "version" or len(seen) > 1, f"{name}: only {seen}"
