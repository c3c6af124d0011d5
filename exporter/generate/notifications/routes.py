"""The routing tree: who receives each alert that the rules can fire, when, and grouped with what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from exporter import conventions
from exporter.alerts.early_alerts import warning_kpis
from exporter.alerts.kpi_alerts import kpi_alerts
from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.schema.company import Early, Notify
from exporter.generate.notifications.intervals import business_hours, digest_hour, month_close
from exporter.generate.notifications.matching import Matcher, matcher
from exporter.generate.notifications.recipients import (
    NOBODY,
    NotificationKind,
    companies_with_watchdog,
    notification_kind,
    operating_teams,
    paging_severities,
    receiver,
    recipient,
    root_receiver,
    watchdog_receiver,
)

Route = dict[str, Any]


@dataclass(frozen=True)
class GroupTiming:
    """Says what one message groups, how long Alertmanager waits for more of it, and when it repeats.

    Alertmanager forgets what it sent after 5 days, so a longer `repeat_interval` would have no effect.
    """

    group_by: tuple[str, ...]
    group_wait: str
    group_interval: str
    repeat_interval: str


GROUP_TIMINGS: Mapping[NotificationKind, GroupTiming] = {
    # One minute, the interval of the rules, lets an inhibiting alert arrive before the page goes out.
    NotificationKind.PAGE: GroupTiming(("company", "kpi"), "1m", "5m", "4h"),
    # Each KPI is one ticket, which one person can take and close. Alertmanager retries what waits for the morning every
    # `group_interval`, so a ticket may be that late.
    NotificationKind.TICKET: GroupTiming(("company", "kpi"), "5m", "10m", "3d"),
    # Alertmanager tries twice within the hour, and sends once, since the next hour is at least a day away.
    NotificationKind.DIGEST: GroupTiming(("company",), "5m", "30m", "12h"),
}
DATA = GroupTiming(("company",), "10m", "1h", "3d")
"""One message for all problems with a company's data: a failed source affects many KPIs, and fires later than some."""
WATCHDOG = GroupTiming(("alertname",), "0s", "1m", "5m")


def root(companies: Sequence[Company]) -> Route:
    """Return the whole tree; an alert without a company goes to the recipients of the exporter's own alerts."""
    with_people = [company for company in companies if company.alerting.people]
    return {
        "receiver": root_receiver(companies),
        **_timing(GroupTiming(("company", "alertname"), "5m", "10m", "3d")),
        "routes": [*_watchdogs(companies), *_exporter(companies), *map(_company, with_people)],
    }


def receivers_of(route: Mapping[str, Any]) -> Iterator[str]:
    """Yield the receiver of a route and of each below it."""
    yield route["receiver"]
    for below in route.get("routes", []):
        yield from receivers_of(below)


def _timing(timing: GroupTiming) -> Route:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(timing).items()}


def _default(company: Company, kind: NotificationKind) -> str:
    return receiver(company, recipient(company, None), kind)


def _to_each(routes: Sequence[Route]) -> list[Route]:
    """Return the routes so that an alert takes all of them."""
    return [*({**route, "continue": True} for route in routes[:-1]), *routes[-1:]]


def _watchdogs(companies: Sequence[Company]) -> list[Route]:
    receivers = [watchdog_receiver(company) for company in companies_with_watchdog(companies)] or [NOBODY]
    matchers = [matcher("alertname", conventions.WATCHDOG)]
    return _to_each([{"matchers": matchers, "receiver": name, **_timing(WATCHDOG)} for name in receivers])


def _exporter(companies: Sequence[Company]) -> list[Route]:
    teams = operating_teams(companies)
    return _to_each([_data(company, team, conventions.EXPORTER_ALERTS) for company, team in teams])


