"""Rules in a cluster: names and labels that fit it, and parts that are small enough for its ConfigMaps."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exporter import conventions
from exporter.generate.text import yaml_entry

MOST_BYTES = 512 * 1024
"""The rules of one resource: the operator copies them into ConfigMaps that it fills by half."""

Rule = Mapping[str, Any]
Group = Mapping[str, Any]


def in_cluster(group: Group, company: str, namespace: str | None) -> Group:
    """Return a group of the company's rules as a cluster needs them.

    Alerts have the label `namespace`, by which the operator's routes select. In the default configuration of
    kube-prometheus-stack, a critical alert mutes every warning of the same name and namespace: so alerts on values
    have the segment and the company in their names.
    """
    return {**group, "rules": [_in_cluster(rule, company, namespace) for rule in group["rules"]]}


def _in_cluster(rule: Rule, company: str, namespace: str | None) -> Rule:
    if "alert" not in rule:
        return rule
    name, labels = rule["alert"], dict(rule["labels"])
    if "kpi" in labels and name not in conventions.DATA_ALERTS:
        name = "".join([name, *map(_camel_case, (labels.get("segment", ""), company))])
    if namespace is not None:
        labels["namespace"] = namespace
    return {**rule, "alert": name, "labels": labels}


def _camel_case(text: str) -> str:
    """Return a part of an alert's name, with a digest where letters and digits alone do not tell it from others."""
    words = "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", text))
    plain = re.fullmatch(r"(?:[a-z0-9]+(?:-[a-z0-9]+)*)?", text)
    return words if plain else f"{words}X{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def in_parts(groups: Sequence[Group]) -> Iterator[Sequence[Group]]:
    """Yield the groups in parts that each fit into one resource; a group that alone is too large becomes several.

    Raises:
        ValueError: one rule alone is too large.
    """
    part: list[Group] = []
    size = 0
    for group in (smaller for each in groups for smaller in _divided(each)):
        own = _size(group)
        if part and size + own > MOST_BYTES:
            yield part
            part, size = [], 0
        part.append(group)
        size += own
    yield part


def _divided(group: Group) -> Iterator[Group]:
    """Yield the group, or groups of its first and second half, which fit; each rule reads no other of them."""
    if _size(group) <= MOST_BYTES:
        yield group
        return
    rules = group["rules"]
    if len(rules) == 1:
        raise ValueError(f"one rule of {group['name']} has more than {MOST_BYTES:,} bytes; shorten its texts")
    half = len(rules) // 2
    yield from _divided({**group, "rules": rules[:half]})
    yield from _divided({**group, "name": f"{group['name']}-{half}", "rules": rules[half:]})


def _size(group: Group) -> int:
    return len(yaml_entry(group, 2).encode())
