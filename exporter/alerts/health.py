"""Health alerts: on the data behind the KPIs and on the exporter, not on a KPI's value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from exporter.alerts.alert import Rule, rendered
from exporter.alerts.lookups import Lookup
from exporter.alerts.promql import duration
from exporter.catalogue.model import Company
from exporter.catalogue.schema.company import Notify
from exporter.quantities.prometheus import humanize_duration

AREA = "health"


@dataclass(frozen=True)
class HealthAlert:
    """Describes one alert on the data of a company or on an exporter; then `company` supplies only the links.

    `minutes` is the rule's `for`, 0 for none. `own` are labels of the rule beside area, severity and notify; `by`
    names the labels that the expression keeps. In `description`, `{value}` stands for the value: a duration, or
    with `counts` a number. The words of `by` in braces stand for labels, those of `lookups` for what the labels do
    not say.
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
    lookups: Mapping[str, Lookup] = field(default_factory=dict, kw_only=True)

    @property
    def title(self) -> str:
        """The name with the labels that distinguish the alert from others of its company."""
        return " ".join([self.name, *(f"{name}={text}" for name, text in self.own.items() if name != "company")])

    @property
    def rule(self) -> Rule:
        """The alerting rule, whose annotations are templates that Prometheus fills in."""
        value = '{{ $value | printf "%.0f" }}' if self.counts else "{{ $value | humanizeDuration }}"
        queries = {word: lookup.query for word, lookup in self.lookups.items()}
        annotations = self.texts({**self.label_templates, **queries}, value)
        return Rule(self.name, self.expression, duration(self.minutes) or None, self.labels, annotations)

    @property
    def label_templates(self) -> Mapping[str, str]:
        """The templates that print the labels of `by`."""
        return {label: f"{{{{ $labels.{label} }}}}" for label in self.by}

    @property
    def labels(self) -> Mapping[str, str]:
        """The rule's labels; an alert also has those of `by`."""
        return {"area": AREA, **self.own, "severity": self.severity, "notify": self.notify}

    def expected_annotations(self, replacements: Mapping[str, str], value: float) -> Mapping[str, str]:
        """Return the annotations that Prometheus renders for a value and these labels and lookups, by word."""
        texts = self.texts(replacements, f"{value:.0f}" if self.counts else humanize_duration(value))
        return {name: rendered(text) for name, text in texts.items()}

    def texts(self, replacements: Mapping[str, str], value: str) -> Mapping[str, str]:
        """Return the annotations, with a text or a template for each word in braces and for the value."""
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
        """The address of the panel or board that shows what the alert is about."""
        return self.company.health_url(self.name)


@dataclass(frozen=True)
class PanelAlert(HealthAlert):
    """A health alert with a panel of its own, which shows `panel_query` under `caption`.

    The number should be 1 or more if `wanted`, else 0.
    """

    caption: str
    panel_query: str
    wanted: bool = False
