"""Resolves `people` and `alerting`: checks that teams can be reached, and that owners and areas exist."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from exporter.calendar import hours
from exporter.calendar.hours import Hours
from exporter.catalogue.alert_routing import BUSINESS_HOURS, DIGEST, Alerting, MonthClose
from exporter.catalogue.reading.inheritance import MergedCatalogue
from exporter.catalogue.schema.alerting import AlertingDocument, Channels, MonthCloseDocument
from exporter.mistakes import Keys, did_you_mean


def resolve(people: Mapping[str, Channels | None], document: AlertingDocument, merged: MergedCatalogue) -> Alerting:
    """Resolve the sections `people` and `alerting`; mistakes are noted."""
    present = {owner: channels for owner, channels in people.items() if channels is not None}
    owners = _values_of(merged, "owner")
    for owner, channels in present.items():
        _check_channels(owner, channels, document, owners, merged)
    _check_default(document.default, present, merged)
    if document.operator is not None:
        _check_team("operator", document.operator, present, merged)
    if document.watchdog is not None:
        _check_open(("alerting", "watchdog", "url"), merged)
    week = merged.parsed_or_noted(
        ("alerting", "business_hours", "days"), lambda: hours.days_of_week(document.business_hours.days)
    )
    day = merged.parsed_or_noted(
        ("alerting", "business_hours", "hours"), lambda: hours.hours_of_day(document.business_hours.hours)
    )
    digest_days = merged.parsed_or_noted(
        ("alerting", "digest", "days"), lambda: hours.days_of_week(document.digest.days)
    )
    digest_hour = merged.parsed_or_noted(("alerting", "digest", "at"), lambda: hours.hour_from(document.digest.at))
    return Alerting(
        people=present,
        default=document.default,
        operator=document.operator,
        page_at=document.page_at,
        business_hours=Hours(week, *day) if week and day else BUSINESS_HOURS,
        digest=Hours(digest_days, *digest_hour) if digest_days and digest_hour else DIGEST,
        month_close=_month_close(document.month_close, merged) if document.month_close else None,
        smtp=document.smtp,
        watchdog=document.watchdog,
    )


def _values_of(merged: MergedCatalogue, key: str) -> frozenset[str]:
    """Collect what the files' KPIs say under a key, those included that an extending file leaves out or changes."""
    written = [document.value.get("kpis") for document in merged.documents]
    kpis = [kpi for each in written if isinstance(each, dict) for kpi in each.values() if isinstance(kpi, dict)]
    return frozenset(str(kpi[key]) for kpi in kpis if kpi.get(key) is not None)


def _written(merged: MergedCatalogue, section: str, key: str) -> bool:
    """Return true if the key has a value, even one that validation left out because it does not fit."""
    values = merged.value.get(section)
    return isinstance(values, dict) and values.get(key) is not None


def _check_channels(
    owner: str, channels: Channels, document: AlertingDocument, owners: Collection[str], merged: MergedCatalogue
) -> None:
    path: Keys = ("people", owner)
    if owner not in owners and owner not in (document.default, document.operator):
        message = f"no KPI has the owner {owner!r}{did_you_mean(owner, owners)}"
        merged.problem(path, message, at_key=True)
    if not any((channels.slack, channels.teams, channels.email, channels.webhook)):
        merged.problem(path, "has no channel for tickets; give it `slack`, `teams`, `email` or `webhook`", at_key=True)
    if channels.email and document.smtp is None and not _written(merged, "alerting", "smtp"):
        merged.problem((*path, "email"), "needs the server that takes e-mail; name it in `alerting.smtp`")
    if channels.webhook is not None:
        _check_open((*path, "webhook", "url"), merged)


def _check_open(path: Keys, merged: MergedCatalogue) -> None:
    if merged.from_outside(path):
        message = "is written into alertmanager.yml as it is, so it cannot come from a variable or file"
        merged.problem(path, f"{message}; write it here, and name the file of its token in `credentials_file`")


def _check_default(default: str | None, people: Mapping[str, Channels], merged: MergedCatalogue) -> None:
    if default is None:
        if people and not _written(merged, "alerting", "default"):
            message = "say in `alerting.default` which of them is told of what belongs to none of them"
            merged.problem(("people",), message, at_key=True)
    else:
        _check_team("default", default, people, merged)


def _check_team(key: str, team: str, people: Mapping[str, Channels], merged: MergedCatalogue) -> None:
    if team not in people and not _written(merged, "people", team):
        merged.problem(("alerting", key), f"{team!r} is not among `people`{did_you_mean(team, people)}")


def _month_close(document: MonthCloseDocument, merged: MergedCatalogue) -> MonthClose | None:
    path: Keys = ("alerting", "month_close")
    for what, named in (("area", document.areas), ("owner", document.owners)):
        values = _values_of(merged, what)
        for index, name in enumerate(named):
            if name not in values:
                message = f"no KPI has the {what} {name!r}{did_you_mean(name, values)}"
                merged.problem((*path, f"{what}s", index), message)
    if not document.areas and not document.owners:
        merged.problem(path, "names neither `areas` nor `owners` whose alerts wait", at_key=True)
    days = merged.parsed_or_noted((*path, "days"), lambda: hours.days_of_month(str(document.days)))
    return MonthClose(*days, frozenset(document.areas), frozenset(document.owners)) if days else None
