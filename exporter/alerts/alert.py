"""Alerts on KPIs and the rules that they make, with the words that people read when one fires."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from exporter.alerts.promql import duration
from exporter.catalogue.language.thresholds import Condition
from exporter.catalogue.model import Company, Kpi
from exporter.quantities.prometheus import style

_BRACES = '{{ "{{" }}'
"""Prints two opening braces, which would otherwise begin a template."""


@dataclass(frozen=True)
class Rule:
    """Holds an alerting rule as Prometheus reads it.

    `wait` is its `for` and `keep` its `keep_firing_for`, such as `5m`, or None.
    """

    name: str
    expression: str
    wait: str | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    keep: str | None = None


KEEP_MINUTES = 10
"""How long an alert on a short window goes on after its value is back: crossing to and fro is one alert."""


@dataclass(frozen=True)
class KpiAlert(ABC):
    """Describes one alert on a KPI's value: one severity of one bound or divergence of its thresholds."""

    company: Company
    kpi: Kpi
    severity: str
    condition: Condition

    @property
    @abstractmethod
    def name(self) -> str:
        """The alert's name, the same for both severities: `KpiUptimeLow`."""

    @property
    @abstractmethod
    def expression(self) -> str:
        """The PromQL of the rule: the worst value among replicas of the exporter, where it breaches the threshold."""

    @property
    @abstractmethod
    def queries(self) -> Mapping[str, str]:
        """Further PromQL for a diagnosis, by a caption such as `The plan now`."""

    @property
    def rule(self) -> Rule:
        """The alerting rule, whose annotations are templates that Prometheus fills in."""
        amount = style(self.kpi.unit)
        value, reference = amount.template("$value"), amount.template(f"query `{self.reference}` | first | value")
        texts = {**self.texts(value, reference), "description": self._template(value, reference)}
        return Rule(self.name, self.expression, None, self.labels, texts, duration(self.keep) or None)

    @property
    def keep(self) -> int:
        """The minutes for which the alert goes on after its condition is over, 0 for none."""
        return KEEP_MINUTES if self.kpi.window.short else 0

    @property
    def labels(self) -> Mapping[str, str]:
        """The rule's labels; the expression also aggregates by `company`."""
        return {
            "company": self.company.name,
            "kpi": self.kpi.id,
            "area": self.kpi.area,
            "severity": self.severity,
            "notify": self.kpi.notify.value,
            **owner_label(self.kpi),
        }

    def expected_annotations(self, value: float, reference: float) -> Mapping[str, str]:
        """Return the annotations that Prometheus renders for a value.

        `reference` is the plan or the previous value, where the threshold depends on one. Both are in the KPI's
        unit.
        """
        amount = style(self.kpi.unit)
        texts = self.texts(amount.text(value), amount.text(reference))
        return {name: rendered(text) for name, text in texts.items()}

    @property
    def reference(self) -> str:
        """The PromQL of the plan or the previous value that the words mention; empty for none."""
        return ""

    @property
    @abstractmethod
    def basis(self) -> str:
        """PromQL with an element where the last values of all that the condition compares exist."""

    def texts(self, value: str, reference: str) -> Mapping[str, str]:
        """Return the annotations; `value` and `reference` are amounts, or the templates that print them."""
        return {
            "summary": self._summary(),
            "description": self._description(value, reference),
            "action": literal(action(self.kpi)),
            "runbook_url": self.company.runbook_url(self.name),
            "dashboard_url": self.company.kpi_url(self.kpi.id),
        }

    def _summary(self) -> str:
        return f"{literal(self.kpi.title)} has crossed its {self.severity} threshold."

    def _template(self, value: str, reference: str) -> str:
        """Return the template of the description."""
        return self._description(value, reference)

    @abstractmethod
    def _description(self, value: str, reference: str) -> str: ...

    @property
    def _hold_text(self) -> str:
        """The duration of the hold in words that follow the threshold; empty for none."""
        return f" for {duration(self.kpi.hold)}" if self.kpi.hold else ""


def owner_label(kpi: Kpi) -> Mapping[str, str]:
    """Return the label `owner`, or no label for a KPI without an owner."""
    return {} if kpi.owner is None else {"owner": kpi.owner}


def action(kpi: Kpi) -> str:
    """Return the action of the catalogue, or a request to investigate where it has none."""
    if kpi.action is not None:
        return kpi.action
    if kpi.owner is not None:
        return f"Ask {kpi.owner} to investigate, with the diagnosis in the runbook."
    return "Investigate with the diagnosis in the runbook."


def literal(text: str) -> str:
    """Return a template that prints the text unchanged, braces included."""
    return text.replace("{{", _BRACES)


def rendered(template: str) -> str:
    """Return what Prometheus prints for a template of `literal` texts only."""
    return template.replace(_BRACES, "{{")
