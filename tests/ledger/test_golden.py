"""The golden cases: from records in files to what `/metrics` says, under every value of every switch."""

from __future__ import annotations

import pytest

from exporter.catalogue.revenue_policy import RevenuePolicy
from tests.ledger.golden.case import Case, Play, cases

CASES = [pytest.param(case, id=case.name) for case in cases()]


def close(given: float | None, right: float | None) -> bool:
    return given == right if given is None or right is None else given == pytest.approx(right, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_what_is_published_and_the_movements_behind_it(case: Case, play: Play) -> None:
    played = play(case)
    assert played.rejected == 0
    wrong: dict[str, object] = {}
    for when, values in case.told.items():
        published = played.published(when, values)
        differs = {kpi: (published[kpi], right) for kpi, right in values.items() if not close(published[kpi], right)}
        wrong |= {f"{when} {kpi}": f"is {found}, should be {right}" for kpi, (found, right) in differs.items()}
    assert not wrong
    if case.ledger is not None:
        assert case.agrees(found := played.ledger()), found


@pytest.mark.parametrize("case", CASES)
def test_the_case_tells_the_wrong_answer_apart(case: Case) -> None:
    assert case.wrong
    for who, told in case.wrong.items():
        for when, values in told.items():
            for kpi, value in values.items():
                assert not close(value, case.told[when][kpi]), (who, when, kpi)


def test_every_value_of_every_switch_has_a_case() -> None:
    chosen = [RevenuePolicy.model_validate(case.policy).switches() for case in cases()]
    for name, switch in RevenuePolicy.model_json_schema()["properties"].items():
        named = switch.get("allOf", [switch])[0].get("$ref", "").rsplit("/", 1)[-1]
        values = set(RevenuePolicy.model_json_schema()["$defs"][named]["enum"]) if named else set()
        seen = {policy[name] for policy in chosen}
        assert values <= seen, f"{name}: no case for {values - seen}"
        assert name == "version" or len(seen) > 1, f"{name}: only {seen}"
