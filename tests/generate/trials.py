"""Trying mutants of rules: whether promtool's tests of the rule fail for each of them alone.

The mutants of a rule are tried at once, which spares setting up the same series for each: under names of their own,
each is held against a copy of what the tests expect of the rule. Rules of the same name, which give alerts and samples
with other labels, are left out together with these: they are the same with and without the mutant. What that does not
convict is tried again by itself, and then the verdict of promtool is all that counts.
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
"""How many test files one promtool is given."""

Test = Mapping[str, Any]

_SECTION = re.compile(r"^Unit Testing:  (.*)$", re.MULTILINE)
_CONVICTED = re.compile(r'(?:alertname: ?|expr: "|rule: )[\w:]+__(\d+)\b')
"""How promtool begins to tell what a test expected, or why a rule could not be evaluated."""


@dataclass(frozen=True)
class Suite:
    """A file of rule tests with the rules that it loads; the first, as many as `own`, are of the file of its name."""

    name: str
    interval: str
    rules: Sequence[Rule]
    tests: Sequence[Test]
    own: int

    def origin(self, called: str, labels: Mapping[str, str]) -> Rule | None:
        """The rule of that name from which alerts or samples with these labels are: it gives most of them."""
        alike = [rule for rule in self.rules if name(rule) == called]
        found = [rule for rule in alike if rule.get("labels", {}).items() <= labels.items()]
        return max(found, key=lambda rule: len(rule.get("labels", {})), default=None)


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
    """The suites of a folder, in order of their files."""
    return [_suite(file) for file in sorted((tree / "rules/tests").glob("*.test.yml"))]


def _suite(file: Path) -> Suite:
    document, called = _read(file), file.name.removesuffix(".test.yml")
    rules = {Path(path).name: _rules(file.parent / path) for path in document["rule_files"]}
    own = rules.pop(f"{called}.rules.yml")
    return Suite(
        called,
        document["evaluation_interval"],
        [*own, *(rule for others in rules.values() for rule in others)],
        document["tests"],
        len(own),
    )


def _rules(file: Path) -> list[Rule]:
    return [rule for group in _read(file)["groups"] for rule in group["rules"]]


def name(rule: Rule) -> str:
    """The name of the alert or of the recorded series."""
    found: str = rule.get("alert") or rule["record"]
    return found


def trials(suite: Suite, mutation: Mutation) -> Iterator[Trial]:
    """Every mutant of every rule of the suite's own."""
    for place, rule in enumerate(suite.rules[: suite.own]):
        yield from (Trial(suite, place, mutant) for mutant in mutation.mutants(rule))


def survivors(tried: Iterable[Trial], folder: Path) -> list[Trial]:
    """Those for which promtool's tests pass. The folder is filled with files."""
    by_rule: dict[tuple[str, int], list[Trial]] = {}
    for trial in tried:
        by_rule.setdefault((trial.suite.name, trial.place), []).append(trial)
    doubtful = _passing(list(by_rule.values()), folder / "together")
    return _passing([[trial] for trial in doubtful], folder / "alone")


def _passing(batches: Sequence[Sequence[Trial]], folder: Path) -> list[Trial]:
    """The trials of these batches, each of one rule, that their tests do not convict."""
    folder.mkdir(parents=True)
    files = [_write(batch, folder / str(number)) for number, batch in enumerate(batches)]
    chunks = [files[start : start + TOGETHER] for start in range(0, len(files), TOGETHER)]
    with ThreadPoolExecutor(PROCESSES) as pool:
        said = {file: words for chunk in pool.map(_said, chunks) for file, words in chunk.items()}
    return [trial for batch, file in zip(batches, files, strict=True) for trial in _unconvicted(batch, said[str(file)])]


def _said(files: Sequence[Path]) -> Mapping[str, str]:
    """What promtool finds to say about each of the files; nothing about one whose tests pass."""
    _, output = promtool.run("test", "rules", *files)
    _, *sections = _SECTION.split(output)
    return dict(zip(sections[::2], (each.replace("SUCCESS", "").strip() for each in sections[1::2]), strict=True))


def _unconvicted(batch: Sequence[Trial], said: str) -> Sequence[Trial]:
    convicted = set(map(int, _CONVICTED.findall(said)))
    return [trial for number, trial in enumerate(batch) if number not in convicted]


def _write(batch: Sequence[Trial], path: Path) -> Path:
    """A file of tests, and one of rules, for the mutants of one rule; the n-th and its tests have the name `x__n`."""
    suite, rule = batch[0].suite, batch[0].rule
    stages = [f"{name(rule)}__{number}" for number in range(len(batch))]
    rules = [each for each in suite.rules if each != rule and _feeds(each, rule["expr"])]
    rules += [_named(trial.mutant.rule, stage) for stage, trial in zip(stages, batch, strict=True) if trial.mutant.rule]
    tests = [test for test in (_narrowed(each, suite, rule, stages) for each in suite.tests) if test]
    return _files(path, suite, rules, tests)


def alone(suite: Suite, folder: Path) -> Iterator[Path]:
    """Each test of the suite in a file of its own, beside the rules that it asks about and those that feed them.

    Promtool looks at no other rule's alerts or samples, and yet evaluates whatever rules a test's file loads.
    """
    for number, test in enumerate(suite.tests):
        asked = {each["alertname"] for each in test.get("alert_rule_test", ())}
        asked |= {each["expr"] for each in test.get("promql_expr_test", ())}
        rules = [each for each in suite.rules if name(each) in asked]
        rules += [
            each for each in suite.rules if each not in rules and any(_feeds(each, rule["expr"]) for rule in rules)
        ]
        yield _files(folder / str(number), suite, rules, [test])


def _feeds(rule: Rule, expression: str) -> bool:
    """Whether an expression reads what the rule records."""
    return "record" in rule and bool(_word(rule).search(expression))


def _files(path: Path, suite: Suite, rules: Sequence[Rule], tests: Sequence[Test]) -> Path:
    """A file of tests and one of the rules that it loads."""
    rules_file, tests_file = path.with_suffix(".rules.yml"), path.with_suffix(".test.yml")
    _dump(rules_file, {"groups": [{"name": "trial", "rules": rules}]})
    _dump(tests_file, {"rule_files": [rules_file.name], "evaluation_interval": suite.interval, "tests": tests})
    return tests_file


def _named(rule: Rule, stage: str) -> Rule:
    return {**rule, "alert" if "alert" in rule else "record": stage}


def _word(rule: Rule) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w:]){name(rule)}(?![\w:])")


def _narrowed(test: Test, suite: Suite, rule: Rule, stages: Sequence[str]) -> Test | None:
    """What the test expects of this rule, expected of each stage; None if that is nothing."""
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
    """As JSON, which is YAML and quicker to write."""
    file.write_text(json.dumps(document))
