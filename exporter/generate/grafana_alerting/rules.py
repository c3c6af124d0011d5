"""Grafana-managed rules: one of each of our alerts, with its PromQL, labels and words.

Without data nothing begins and nothing ends: an alert on a value keeps its state while the value is unknown, its source
overdue, or Prometheus silent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from exporter import conventions
from exporter.alerts.accumulating import AccumulatingAlert
from exporter.alerts.alert import KpiAlert
from exporter.alerts.exporter_alerts import exporter_alerts
from exporter.alerts.health import HealthAlert
from exporter.alerts.operator import linking_company
from exporter.alerts.promql import last_value, max_of_replicas, selector
from exporter.catalogue.model import Company
from exporter.generate.grafana_alerting.interpolation import annotation, escaped
from exporter.generate.grafana_alerting.muting import muted, without_muted
from exporter.generate.grafana_alerting.nodes import CONDITION, Node, above_zero, present, query
from exporter.generate.rules.rules import INTERVAL, Alert, alerts_by_area, group_name
from exporter.kpis.reading import Reason
from exporter.quantities.prometheus import style

Rule = Mapping[str, Any]
Group = Mapping[str, Any]

EXPORTER_FOLDER = "KPI exporter"

VALUE, REFERENCE, TRUTH, IS_PART, DAYS_LEFT = "A", "B", "T", "P", "D"
"""The nodes of a rule on a value: it and what it is compared with where it is beyond its limit, 1 or 0 for whether it
is, and of what accumulates whether it is that of the period that runs, and how many days are left of that."""

_PART = (
    f"{{{{ if gt $values.{IS_PART}.Value 0.0 }}}} already{{{{ if ge $values.{DAYS_LEFT}.Value 0.0 }}}} (days left: "
    f'{{{{ printf "%.0f" $values.{DAYS_LEFT}.Value }}}}){{{{ end }}}}{{{{ end }}}}'
)


def company_groups(company: Company, datasource: str) -> list[Group]:
    """Return a group for each area that has alerts, and one of health alerts, in the company's folder."""
    return [
        _group(company.title, group_name(company, area), [_rule(alert, datasource) for alert in alerts])
        for area, alerts in alerts_by_area(company).items()
    ]


def exporter_groups(companies: Sequence[Company], datasource: str) -> list[Group]:
    """Return the group about exporters; none without a company, to whose runbooks it links."""
    linked = linking_company(companies)
    if linked is None:
        return []
    rules = [_rule(alert, datasource) for alert in exporter_alerts(linked)]
    return [_group(EXPORTER_FOLDER, conventions.JOB, rules)]


def uid(alert: Alert) -> str:
    """Return the uid of an alert's rule: its labels tell it from every other rule, as in Prometheus."""
    identity = json.dumps([alert.name, sorted(alert.labels.items())])
    return conventions.grafana_uid(f"{alert.name}-{alert.labels['severity']}", identity)


def _group(title: str, name: str, rules: Sequence[Rule]) -> Group:
    return {"orgId": 1, "name": escaped(name), "folder": escaped(title), "interval": INTERVAL, "rules": list(rules)}


def _rule(alert: Alert, datasource: str) -> Rule:
    if isinstance(alert, KpiAlert):
        return _on_value(alert, datasource)
    return _on_health(alert, datasource)


def _on_value(alert: KpiAlert, datasource: str) -> Rule:
    amount = style(alert.kpi.unit)
    value, reference = (amount.template(f"$values.{name}.Value") for name in (VALUE, REFERENCE))
    queries = {VALUE: alert.expression, TRUTH: _truth(alert)}
    if alert.reference:
        queries[REFERENCE] = alert.reference
    if isinstance(alert, AccumulatingAlert):
        queries |= _running_period(alert)
        value += _PART
    nodes = [*(query(name, expression, datasource) for name, expression in queries.items()), above_zero(TRUTH)]
    return _made(alert, nodes, alert.texts(value, reference), no_data="KeepLast")


def _on_health(alert: HealthAlert, datasource: str) -> Rule:
    stated = {word: lookup.stated for word, lookup in alert.lookups.items()}
    pipe = 'printf "%.0f"' if alert.counts else "humanizeDuration"
    texts = alert.texts({**alert.label_templates, **stated}, f"{{{{ $values.{VALUE}.Value | {pipe} }}}}")
    nodes = [query(VALUE, without_muted(alert), datasource), present(VALUE)]
    # Their expressions answer nothing while all is well.
    return _made(alert, nodes, texts, no_data="OK")


def _made(alert: Alert, nodes: Sequence[Node], texts: Mapping[str, str], *, no_data: str) -> Rule:
    rule = alert.rule
    # If the watchdog went on without an answer of Prometheus, nobody would learn that nothing is evaluated.
    on_error = "OK" if alert.name == conventions.WATCHDOG else "KeepLast"
    return {
        "uid": uid(alert),
        "title": escaped(alert.name),
        "condition": CONDITION,
        "data": list(nodes),
        "noDataState": no_data,
        "execErrState": on_error,
        "for": rule.wait or "0s",
        **({"keepFiringFor": rule.keep} if rule.keep else {}),
        "missing_series_evals_to_resolve": 1,
        "labels": escaped(dict(rule.labels)),
        "annotations": {name: annotation(text) for name, text in texts.items()},
    }


def _truth(alert: KpiAlert) -> str:
    """Return 1 where the alert's condition holds, 0 where it does not, and nothing where that is unknown or muted."""
    quiet = f"{Reason.TOO_YOUNG.value}|{Reason.UNDEFINED.value}"
    unknown = selector(conventions.UNKNOWN, company=alert.company.name, kpi=alert.kpi.id).removesuffix("}")
    rightly_unknown = f'{unknown},reason=~"{quiet}"}}'
    decided = f"group by (company) ({alert.basis} or {last_value(rightly_unknown)})"
    truth = f"group by (company) ({alert.expression}) or on (company) 0 * {decided}"
    for condition in muted(alert):
        truth = f"({truth}) unless on (company) ({condition})"
    return truth


def _running_period(alert: AccumulatingAlert) -> Mapping[str, str]:
    """Return whether the value is that of the period that runs, and its days left, -1 where that is unknown."""
    part, ends = max_of_replicas(alert.to_date_series), max_of_replicas(alert.period_end_series)
    return {
        IS_PART: f"{part} >= bool on (company) ({alert.expression}) or on (company) 0 * ({alert.expression})",
        DAYS_LEFT: f"ceil(({ends} - time()) / (24 * 60 * 60)) or on (company) 0 * ({alert.expression}) - 1",
    }
