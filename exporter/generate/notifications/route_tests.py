"""Tests of the routes: for every path of an alert, its labels and the receivers that must get it.

Each line has the arguments of one `amtool config routes test`, so that xargs runs them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from exporter import conventions
from exporter.alerts.alert import KpiAlert
from exporter.alerts.early_alerts import early_alerts
from exporter.alerts.kpi_alerts import kpi_alerts
from exporter.catalogue.model import Company
from exporter.generate.notifications.matching import quoted
from exporter.generate.notifications.recipients import (
    NOBODY,
    NotificationKind,
    companies_with_watchdog,
    notification_kind,
    operating_teams,
    receiver,
    recipient,
    root_receiver,
    watchdog_receiver,
)
from exporter.generate.text import MARK

_HOW = (
    f"grep -v '^#' {conventions.ROUTE_TESTS_FILE}"
    f" | xargs -L 1 amtool config routes test --config.file={conventions.ALERTMANAGER_FILE}"
)
_PLAIN = re.compile(r"[a-zA-Z0-9_.-]+")
_ROUTED_BY = ("company", "owner", "area", "severity", "notify")
"""The labels that routes select by, beside the alert's name."""


def generate(companies: Sequence[Company]) -> Mapping[str, str]:
    """Return the file of route tests."""
    lines = [f"# {MARK}", f"# To run them: {_HOW}", *_tests(companies)]
    return {conventions.ROUTE_TESTS_FILE: "\n".join(lines) + "\n"}


def _tests(companies: Sequence[Company]) -> Iterator[str]:
    yield _test(
        [watchdog_receiver(each) for each in companies_with_watchdog(companies)], {"alertname": conventions.WATCHDOG}
    )
    tickets = [receiver(company, team, NotificationKind.TICKET) for company, team in operating_teams(companies)]
    for name in conventions.EXPORTER_ALERTS:
        yield _test(tickets, {"alertname": name, "instance": "exporter-1", "notify": "ticket"})
    for company in companies:
        yield from _company(company) if company.alerting.people else ()
    yield _test([root_receiver(companies)], {"alertname": "OfNoCompany"})


def _company(company: Company) -> Iterator[str]:
    """Yield a test per health alert, and one per combination of the labels that routes select by."""
    down = {"alertname": conventions.EXPORTER_DOWN, "company": company.name, "severity": "critical", "notify": "page"}
    yield _test([receiver(company, recipient(company, None), NotificationKind.PAGE)], down)
    for name in conventions.DATA_ALERTS:
        labels = {"alertname": name, "company": company.name, "severity": "warning", "notify": "ticket"}
        yield _test([_ticket(company)], labels)
    for early in early_alerts(company):
        kind = notification_kind(company, early.labels)
        labels = {"alertname": early.name, **early.labels}
        yield _test([receiver(company, recipient(company, early.labels.get("owner")), kind)], labels)
    alerts_by_labels: dict[tuple[str | None, ...], KpiAlert] = {}
    for alert in kpi_alerts(company):
        alerts_by_labels.setdefault(tuple(alert.labels.get(label) for label in _ROUTED_BY), alert)
    labels_of_all = [alert.labels for alert in alerts_by_labels.values()]
    labels_of_all += [early.labels for early in early_alerts(company)]
    kinds = dict.fromkeys(notification_kind(company, labels) for labels in labels_of_all)
    for kind in kinds | {NotificationKind.TICKET: None}:
        labels = {"alertname": "OfNoOwner", "company": company.name, "severity": "critical", "notify": kind.value}
        yield _test([receiver(company, recipient(company, None), kind)], labels)
    for alert in alerts_by_labels.values():
        person = recipient(company, alert.kpi.owner)
        yield _test(
            [receiver(company, person, notification_kind(company, alert.labels))],
            {"alertname": alert.name, **alert.labels},
        )


def _ticket(company: Company) -> str:
    return receiver(company, recipient(company, None), NotificationKind.TICKET)


def _test(receivers: Sequence[str], labels: Mapping[str, str]) -> str:
    arguments = [f"--verify.receivers={','.join(receivers or [NOBODY])}"]
    arguments += [f"{name}={value if _PLAIN.fullmatch(value) else quoted(value)}" for name, value in labels.items()]
    return shlex.join(arguments)
