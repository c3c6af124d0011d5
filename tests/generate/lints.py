"""Lints of rules beyond what promtool refuses, one a function, with the names of pint's checks.

A lint takes the groups of a file and yields a sentence per problem. https://cloudflare.github.io/pint/checks/
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import promql_parser
from promql_parser import AggregateExpr, Call

from tests.generate import shapes
from tests.support import promql

Rule = Mapping[str, Any]
Groups = Sequence[Mapping[str, Any]]
Lint = Callable[[Groups], Iterator[str]]

ALERT = re.compile(r"Kpi([A-Z][a-z0-9]*)+")
RECORDING = re.compile(r"[a-z_]+:[a-z_]+:[a-z0-9_]+")
ALWAYS_FIRING = "KpiWatchdog"
LABELS = {"severity": {"warning", "critical", "none"}, "notify": {"page", "ticket", "digest", "none"}}
ANNOTATIONS = ("summary", "description", "action", "runbook_url", "dashboard_url")
LONGEST_INTERVAL = timedelta(minutes=5)
"""Prometheus loses a value after this time without a sample."""
LONGEST_FOR = timedelta(hours=1)
"""By default, Prometheus restores the state of a `for` for this long after a restart."""
SHORTEST_ABSENCE = timedelta(minutes=2)
"""Two scrapes at the usual interval, so that a single missed scrape does not count."""
PICKING = {"topk", "bottomk", "limitk", "limit_ratio"}

_ACTION = re.compile(r"\{\{(.*?)\}\}")
_LABEL = re.compile(r"\$labels\.(\w+)")
_META = re.compile(r"[.*+?()|\[\]^$\\{}]")


def alerts_comparison(groups: Groups) -> Iterator[str]:
    """Require a condition in every alert but the watchdog."""
    for rule in _alerts(groups):
        if rule["alert"] != ALWAYS_FIRING and not shapes.filters(promql.parse(rule["expr"])):
            yield f"{rule['alert']} fires whatever the value is"


def alerts_for(groups: Groups) -> Iterator[str]:
    """Require that a `for` is not 0 and not longer than Prometheus remembers."""
    for rule in _alerts(groups):
        hold = rule.get("for")
        if hold is not None and not timedelta() < _duration(hold) <= LONGEST_FOR:
            yield f"{rule['alert']} has a `for` of {hold}"


def alerts_absent(groups: Groups) -> Iterator[str]:
    """Require that alerts on absence wait longer than a missed scrape."""
    for rule in _alerts(groups):
        absent = "absent" in _functions(rule)
        if absent and _duration(rule.get("for", "0s")) < SHORTEST_ABSENCE:
            yield f"{rule['alert']} does not wait for a missed scrape"


def alerts_template(groups: Groups) -> Iterator[str]:
    """Require templates of labels that the alert has and of formatted numbers, outside labels and summaries."""
    for rule in _alerts(groups):
        result_labels = shapes.labels(promql.parse(rule["expr"]))
        for name, text in {**rule["labels"], **rule["annotations"]}.items():
            for action in _ACTION.findall(text):
                if missing := {
                    label
                    for label in _LABEL.findall(action)
                    if result_labels is not None and label not in result_labels
                }:
                    yield f"{rule['alert']}: {name} names {', '.join(missing)}, which the expression does not keep"
                if (
                    ":=" not in action
                    and re.search(r"\$value|\| value", action)
                    and not re.search(r"\b(humanize|printf)", action)
                ):
                    yield f"{rule['alert']}: {name} prints a number as it comes"
        unchanging = {**rule["labels"], "summary": rule["annotations"].get("summary", "")}
        yield from (
            f"{rule['alert']}: {name} changes with the value" for name, text in unchanging.items() if "$" in text
        )


def alerts_annotation(groups: Groups) -> Iterator[str]:
    """Require sentences and absolute links in every alert."""
    for rule in _alerts(groups):
        for name in ANNOTATIONS:
            text = rule["annotations"].get(name, "")
            if not text:
                yield f"{rule['alert']} has no {name}"
            elif name.endswith("_url") and not (urlsplit(text).scheme == "https" and urlsplit(text).netloc):
                yield f"{rule['alert']}: {name} is no absolute link"
            elif name in ("summary", "description") and not re.match(r"[^a-z].*\.$", text, re.DOTALL):
                yield f"{rule['alert']}: {name} is no sentence"


def rule_duplicate(groups: Groups) -> Iterator[str]:
    """Refuse two rules with one name and the same labels, which would be one alert or series."""
    keys = Counter((_name(rule), *sorted(rule.get("labels", {}).items())) for rule in _rules(groups))
    yield from (f"{key[0]} is there {count} times with the same labels" for key, count in keys.items() if count > 1)


def rule_dependency(groups: Groups) -> Iterator[str]:
    """Refuse a rule that reads a recorded series of another group, which it would see late."""
    for group in groups:
        elsewhere = {_name(rule) for other in groups if other is not group for rule in other["rules"]}
        for rule in group["rules"]:
            read = {selector.name for selector in promql.selectors(promql.parse(rule["expr"]))}
            yield from (f"{_name(rule)} reads {name} of another group" for name in read & elsewhere)


def rule_name(groups: Groups) -> Iterator[str]:
    """Require names such as `KpiUptimeLow` for alerts and `level:metric:operations` for recorded series."""
    for rule in _rules(groups):
        if not (ALERT if "alert" in rule else RECORDING).fullmatch(_name(rule)):
            yield f"{_name(rule)} is no name for {'an alert' if 'alert' in rule else 'a recorded series'}"


def rule_label(groups: Groups) -> Iterator[str]:
    """Require severity, notify and area on alerts, and refuse the labels of a scrape."""
    for rule in _rules(groups):
        labels = rule.get("labels", {})
        yield from (f"{_name(rule)} sets {label}" for label in labels if label in ("instance", "job", "alertname"))
        if "alert" in rule:
            yield from (f"{_name(rule)} has no {label}" for label in (*LABELS, "area") if not labels.get(label))
            for label, allowed in LABELS.items():
                if label in labels and labels[label] not in allowed:
                    yield f"{_name(rule)} has {label} {labels[label]!r}"


def group_interval(groups: Groups) -> Iterator[str]:
    """Require unique group names, and evaluations often enough for Prometheus to keep values visible."""
    for group in groups:
        if _duration(group["interval"]) > LONGEST_INTERVAL:
            yield f"{group['name']} is evaluated every {group['interval']} only"
    names = Counter(group["name"] for group in groups)
    yield from (f"{count} groups are called {name}" for name, count in names.items() if count > 1)


def promql_fragile(groups: Groups) -> Iterator[str]:
    """Refuse functions that choose other series from one evaluation to the next."""
    for rule in _alerts(groups):
        yield from (f"{rule['alert']} uses {name}" for name in sorted(_functions(rule) & PICKING))


def promql_impossible(groups: Groups) -> Iterator[str]:
    """Refuse contradictory selectors and operators whose sides can never match."""
    for rule in _rules(groups):
        expression = promql.parse(rule["expr"])
        for selector in promql.selectors(expression):
            unchanging = {(name, value) for name, sign, value in promql.matchers(selector) if sign == "="}
            if len(unchanging) > len({name for name, _ in unchanging}):
                yield f"{_name(rule)}: {selector.prettify()} selects nothing"
        for binary in promql.binaries(expression):
            if not shapes.can_match(binary):
                yield f"{_name(rule)}: the sides of {promql.operator(binary)!r} have no labels in common"


def promql_nan(groups: Groups) -> Iterator[str]:
    """Refuse a divisor that may be 0."""
    for rule in _rules(groups):
        for binary in promql.binaries(promql.parse(rule["expr"])):
            if promql.operator(binary).split()[0] == "/" and not shapes.filters(binary.rhs):
                yield f"{_name(rule)} divides by {binary.rhs.prettify()}"


def promql_regexp(groups: Groups) -> Iterator[str]:
    """Refuse a regular expression without a metacharacter, or with the anchors that Prometheus adds."""
    for rule in _rules(groups):
        for selector in promql.selectors(promql.parse(rule["expr"])):
            for name, sign, value in promql.matchers(selector):
                if "~" in sign and (not _META.search(value) or value.startswith("^") or value.endswith("$")):
                    yield f"{_name(rule)}: {name}{sign}{value!r} needs no regular expression, or no anchor"


def promql_selector(groups: Groups) -> Iterator[str]:
    """Refuse a selector without labels, which would select the series of any company."""
    for rule in _rules(groups):
        for selector in promql.selectors(promql.parse(rule["expr"])):
            if not promql.matchers(selector):
                yield f"{_name(rule)}: {selector.name} of anybody"


LINTS: Mapping[str, Lint] = {
    each.__name__.replace("_", "/", 1): each
    for each in (
        alerts_absent,
        alerts_annotation,
        alerts_comparison,
        alerts_for,
        alerts_template,
        group_interval,
        promql_fragile,
        promql_impossible,
        promql_nan,
        promql_regexp,
        promql_selector,
        rule_dependency,
        rule_duplicate,
        rule_label,
        rule_name,
    )
}


def promql_series(groups: Groups, served: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Require that every selected series is served or recorded, with all the labels of the selector.

    `served` has the label names of each series by its name.
    """
    recorded = {_name(rule) for rule in _rules(groups) if "record" in rule}
    for rule in _rules(groups):
        for selector in promql.selectors(promql.parse(rule["expr"])):
            # A matcher with a `!` also takes a series without the label.
            matched = {name for name, sign, _ in promql.matchers(selector) if "!" not in sign}
            if selector.name not in served and selector.name not in recorded:
                yield f"{_name(rule)}: nobody serves {selector.name}"
            elif lacking := matched - served.get(selector.name or "", frozenset(matched)):
                yield f"{_name(rule)}: {selector.name} has no {', '.join(sorted(lacking))}"


def _rules(groups: Groups) -> Iterator[Rule]:
    return (rule for group in groups for rule in group["rules"])


def _alerts(groups: Groups) -> Iterator[Rule]:
    return (rule for rule in _rules(groups) if "alert" in rule)


def _name(rule: Rule) -> str:
    return str(rule.get("alert") or rule["record"])


def _functions(rule: Rule) -> set[str]:
    parts = promql.parts(promql.parse(rule["expr"]))
    return {promql.function(part.is_) for part in parts if isinstance(part.is_, Call | AggregateExpr)}


def _duration(text: str) -> timedelta:
    return timedelta() if re.fullmatch(r"0\w*", text) else promql_parser.parse_duration(text)
