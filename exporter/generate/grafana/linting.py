"""Exclusions for Grafana's dashboard-linter, with reasons, in a file beside the boards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporter import conventions
from exporter.catalogue.model import Company
from exporter.generate.text import yaml_file

_PER_COMPANY = (
    "a board is of one company, which its queries name; the exporter's job and instances do not tell KPIs apart"
)

EXCLUSIONS: Mapping[str, str] = {
    "template-job-rule": _PER_COMPANY,
    "template-instance-rule": _PER_COMPANY,
    "target-job-rule": _PER_COMPANY,
    "target-instance-rule": _PER_COMPANY,
    "panel-units-rule": "currencies and months are units of their own (currency:€, suffix:months), which Grafana knows "
    "and the linter does not",
    "target-counter-agg-rule": "a source's polls are shown as counted since the exporter's start",
    "target-rate-interval-rule": "failed polls are counted over an hour, however far somebody looks back",
}
"""Reasons by the linter's names of rules."""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the linter's files by path, one per company."""
    text = yaml_file({"exclusions": {rule: {"reason": reason} for rule, reason in EXCLUSIONS.items()}})
    return {conventions.dashboard_lint_file(company.name): text for company in companies}
