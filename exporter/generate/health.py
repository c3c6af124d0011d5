"""The alerts on the exporter itself: whether there are numbers at all, and whether they are fresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exporter import conventions
from exporter.catalogue.document import Notify
from exporter.catalogue.model import Company
from exporter.generate.alerts import Rule, panel_url
from exporter.generate.amounts import humanize_duration
from exporter.generate.promql import selector
from exporter.kpis.reading import Reason

AREA = "health"


@dataclass(frozen=True)
class HealthAlert:
    """One concern about a company's numbers.

    `minutes` is the rule's `for`, 0 for none. `by` names the labels, beside `company`, that the expression keeps;
    in `description` these words in braces stand for their values, and `{value}` for the value, a duration.
    `panel` is the id of its panel on the wall, which shows `glance` under `caption`.
    """

    company: Company
    name: str
    expression: str
    minutes: int
    by: tuple[str, ...]
    severity: str
    notify: Notify
    summary: str
    description: str
    action: str
    meaning: str
    diagnosis: str
    panel: int
    caption: str
    glance: str

    @property
    def rule(self) -> Rule:
        hold = f"{self.minutes}m" if self.minutes else None
        labels = {label: f"{{{{ $labels.{label} }}}}" for label in self.by}
        annotations = self._annotations(labels, "{{ $value | humanizeDuration }}")
        return Rule(self.name, self.expression, hold, self.labels, annotations)

    @property
    def labels(self) -> Mapping[str, str]:
        """The rule's labels; an alert also has those of `by`."""
        return {
            "company": self.company.name,
            "area": AREA,
            "severity": self.severity,
            "notify": self.notify.value,
        }

    def printed(self, labels: Mapping[str, str], value: float) -> Mapping[str, str]:
        """The annotations as Prometheus prints them for an alert with these labels and this value."""
        return self._annotations(labels, humanize_duration(value))

    def _annotations(self, labels: Mapping[str, str], value: str) -> Mapping[str, str]:
        return {
            "summary": self.summary,
            "description": self.description.format(**labels, value=value),
            "action": self.action,
            "runbook_url": conventions.runbook_url(self.company, self.name),
            "dashboard_url": panel_url(self.company, self.panel),
        }


def health_alerts(company: Company) -> tuple[HealthAlert, ...]:
    """The four health alerts of a company."""
    return (_exporter_down(company), _source_down(company), _data_stale(company), _kpi_unknown(company))


def _exporter_down(company: Company) -> HealthAlert:
    info = selector(conventions.INFO, company=company.name)
    return HealthAlert(
        company,
        conventions.EXPORTER_DOWN,
        expression=f"absent({info})",
        minutes=5,
        by=(),
        severity="critical",
        notify=Notify.PAGE,
        summary="No KPI reaches Prometheus.",
        description=f"Prometheus has had no KPI of {company.name} for 5 minutes; no alert on a KPI can fire.",
        action="Start the exporter, or mend the scrape of it.",
        meaning="The exporter is down, or Prometheus cannot scrape it. The KPIs themselves may be in order.",
        diagnosis=f'up{{job="{conventions.JOB}"}}',
        panel=1001,
        caption="KPIs exported",
        glance=f"count(count by (kpi) ({info})) or vector(0)",
    )


def _source_down(company: Company) -> HealthAlert:
    up = f"max by (company, source) ({selector(conventions.SOURCE_UP, company=company.name)})"
    since = selector(conventions.SOURCE_LAST_SUCCESS, company=company.name)
    return HealthAlert(
        company,
        conventions.SOURCE_DOWN,
        expression=f"{up} == 0",
        minutes=5,
        by=("source",),
        severity="warning",
        notify=Notify.TICKET,
        summary="A source of KPIs cannot be read.",
        description="The last poll of {source} failed; its KPIs keep their last value until it is too old.",
        action="Read the source's error on the exporter's page, and mend the source or its credentials.",
        meaning="The last poll of a source failed, and so did its retries.",
        diagnosis=f"time() - max by (company, source) ({since})",
        panel=1002,
        caption="Sources down",
        glance=f"sum(1 - {up}) or vector(NaN)",
    )


def _data_stale(company: Company) -> HealthAlert:
    read = selector(conventions.DATA_TIMESTAMP, company=company.name)
    limit = f"max by (company, kpi) ({selector(conventions.STALE_AFTER, company=company.name)})"
    age = f"time() - max by (company, kpi) ({read})"
    return HealthAlert(
        company,
        conventions.DATA_STALE,
        expression=f"{age} > {limit}",
        minutes=0,
        by=("kpi",),
        severity="warning",
        notify=Notify.TICKET,
        summary="A KPI rests on old data.",
        description="The data behind {kpi} is {value} old, although it is read more often than that.",
        action="Find the source that is behind, and do not decide on the number before it is fresh.",
        meaning="Polls were due since the data behind a KPI was read, and none succeeded.",
        diagnosis=age,
        panel=1003,
        caption="KPIs on old data",
        glance=f"sum({age} > bool {limit}) or vector(NaN)",
    )


def _kpi_unknown(company: Company) -> HealthAlert:
    every = selector(conventions.UNKNOWN, company=company.name)
    unknown = f'{every.removesuffix("}")},reason!="{Reason.UNDEFINED.value}"}}'
    info = selector(conventions.INFO, company=company.name)
    return HealthAlert(
        company,
        conventions.KPI_UNKNOWN,
        expression=f"max by (company, kpi, reason) ({unknown}) == 1",
        minutes=15,
        by=("kpi", "reason"),
        severity="warning",
        notify=Notify.TICKET,
        summary="A KPI has no value.",
        description="{kpi} has had no value for 15 minutes ({reason}); its thresholds are not watched.",
        action="Ask `kpi-exporter explain` what is missing, and mend the source behind it.",
        meaning="A KPI that should have a value has none. One that has none by its definition raises no alert.",
        diagnosis=every,
        panel=1004,
        caption="KPIs without a value",
        glance=f"count(count by (kpi) ({unknown})) or 0 * count({info}) or vector(NaN)",
    )
