"""Mutation of rules: promtool's tests of a rule fail for every single change in it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import promql_parser
import pytest

from exporter.catalogue.model import Company
from tests.generate.mutants import Mutant, Mutation, Rule, rule_form
from tests.generate.trials import Trial, suites, survivors, trials
from tests.support import promql
from tests.support.examples import first


@pytest.mark.integration
@pytest.mark.parametrize("every", first(1, (False, True)), ids=["of each form and of each rule's own", "every"])
def test_no_mutant_of_any_rule_survives(companies: list[Company], tree: Path, tmp_path: Path, every: bool) -> None:
    began = time.monotonic()
    of_all_rules = [
        trial
        for suite in suites(tree)
        for trial in trials(suite, Mutation(companies, promql_parser.parse_duration(suite.interval)))
    ]
    selected = of_all_rules if every else list(mutants_by_shape(of_all_rules))
    surviving = survivors(selected, tmp_path)
    rules = {(trial.suite.name, trial.place) for trial in selected}
    print(
        f"\n{len(selected)} mutants of {len(rules)} rules, {len(surviving)} survivors, {time.monotonic() - began:.0f} s"
    )
    assert {rule for rule, _ in rules} >= {company.name for company in companies}
    assert sorted(map(str, surviving)) == []


def mutants_by_shape(trials_of_rules: Sequence[Trial]) -> Iterator[Trial]:
    """Yield all mutants of the first rule of each form, and of other rules those of what differs per rule."""
    models: dict[object, Rule] = {}
    for trial in trials_of_rules:
        if models.setdefault(rule_form(trial.rule), trial.rule) == trial.rule or trial.mutant.is_own:
            yield trial


@pytest.mark.slow
def test_every_rule_reads_the_series_of_its_own_kpi(tree: Path) -> None:
    """Hold all rules to it; mutants of each rule would cost more, and say no more."""
    read = 0
    for suite in suites(tree):
        for rule in suite.rules[: suite.own]:
            companies = [
                promql.equalities(each).get("company") for each in promql.selectors(promql.parse(rule["expr"]))
            ]
            read += len(companies)
            assert {*companies} - {None} <= {rule.get("labels", {}).get("company")}, rule
    assert read > 400


@pytest.mark.integration
@pytest.mark.parametrize("every", first(1, (False, True)), ids=["of each form", "every"])
def test_an_equivalent_rule_survives(tree: Path, tmp_path: Path, every: bool) -> None:
    """Show that a trial convicts no rule with an equivalent expression."""
    rules = [(suite, place, rule) for suite in suites(tree) for place, rule in enumerate(suite.rules[: suite.own])]
    by_form = {rule_form(rule): (suite, place, rule) for suite, place, rule in reversed(rules)}
    selected = [
        Trial(suite, place, Mutant("nothing", {**rule, "expr": f"({promql.parse(rule['expr']).prettify()})"}))
        for suite, place, rule in (rules if every else reversed(by_form.values()))
    ]
    assert survivors(selected, tmp_path) == selected
