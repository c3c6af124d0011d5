"""The alerts of a catalogue: one per KPI, severity and bound, with the words that people read when it fires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from exporter import conventions
from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.plans import Scenario
from exporter.catalogue.thresholds import Bound, Condition
from exporter.generate.amounts import style
from exporter.generate.promql import headline, number, selector, worst

WALL = "wall"

_BRACES = '{{ "{{" }}'
"""What two opening braces, which begin a template, are written as."""

_WORDS = {"warning": "the warning threshold", "critical": "the red flag"}


@dataclass(frozen=True)
class Rule:
    """An alerting rule as Prometheus takes it; `hold` is its `for`, such as `5m`."""

    name: str
    expression: str
    hold: str | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


@dataclass(frozen=True)
class KpiAlert:
    """One bound of one threshold of a KPI."""

    company: Company
    kpi: Kpi
    severity: str
    condition: Condition
    bound: Bound

    @property
    def name(self) -> str:
        return conventions.alert(self.kpi, self.bound)

    @property
    def rule(self) -> Rule:
        amount = style(self.kpi.unit)
        value = amount.template("$value")
        plan = amount.template(f"query `{self.plan}` | first | value")
        return Rule(self.name, self.expression, None, self.labels, self._annotations(value, plan))

    @property
    def expression(self) -> str:
        """True of the value that is worst among replicas of the exporter, so that they raise one alert."""
        value = f"{worst(self.bound)} by (company) ({headline(self.company, self.kpi)})"
        return f"{value} {self.bound.comparison} {self._limit}"

    @property
    def _limit(self) -> str:
        if self.follows_threshold_series:
            return f"max by (company) ({self.threshold_series})"
        if self.bound.level is not None:
            return number(self.bound.level)
        return self.plan if self._share == 1 else f"{number(self._share)} * {self.plan}"

    @property
    def _share(self) -> Decimal:
        assert self.bound.share is not None  # a bound has a level or a share
        return self.bound.share

    @property
    def follows_threshold_series(self) -> bool:
        """PromQL knows no years since launch: the exporter publishes such a threshold only while it is in force."""
        return self.condition.years is not None

    @property
    def threshold_series(self) -> str:
        labels = {"company": self.company.name, "kpi": self.kpi.id, "severity": self.severity}
        if side := conventions.bound_label(self.condition, self.bound):
            labels["bound"] = side
        return selector(conventions.THRESHOLD, **labels)

    @property
    def plan_series(self) -> str:
        labels = {"company": self.company.name, "kpi": self.kpi.id, "scenario": Scenario.BASE.value}
        return selector(conventions.PLAN, **labels)

    @property
    def plan(self) -> str:
        return f"max by (company) ({self.plan_series})"

    def limit(self, plan: float) -> float:
        """What the expression compares with while the plan's value is `plan`, in the arithmetic of Prometheus."""
        if self.bound.level is not None:
            return float(self.bound.level)
        return float(self._share) * plan

    @property
    def labels(self) -> Mapping[str, str]:
        """The rule's labels; `company` is also what its expression aggregates by."""
        return {
            "company": self.company.name,
            "kpi": self.kpi.id,
            "area": self.kpi.area,
            "severity": self.severity,
            "notify": self.kpi.notify.value,
        }

    def printed(self, value: float, plan: float) -> Mapping[str, str]:
        """The annotations as Prometheus prints them for a value, while the plan's is `plan`."""
        amount = style(self.kpi.unit)
        texts = self._annotations(amount.text(value), amount.text(plan))
        return {name: text.replace(_BRACES, "{{") for name, text in texts.items()}

    def _annotations(self, value: str, plan: str) -> Mapping[str, str]:
        """The annotations, where `value` and `plan` are amounts or the templates that print them."""
        title, threshold = _literal(self.kpi.title), _literal(" ".join(self.condition.text.split()))
        reference = f", and the plan is {plan} now" if self.bound.share is not None else ""
        return {
            "summary": f"{title} has crossed its {self.severity} threshold.",
            "description": f"{title} is {value}; {_WORDS[self.severity]} is {threshold}{reference}.",
            "action": _literal(action(self.kpi)),
            "runbook_url": conventions.runbook_url(self.company, self.name),
            "dashboard_url": panel_url(self.company, kpi_panel_id(self.company, self.kpi)),
        }


def kpi_alerts(company: Company) -> Iterator[KpiAlert]:
    """Every alert on a KPI's value, in the order of the catalogue, warnings before the red flags."""
    for kpi in company.kpis.values():
        for severity, condition in kpi.thresholds.items():
            for bound in condition.bounds:
                yield KpiAlert(company, kpi, severity, condition, bound)


def action(kpi: Kpi) -> str:
    """What the catalogue says is to be done; where it says nothing, who is to look into it."""
    if kpi.action is not None:
        return kpi.action
    if kpi.owner is not None:
        return f"To be looked into by {kpi.owner}, with the diagnosis in the runbook."
    return "Look into it with the diagnosis in the runbook."


def kpi_panel_id(company: Company, kpi: Kpi) -> int:
    """The KPI's panel on the wall: its position in the catalogue, from 1."""
    return list(company.kpis).index(kpi.id) + 1


def panel_url(company: Company, panel: int) -> str:
    """A panel of the company's wall, full screen."""
    return f"{company.links.dashboards}/d/{conventions.dashboard_uid(company.name, WALL)}?viewPanel={panel}"


def _literal(text: str) -> str:
    """A template that prints the text as it is."""
    return text.replace("{{", _BRACES)
