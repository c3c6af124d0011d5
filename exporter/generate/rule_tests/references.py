"""References within a file of rule tests: what many checks expect is written once, labels and words apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from exporter.generate.rule_tests.timeline import Test
from exporter.generate.text import Shared

_CHANGING = "description"
"""The annotation that holds the value; the others are those of the rule."""


def with_references(tests: Iterable[Test]) -> Iterator[Test]:
    """Yield the tests with one object for all equal alerts, labels and annotations that they expect."""
    by_content: dict[object, Shared] = {}
    for test in tests:
        checks = [_check(check, by_content) for check in test.get("alert_rule_test", ())]
        yield {**test, "alert_rule_test": checks} if checks else test


def _check(check: Mapping[str, Any], by_content: dict[object, Shared]) -> Mapping[str, Any]:
    alerts = [_alert(alert, by_content) for alert in check.get("exp_alerts", ())]
    return {**check, "exp_alerts": alerts} if alerts else check


def _alert(alert: Mapping[str, Any], by_content: dict[object, Shared]) -> Shared:
    labels, words = alert["exp_labels"], alert["exp_annotations"]
    key = (*labels.items(), *words.items())
    if key not in by_content:
        unchanging = {name: text for name, text in words.items() if name != _CHANGING}
        base = by_content.setdefault(tuple(unchanging.items()), Shared(unchanging))
        by_content[key] = Shared(
            {
                "exp_labels": by_content.setdefault(tuple(labels.items()), Shared(labels)),
                "exp_annotations": Shared({_CHANGING: words[_CHANGING]}, base),
            }
        )
    return by_content[key]
