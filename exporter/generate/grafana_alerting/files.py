"""The files below `grafana-alerting/`, which Grafana reads from `provisioning/alerting`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exporter import conventions
from exporter.catalogue.connection import connected_part
from exporter.catalogue.model import Company
from exporter.generate.grafana_alerting.contact_points import contact_points
from exporter.generate.grafana_alerting.policies import mute_timings, policy
from exporter.generate.grafana_alerting.rules import company_groups, exporter_groups
from exporter.generate.notifications import messages
from exporter.generate.notifications.routes import receivers_of
from exporter.generate.text import Verbatim, yaml_file

NOTIFICATIONS = "notifications"


def provisioning(companies: Sequence[Company], datasource: str) -> Mapping[str, str]:
    """Return a file of rules for each company and for exporters, and one of who is told.

    `datasource` is the uid of the Prometheus that scrapes the exporter. Without people there is nobody to tell.
    """
    connected = [connected_part(company) for company in companies]
    groups = {company.name: company_groups(company, datasource) for company in connected}
    groups[conventions.EXPORTER] = exporter_groups(connected, datasource)
    contents = {f"{name}.rules": {"groups": each} for name, each in groups.items()}
    if any(company.alerting.people for company in connected):
        contents[NOTIFICATIONS] = dict(_notifications(connected))
    return {
        conventions.grafana_alerting_file(name): yaml_file({"apiVersion": 1, **content})
        for name, content in contents.items()
    }


def _notifications(companies: Sequence[Company]) -> Iterator[tuple[str, Any]]:
    tree = policy(companies)
    used = set(receivers_of(tree))
    yield "contactPoints", [each for each in contact_points(companies) if each["name"] in used]
    yield "policies", [tree]
    yield "muteTimes", list(mute_timings(companies))
    yield (
        "templates",
        [
            {"orgId": 1, "name": path.rsplit("/", 1)[-1], "template": Verbatim(text)}
            for path, text in messages.generate(companies).items()
        ],
    )
