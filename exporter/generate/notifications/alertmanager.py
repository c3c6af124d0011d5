"""Alertmanager's configuration: routes, receivers, time intervals and inhibitions of all companies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.notifications.inhibitions import inhibitions
from exporter.generate.notifications.intervals import intervals
from exporter.generate.notifications.matching import Matcher
from exporter.generate.notifications.receivers import every_default, receivers
from exporter.generate.notifications.recipients import NOBODY
from exporter.generate.notifications.routes import receivers_of, root
from exporter.generate.text import yaml_file


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the configuration's file."""
    return {conventions.ALERTMANAGER_FILE: yaml_file(_with_texts(_config(companies)))}


def _config(companies: Sequence[Company]) -> Mapping[str, Any]:
    tree = root(companies)
    used_names = set(receivers_of(tree))
    of_companies = [each for company in companies for each in receivers(company)]
    configured = [{"name": NOBODY}, every_default(companies), *of_companies]
    return {
        "templates": ["templates/*.tmpl"],
        "route": tree,
        "inhibit_rules": list(inhibitions(companies)),
        "time_intervals": [each for company in companies if company.alerting.people for each in intervals(company)],
        "receivers": [each for each in configured if each["name"] in used_names],
    }


def _with_texts(value: Any) -> Any:
    """Return the configuration with matchers as texts."""
    match value:
        case Matcher():
            return value.text
        case Mapping():
            return {key: _with_texts(each) for key, each in value.items()}
        case list():
            return [_with_texts(each) for each in value]
    return value
