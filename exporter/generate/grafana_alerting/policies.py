"""The notification policy and mute timings: our routes, as Grafana's own Alertmanager reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exporter.catalogue.model import Company
from exporter.generate.grafana_alerting.interpolation import escaped
from exporter.generate.notifications.intervals import intervals
from exporter.generate.notifications.recipients import NOBODY, root_receiver
from exporter.generate.notifications.routes import Route, root

_ALWAYS = "kpi-exporter/always"
"""The mute timing of what nobody is told: Grafana has no contact point without channels."""


def policy(companies: Sequence[Company]) -> Mapping[str, Any]:
    """Return the tree of routes, which replaces that of the organisation."""
    tree: Route = escaped({"orgId": 1, **_route(root(companies), root_receiver(companies))})
    return tree


def mute_timings(companies: Sequence[Company]) -> Iterator[Mapping[str, Any]]:
    """Yield the intervals that the routes name."""
    yield {"orgId": 1, "name": _ALWAYS, "time_intervals": [{"months": ["1:12"]}]}
    for company in companies:
        if company.alerting.people:
            yield from ({"orgId": 1, **interval} for interval in intervals(company))


def _route(route: Route, otherwise: str) -> Route:
    """Return a route with matchers as triples; what is for nobody goes to `otherwise`, and is muted."""
    made = {key: value for key, value in route.items() if key not in ("matchers", "routes")}
    if route["receiver"] == NOBODY:
        made |= {"receiver": otherwise, "mute_time_intervals": [_ALWAYS]}
    if "matchers" in route:
        made["object_matchers"] = [list(each) for each in route["matchers"]]
    if "routes" in route:
        made["routes"] = [_route(below, otherwise) for below in route["routes"]]
    return made
