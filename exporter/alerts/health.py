"""What a health alert is: one about the numbers themselves, whether they come and whether they are fresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.alerts.alert import Rule, rendered
from exporter.alerts.promql import duration
from exporter.catalogue.model import Company
from exporter.catalogue.schema.company import Notify
from exporter.quantities.prometheus import humanize_duration

AREA = "health"


@dataclass(frozen=True)
class HealthAlert:
    """One concern about the numbers of a company, or about an exporter, whose `company` only lends its links.

    `minutes` is the rule's `for`, 0 for none. `own` are labels of the rule beside area, severity and notify; `by` names
    those that the expression keeps. In `description` the words of `by` in braces stand for their values, and
    `{value}` for the value, a duration or, with `counts`, a number of things; those of `lookups` for the templates that
    ask Prometheus for them.
    """

    company: Company
    name: str
    expression: str
    minutes: int
    own: Mapping[str, str]
    by: tuple[str, ...]
    summary: str
    description: str
    action: str
    meaning: str
    diagnosis: str
    severity: str = field(default="warning", kw_only=True)
    notify: str = field(default=Notify.TICKET.value, kw_only=True)
    counts: bool = field(default=False, kw_only=True)
    lookups: Mapping[str, str] = field(default_factory=dict, kw_only=True)

    @property
    def title(self) -> str:
        """Tells it from every other of its company."""
        return " ".join([self.name, *(f"{name}={text}" for name, text in self.own.items() if name != "company")])

    @property
    def rule(self) -> Rule:
        labels = {label: f"{{{{ $labels.{label} }}}}" for label in self.by}
        value = '{{ $value | printf "%.0f" }}' if self.counts else "{{ $value | humanizeDuration }}"
        annotations = self._annotations({**labels, **self.lookups}, value)
        return Rule(self.name, self.expression, duration(self.minutes) or None, self.labels, annotations)

    @property
    def labels(self) -> Mapping[str, str]:
        """The rule's labels; an alert also has those of `by`."""
        return {**self.own, "area": AREA, "severity": self.severity, "notify": self.notify}

    def expected_annotations(self, replacements: Mapping[str, str], value: float) -> Mapping[str, str]:
        """The annotations as Prometheus prints them for an alert with these labels and findings and this value."""
        texts = self._annotations(replacements, f"{value:.0f}" if self.counts else humanize_duration(value))
        return {name: rendered(text) for name, text in texts.items()}

    def _annotations(self, replacements: Mapping[str, str], value: str) -> Mapping[str, str]:
        description = self.description
        for word, text in {**replacements, "value": value}.items():
            description = description.replace(f"{{{word}}}", text)
        return {
            "summary": self.summary,
            "description": description,
            "action": self.action,
            "runbook_url": self.company.runbook_url(self.name),
            "dashboard_url": self.dashboard_url,
        }

    @property
    def dashboard_url(self) -> str:
        """Where what it is about is shown."""
        return self.company.health_url(self.name)


@dataclass(frozen=True)
class PanelAlert(HealthAlert):
    """One that has a panel of its own: the number that it shows, under a caption.

    The number ought to be 1 or more if `wanted`, else 0.
    """

    caption: str
    panel_query: str
    wanted: bool = False
