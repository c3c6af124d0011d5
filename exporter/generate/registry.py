"""The list of generators: each is a pure function from companies to texts by path."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from exporter.catalogue.connection import connected_part
from exporter.catalogue.model import Company
from exporter.generate import catalogue_schema, kpi_table, prometheus_config, reference, runbooks
from exporter.generate.grafana import (
    areas,
    detail,
    economics,
    health,
    linting,
    overview,
    peers,
    playlist,
    provisioning,
    wall,
)
from exporter.generate.grafana_alerting import table
from exporter.generate.notifications import alertmanager, messages, route_tests
from exporter.generate.options import DEFAULT, GenerateOptions
from exporter.generate.rule_tests import rule_tests
from exporter.generate.rules import rules

Generator = Callable[[Sequence[Company]], Mapping[str, str]]

GENERATORS: tuple[Generator, ...] = (
    alertmanager.generate,
    areas.generate,
    catalogue_schema.generate,
    detail.generate,
    economics.generate,
    health.generate,
    kpi_table.generate,
    linting.generate,
    messages.generate,
    overview.generate,
    peers.generate,
    playlist.generate,
    prometheus_config.generate,
    provisioning.generate,
    reference.generate,
    route_tests.generate,
    rule_tests.generate,
    runbooks.generate,
    table.generate,
    wall.generate,
)
"""All generators except the rules', whose output depends on the version of Prometheus."""


def generated(companies: Sequence[Company], options: GenerateOptions = DEFAULT) -> Mapping[str, str]:
    """Return the text of every generated file by its path, which is relative and written with `/`.

    What a company has not connected is in none of them.
    """
    connected = [connected_part(company) for company in companies]
    texts = dict(rules.generate(connected, options))
    for generate in GENERATORS:
        texts.update(generate(connected))
    return dict(sorted(texts.items()))
