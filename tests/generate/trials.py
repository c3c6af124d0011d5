"""Trials of mutants: whether promtool's tests of a rule fail for each mutant alone.

A trial file has all mutants of one rule, which avoids loading the same series for each: under names of their own, each
has a copy of what the tests expect of the rule. Other rules of the same name are left out with their expectations,
since a mutant does not change them. Mutants that pass are tried again by themselves, and then only promtool's verdict
counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.generate.mutants import Mutant, Mutation, Rule
from tests.servers import promtool
from tests.support import promql

PROCESSES = 2
TOGETHER = 8
"""The number of test files per run of promtool."""

Test = Mapping[str, Any]

_SECTION = re.compile(r"^Unit Testing:  (.*)$", re.MULTILINE)
_CONVICTED = re.compile(r'(?:alertname: ?|expr: "|rule: )[\w:]+__(\d+)\b')
"""Matches the start of promtool's complaint about a test, or about a rule that it could not evaluate."""


@dataclass(frozen=True)
class Suite:
    """A file of rule tests with the rules that it loads; the first `own` rules come from the file of its name."""

    name: str
    interval: str
    rules: Sequence[Rule]
    tests: Sequence[Test]
    own: int

    def origin(self, suite_name: str, labels: Mapping[str, str]) -> Rule | None:
        """Return the rule of that name that made alerts or samples with these labels: the most specific one."""
        namesakes = [rule for rule in self.rules if name(rule) == suite_name]
        candidates = [rule for rule in namesakes if rule.get("labels", {}).items() <= labels.items()]
        return max(candidates, key=lambda rule: len(rule.get("labels", {})), default=None)


@dataclass(frozen=True)
class Trial:
    """A mutant of the rule at `place` of a suite."""

    suite: Suite
    place: int
    mutant: Mutant

    @property
    def rule(self) -> Rule:
        return self.suite.rules[self.place]

    def __str__(self) -> str:
        severity = self.rule.get("labels", {}).get("severity", "")
        return f"{self.suite.name}: {name(self.rule)} {severity}: {self.mutant.what}"


def suites(tree: Path) -> list[Suite]:
    """Return the suites of a folder, in order of their files."""
    return [_suite(file) for file in sorted((tree / "rules/tests").glob("*.test.yml"))]


def _suite(file: Path) -> Suite:
    document, suite_name = _read(file), file.name.removesuffix(".test.yml")
    rules = {Path(path).name: _rules(file.parent / path) for path in document["rule_files"]}
    own = rules.pop(f"{suite_name}.rules.yml")
    return Suite(
        suite_name,
        document["evaluation_interval"],
        [*own, *(rule for others in rules.values() for rule in others)],
        document["tests"],
        len(own),
    )


def _rules(file: Path) -> list[Rule]:
    return [rule for group in _read(file)["groups"] for rule in group["rules"]]


def name(rule: Rule) -> str:
    """Return the name of the alert or of the recorded series."""
    candidates: str = rule.get("alert") or rule["record"]
    return candidates


def trials(suite: Suite, mutation: Mutation) -> Iterator[Trial]:
    """Yield every mutant of every rule of the suite's own."""
    for place, rule in enumerate(suite.rules[: suite.own]):
        yield from (Trial(suite, place, mutant) for mutant in mutation.mutants(rule))


def survivors(selected: Iterable[Trial], folder: Path) -> list[Trial]:
    """Return the trials that promtool's tests pass, in files that this writes to the folder."""
    by_rule: dict[tuple[str, int], list[Trial]] = {}
    for trial in selected:
        by_rule.setdefault((trial.suite.name, trial.place), []).append(trial)
    survivors_together = _passing(list(by_rule.values()), folder / "together")
    return _passing([[trial] for trial in survivors_together], folder / "alone")


