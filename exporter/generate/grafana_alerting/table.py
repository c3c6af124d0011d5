"""The page that maps each alerting rule to the Grafana rule that is made of the same alert."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from exporter import conventions
from exporter.alerts.alert import KpiAlert
from exporter.alerts.exporter_alerts import exporter_alerts
from exporter.alerts.health import AREA
from exporter.alerts.operator import linking_company
from exporter.catalogue.model import Company
from exporter.generate.grafana_alerting.rules import EXPORTER_FOLDER, uid
from exporter.generate.rules.rules import Alert, alerts_by_area, group_name
from exporter.generate.text import markdown_page

PATH = "docs/grafana-rules.md"

_INTRODUCTION = """\
Each alerting rule of the shipped catalogues, and the uid of the rule that `kpi-exporter generate --format
grafana-alerting` makes of the same alert. Both ask the same PromQL. [Alerting](alerting.md#grafana-managed-rules) says
how they differ.
"""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the page of these companies."""
    return {PATH: markdown_page("Grafana-managed rules", _INTRODUCTION, _tables(companies))}


def _tables(companies: Sequence[Company]) -> Iterator[str]:
    for company in companies:
        yield ""
        yield f"## {company.title}"
        yield from _head()
        for area, alerts in alerts_by_area(company).items():
            yield from (_row(alert, group_name(company, area), uid(alert)) for alert in alerts)
    if linked := linking_company(companies):
        yield ""
        yield f"## {EXPORTER_FOLDER}"
        yield from _head()
        for each in exporter_alerts(linked):
            yield _row(each, conventions.JOB, uid(each))


def _head() -> Iterator[str]:
    yield ""
    yield "| alert | severity | of | group | uid |"
    yield "|---|---|---|---|---|"


def _row(alert: Alert, of_group: str, of_rule: str) -> str:
    distinguishing = ("segment", "tier") if isinstance(alert, KpiAlert) else ("kpi", "level", "bound", "area", "owner")
    of = ", ".join(alert.labels[label] for label in distinguishing if alert.labels.get(label, AREA) != AREA)
    return f"| `{alert.name}` | {alert.labels['severity']} | {of} | `{of_group}` | `{of_rule}` |"
