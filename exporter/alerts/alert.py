"""What an alert is: a rule, and on a KPI one with the words that people read when it fires."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from exporter.alerts.promql import duration
from exporter.catalogue.language.thresholds import Condition
from exporter.catalogue.model import Company, Kpi
from exporter.quantities.prometheus import style

_BRACES = '{{ "{{" }}'
"""What two opening braces, which begin a template, are written as."""

WORDS = {"warning": "the warning threshold", "critical": "the critical threshold"}


@dataclass(frozen=True)
class Rule:
    """An alerting rule as Prometheus takes it; `wait` is its `for`, such as `5m`."""

    name: str
    expression: str
    wait: str | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


@dataclass(frozen=True)
class KpiAlert(ABC):
    """One concern about a KPI's value: what of a threshold raises an alert of its own."""

    company: Company
    kpi: Kpi
    severity: str
    condition: Condition

    @property
    @abstractmethod
    def name(self) -> str: ...

    @property
    @abstractmethod
    def expression(self) -> str:
        """The value that is worst among replicas of the exporter, so that they raise one alert, where it is beyond."""

    @property
    @abstractmethod
    def queries(self) -> Mapping[str, str]:
        """What to look at besides the expression, by what it shows."""

    @property
    def rule(self) -> Rule:
        amount = style(self.kpi.unit)
        reference = amount.template(f"query `{self._reference}` | first | value")
        return Rule(
            self.name, self.expression, None, self.labels, self._annotations(amount.template("$value"), reference)
        )

    @property
    def labels(self) -> Mapping[str, str]:
        """The rule's labels; `company` is also what its expression aggregates by."""
        return {
            "company": self.company.name,
            "kpi": self.kpi.id,
            "area": self.kpi.area,
            "severity": self.severity,
            "notify": self.kpi.notify.value,
            **owner_label(self.kpi),
        }

    def expected_annotations(self, value: float, reference: float) -> Mapping[str, str]:
        """The annotations as Prometheus prints them for a value, while plan or previous value is `reference`."""
        amount = style(self.kpi.unit)
        texts = self._annotations(amount.text(value), amount.text(reference))
        return {name: rendered(text) for name, text in texts.items()}

    @property
    def _reference(self) -> str:
        """What the words refer to beside the value, as an expression; empty for nothing."""
        return ""

    def _annotations(self, value: str, reference: str) -> Mapping[str, str]:
        """The annotations, where `value` and `reference` are amounts or the templates that print them."""
        return {
            "summary": self._summary(),
            "description": self._description(value, reference),
            "action": literal(action(self.kpi)),
            "runbook_url": self.company.runbook_url(self.name),
            "dashboard_url": self.company.kpi_url(self.kpi.id),
        }

    def _summary(self) -> str:
        return f"{literal(self.kpi.title)} has crossed its {self.severity} threshold."

    @abstractmethod
    def _description(self, value: str, reference: str) -> str: ...

    @property
    def _hold_text(self) -> str:
        """How long the value must have stayed beyond, in words that follow the threshold."""
        return f" for {duration(self.kpi.hold)}" if self.kpi.hold else ""


def owner_label(kpi: Kpi) -> Mapping[str, str]:
    """The label `owner`, where the catalogue names one."""
    return {} if kpi.owner is None else {"owner": kpi.owner}


def action(kpi: Kpi) -> str:
    """What the catalogue says is to be done; where it says nothing, who is to look into it."""
    if kpi.action is not None:
        return kpi.action
    if kpi.owner is not None:
        return f"Ask {kpi.owner} to investigate, with the diagnosis in the runbook."
    return "Investigate with the diagnosis in the runbook."


def literal(text: str) -> str:
    """A template that prints the text as it is."""
    return text.replace("{{", _BRACES)


def rendered(template: str) -> str:
    """What Prometheus prints for a template that has nothing but `literal` text in it."""
    return template.replace(_BRACES, "{{")
