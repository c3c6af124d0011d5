"""Every rule is held by its tests: whatever single thing is changed in one, promtool's tests of it fail."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import promql_parser
import pytest

from exporter.catalogue.model import Company
from tests.generate.mutants import Mutant, Mutation, Rule, form
from tests.generate.trials import Trial, suites, survivors, trials
from tests.support import promql
from tests.support.examples import first


@pytest.mark.integration
@pytest.mark.parametrize("every", first(1, (False, True)), ids=["of each form and of each rule's own", "every"])
def test_no_mutant_of_any_rule_survives(companies: list[Company], tree: Path, tmp_path: Path, every: bool) -> None:
    began = time.monotonic()
    made = [
        trial
        for suite in suites(tree)
        for trial in trials(suite, Mutation(companies, promql_parser.parse_duration(suite.interval)))
    ]
    tried = made if every else list(telling(made))
    found = survivors(tried, tmp_path)
    rules = {(trial.suite.name, trial.place) for trial in tried}
    print(f"\n{len(tried)} mutants of {len(rules)} rules, {len(found)} survivors, {time.monotonic() - began:.0f} s")
    assert {rule for rule, _ in rules} >= {company.name for company in companies}
    assert sorted(map(str, found)) == []


def telling(made: Sequence[Trial]) -> Iterator[Trial]:
    """All mutants of the first rule of each form, and of the others those of what is their own."""
    models: dict[object, Rule] = {}
    for trial in made:
        if models.setdefault(form(trial.rule), trial.rule) == trial.rule or trial.mutant.of_its_own:
            yield trial


@pytest.mark.integration
def test_a_rule_in_other_words_is_not_taken_for_a_mutant(tree: Path, tmp_path: Path) -> None:
    """The trial itself convicts no rule that says the same."""
    tried = [
        Trial(suite, place, Mutant("nothing", {**rule, "expr": f"({promql.parse(rule['expr']).prettify()})"}))
        for suite in suites(tree)
        for place, rule in enumerate(suite.rules[: suite.own])
    ]
    assert survivors(tried, tmp_path) == tried