def _passing(batches: Sequence[Sequence[Trial]], folder: Path) -> list[Trial]:
    """Return the trials of these batches, each of one rule, that their tests do not convict."""
    folder.mkdir(parents=True)
    files = [_write(batch, folder / str(number)) for number, batch in enumerate(batches)]
    chunks = [files[start : start + TOGETHER] for start in range(0, len(files), TOGETHER)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        output = {file: words for chunk in pool.map(_outputs_by_file, chunks) for file, words in chunk.items()}
    return [
        trial for batch, file in zip(batches, files, strict=True) for trial in _not_convicted(batch, output[str(file)])
    ]


def _outputs_by_file(files: Sequence[Path]) -> Mapping[str, str]:
    """Return promtool's complaints by file; empty for a file whose tests pass."""
    _, output = promtool.run("test", "rules", *files)
    _, *sections = _SECTION.split(output)
    return dict(zip(sections[::2], (each.replace("SUCCESS", "").strip() for each in sections[1::2]), strict=True))


def _not_convicted(batch: Sequence[Trial], output: str) -> Sequence[Trial]:
    convicted = set(map(int, _CONVICTED.findall(output)))
    return [trial for number, trial in enumerate(batch) if number not in convicted]


def _write(batch: Sequence[Trial], path: Path) -> Path:
    """Write tests and rules of the mutants of one rule; the n-th mutant has the name `x__n`."""
    suite, rule = batch[0].suite, batch[0].rule
    stages = [f"{name(rule)}__{number}" for number in range(len(batch))]
    rules = [each for each in suite.rules if each != rule and _is_read_by(each, rule["expr"])]
    rules += [_named(trial.mutant.rule, stage) for stage, trial in zip(stages, batch, strict=True) if trial.mutant.rule]
    tests = [test for test in (_tests_of_rule(each, suite, rule, stages) for each in suite.tests) if test]
    return _files(path, suite, rules, tests)


def single_test_files(suite: Suite, folder: Path) -> Iterator[Path]:
    """Yield a file per test of the suite, beside the rules that it checks and those that they read.

    Promtool evaluates all rules that a file loads, although a test needs only these.
    """
    folder.mkdir(exist_ok=True)
    for number, test in enumerate(suite.tests):
        tested = {each["alertname"] for each in test.get("alert_rule_test", ())}
        tested |= {each["expr"] for each in test.get("promql_expr_test", ())}
        rules = [each for each in suite.rules if name(each) in tested]
        rules += [
            each for each in suite.rules if each not in rules and any(_is_read_by(each, rule["expr"]) for rule in rules)
        ]
        yield _files(folder / str(number), suite, rules, [test])


def _is_read_by(rule: Rule, expression: str) -> bool:
    """Return whether an expression reads what the rule records."""
    return "record" in rule and bool(_word(rule).search(expression))


def _files(path: Path, suite: Suite, rules: Sequence[Rule], tests: Sequence[Test]) -> Path:
    """Write a file of tests and one of the rules that it loads."""
    rules_file, tests_file = path.with_suffix(".rules.yml"), path.with_suffix(".test.yml")
    _dump(rules_file, {"groups": [{"name": "trial", "rules": rules}]})
    _dump(tests_file, {"rule_files": [rules_file.name], "evaluation_interval": suite.interval, "tests": tests})
    return tests_file


def _named(rule: Rule, stage: str) -> Rule:
    return {**rule, "alert" if "alert" in rule else "record": stage}


def _word(rule: Rule) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w:]){name(rule)}(?![\w:])")


def _tests_of_rule(test: Test, suite: Suite, rule: Rule, stages: Sequence[str]) -> Test | None:
    """Return what the test expects of this rule, for each mutant's name; None if that is nothing."""
    own = name(rule)
    alerts = [
        {
            **each,
            "exp_alerts": [one for one in each.get("exp_alerts", ()) if suite.origin(own, one["exp_labels"]) == rule],
        }
        for each in test.get("alert_rule_test", ())
        if each["alertname"] == own
    ]
    queries = [
        {**each, "exp_samples": [one for one in each.get("exp_samples", ()) if suite.origin(own, _labels(one)) == rule]}
        for each in test.get("promql_expr_test", ())
        if each["expr"] == own
    ]
    if not any(each["exp_alerts"] for each in alerts) and not any(each["exp_samples"] for each in queries):
        return None
    renamed = [_word(rule).sub(stage, json.dumps(queries)) for stage in stages]
    return {
        **test,
        "alert_rule_test": [{**each, "alertname": stage} for stage in stages for each in alerts],
        "promql_expr_test": [query for each in renamed for query in json.loads(each)],
    }


def _labels(sample: Mapping[str, Any]) -> Mapping[str, str]:
    (selector,) = promql.selectors(promql.parse(sample["labels"]))
    return promql.equalities(selector)


def _read(file: Path) -> Any:
    return yaml.load(file.read_text(), yaml.CSafeLoader)


def _dump(file: Path, document: object) -> None:
    """Write JSON, which is YAML and faster to write."""
    file.write_text(json.dumps(document))