def _company(company: Company) -> Route:
    kpis = {kind: list(_kpis_by_kind(company, kind)) for kind in NotificationKind}
    pages = [matcher("notify", Notify.PAGE), matcher("severity", *paging_severities(company))]
    of_company = [matcher("company", company.name)]
    route = _branch(company, NotificationKind.TICKET, of_company, kpis[NotificationKind.TICKET])
    branches = [
        _branch(company, NotificationKind.PAGE, pages, kpis[NotificationKind.PAGE]),
        _data(company, recipient(company, None), conventions.DATA_ALERTS),
    ]
    if digested := kpis[NotificationKind.DIGEST]:
        branches.append(_branch(company, NotificationKind.DIGEST, [matcher("notify", Notify.DIGEST)], digested))
    return {**route, "routes": [*branches, *route.get("routes", [])]}


def _kpis_by_kind(company: Company, kind: NotificationKind) -> Iterator[Kpi]:
    """Yield the KPIs that have an alert of this kind, early warnings included."""
    for alert in kpi_alerts(company):
        if notification_kind(company, alert.labels) is kind:
            yield alert.kpi
    yield from (kpi for early in Early if early.value == kind.value for kpi in warning_kpis(company, early))


def _data(company: Company, team: str, names: Sequence[str]) -> Route:
    """Return the route of health alerts of these names: to the team, as one ticket in business hours."""
    return {
        "matchers": [matcher("alertname", *names)],
        "receiver": receiver(company, team, NotificationKind.TICKET),
        **_timing(DATA),
        "active_time_intervals": [business_hours(company)],
    }


def _branch(company: Company, kind: NotificationKind, matchers: list[Matcher], kpis: Iterable[Kpi]) -> Route:
    """Return a route to the default recipient, with routes to other owners below it."""
    by_person: dict[str, list[Kpi]] = {}
    for kpi in kpis:
        by_person.setdefault(recipient(company, kpi.owner), []).append(kpi)
    own_kpis = by_person.pop(recipient(company, None), [])
    route = {
        "matchers": matchers,
        "receiver": _default(company, kind),
        **_timing(GROUP_TIMINGS[kind]),
        **_active_times(company, kind),
    }
    others = [_owned(company, kind, person, owned) for person, owned in sorted(by_person.items())]
    return _with_routes(route, [*others, *_closing(company, kind, _default(company, kind), own_kpis)])


def _owned(company: Company, kind: NotificationKind, person: str, kpis: Sequence[Kpi]) -> Route:
    name = receiver(company, person, kind)
    route = {"matchers": [matcher("owner", person)], "receiver": name, **_active_times(company, kind)}
    if kind is not NotificationKind.PAGE and all(_waits_for_books(company, kpi) for kpi in kpis):
        return {**route, "mute_time_intervals": [month_close(company)]}
    return _with_routes(route, list(_closing(company, kind, name, kpis)))


def _closing(company: Company, kind: NotificationKind, name: str, kpis: Iterable[Kpi]) -> Iterator[Route]:
    """Yield routes for alerts on those of the KPIs that wait until the books are closed; a page never waits."""
    close = company.alerting.month_close
    if close is None or kind is NotificationKind.PAGE:
        return
    waiting = [kpi for kpi in kpis if _waits_for_books(company, kpi)]
    owners = sorted({kpi.owner for kpi in waiting if kpi.owner in close.owners and kpi.owner is not None})
    areas = sorted({kpi.area for kpi in waiting if kpi.owner not in close.owners})
    for label, values in (("owner", owners), ("area", areas)):
        if values:
            yield {
                "matchers": [matcher(label, *values)],
                "receiver": name,
                **_active_times(company, kind),
                "mute_time_intervals": [month_close(company)],
            }


def _waits_for_books(company: Company, kpi: Kpi) -> bool:
    close = company.alerting.month_close
    return close is not None and (kpi.area in close.areas or kpi.owner in close.owners)


def _active_times(company: Company, kind: NotificationKind) -> Route:
    """Return when a route sends; Alertmanager's routes do not inherit that."""
    match kind:
        case NotificationKind.PAGE:
            return {}
        case NotificationKind.TICKET:
            return {"active_time_intervals": [business_hours(company)]}
        case NotificationKind.DIGEST:
            return {"active_time_intervals": [digest_hour(company)]}


def _with_routes(route: Route, routes: list[Route]) -> Route:
    return {**route, "routes": routes} if routes else route
