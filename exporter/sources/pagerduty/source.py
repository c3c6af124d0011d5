"""The source `pagerduty`: the past in slices of time, then what changed since the last poll."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from http import HTTPStatus

from exporter.records.batch import HttpFailed, Item, Records, Removed, Row, SourceFailed, Unfinished
from exporter.sources.exchange import Request
from exporter.sources.interface import Context, Deadline, Permission, Source
from exporter.sources.pagerduty.api import MOST, Api, Document, TimeSlice, TooMany
from exporter.sources.pagerduty.position import OVERLAP, Position
from exporter.sources.pagerduty.rows import (
    IncidentRows,
    created,
    first_acknowledgements,
    incident_of,
    is_acknowledgement,
    state,
    text,
)
from exporter.sources.session import Session

IN_A_SLICE = 1_000
"""Incidents of a slice: with their log entries some 50 requests, which one poll has time for."""

PERMISSIONS = (
    ("Incidents: read", "incidents"),
    ("Log entries: read", "log_entries"),
    ("Services: read", "services"),
)
"""What a key must be allowed to, and the list by which that is tried; services only where some are named."""

LONGEST = timedelta(days=90)
"""The time of a slice with few incidents; the API takes half a year."""

BUSY = timedelta(minutes=1)
"""A time so short that as many incidents are taken from it as the API gives."""

SHORTEST = timedelta(seconds=1)


class PagerDuty(Source):
    """Reads one account."""

    def __init__(self, session: Session, rows: IncidentRows, history: timedelta, in_a_slice: int = IN_A_SLICE) -> None:
        self._session = session
        self._rows = rows
        self._history = history
        self._in_a_slice = in_a_slice
        self._services_checked = not rows.services

    def poll(self, context: Context) -> Iterator[Item]:
        """Read from the stored position until now, slice by slice, then the open incidents that changed unnoticed."""
        self._session.trace = context.trace
        api = Api(self._session, context.deadline)
        self._check_services(api)
        position = Position.stored(context, f"{self._rows.fingerprint} {self._history}", self._history)
        step = LONGEST
        while position.at < context.now:
            span = TimeSlice(position.at, min(position.at + step, context.now))
            try:
                items = self._slice(api, span, position)
            except TooMany:
                step = (span.until - span.since) / 2
                if step < SHORTEST:
                    raise SourceFailed(
                        f"PagerDuty has more than {MOST:,} incidents or log entries in a few seconds about "
                        f"{position.at:%Y-%m-%d %H:%M:%S} UTC, which its API does not give"
                    ) from None
                continue
            yield from items
            position.at = span.until
            if position.at < context.now:
                position.store(context.cursor)
                yield Unfinished(position.share(context.now), f"incidents until {position.at:%Y-%m-%d %H:%M}")
                step = min(2 * step, LONGEST)
        yield from self._changed_unnoticed(api, position)
        position.is_read(context.now)
        position.store(context.cursor)

    def permissions(self, deadline: Deadline) -> Iterator[Permission]:
        """Ask for one incident, one log entry, and one service where some are named."""
        for what, path in PERMISSIONS:
            if path == "services" and not self._rows.services:
                continue
            request = Request(f"{self._session.url}/{path}", (("limit", "1"),))
            try:
                self._session.fetch(request, deadline)
            except HttpFailed as failure:
                if failure.status != 403:  # a key that is wrong lacks no permission
                    raise
                yield Permission(what, ("incidents",), str(failure))
            else:
                yield Permission(what, ("incidents",))

    def close(self) -> None:
        """Close the connections that are kept open for the next poll."""
        self._session.close()

    def _check_services(self, api: Api) -> None:
        """Refuse the name of a service that the account does not have: its incidents would silently be none."""
        if self._services_checked:
            return
        services = api.services()
        names = {str(service.get(part) or "").casefold() for service in services for part in ("id", "name", "summary")}
        if unknown := [name for name in self._rows.services if name.strip().casefold() not in names]:
            others = ", ".join(sorted(str(each.get("name") or each.get("summary")) for each in services)[:20])
            raise SourceFailed(f"the account has no service {' and no '.join(map(repr, unknown))}; it has {others}")
        self._services_checked = True

    def _slice(self, api: Api, span: TimeSlice, position: Position) -> list[Item]:
        """Return the incidents that were triggered in some time, and older ones that changed in it.

        An incident of before is as it was when it was read: only a change since then, or an acknowledgement, which
        stands in no incident, makes it worth a request of its own.
        """
        most = self._in_a_slice if span.until - span.since > BUSY else MOST
        incidents = {text(incident, "id"): incident for incident in api.incidents(span, most)}
        entries = api.changes(span, MOST)
        acknowledged = first_acknowledgements(entries)
        older = {
            incident_of(entry): None
            for entry in entries
            if incident_of(entry) not in incidents
            and (is_acknowledgement(entry) or created(entry) >= position.read_at - OVERLAP)
        }
        listed = [(each, acknowledged.get(id_)) for id_, each in incidents.items()]
        return [*self._items(position, listed), *self._again(api, position, older)]

    def _changed_unnoticed(self, api: Api, position: Position) -> Iterator[Item]:
        """Yield the open incidents that are not as they were read, and those that are open no longer."""
        try:
            present = {text(incident, "id"): state(incident) for incident in api.open_incidents()}
        except TooMany:
            raise SourceFailed(f"more than {MOST:,} incidents are open, which PagerDuty's API does not give") from None
        yield from self._again(api, position, position.differences(present))

    def _again(self, api: Api, position: Position, ids: Iterable[str]) -> Iterator[Item]:
        """Yield incidents by their ids, each with its first acknowledgement, whenever that was."""
        incidents, gone = [], []
        for id_ in ids:
            try:
                incidents.append((api.incident(id_), first_acknowledgements(api.changes_of(id_)).get(id_)))
            except HttpFailed as failure:
                if failure.status != HTTPStatus.NOT_FOUND:
                    raise
                position.open.pop(id_, None)
                gone.append(id_)
        yield from self._items(position, incidents)
        yield Removed("incidents", ({"incident_id": id_} for id_ in gone))
        if self._rows.outages:
            yield Removed("outages", ({"outage_id": id_} for id_ in gone))

    def _items(self, position: Position, incidents: list[tuple[Document, datetime | None]]) -> Iterator[Item]:
        """Yield rows of the incidents that count, and the removal of those that no longer do."""
        rows: list[Row] = []
        gone: list[Row] = []
        for incident, acknowledged_at in incidents:
            position.note(incident)
            if self._rows.counts(incident):
                rows.append(self._rows.row(incident, acknowledged_at))
            else:
                gone.append({"incident_id": text(incident, "id")})
        yield Records("incidents", iter(rows), snapshot=False)
        yield Removed("incidents", iter(gone))
        if self._rows.outages:
            yield from self._outages([incident for incident, _ in incidents])

    def _outages(self, incidents: list[Document]) -> Iterator[Item]:
        """Yield the incidents that are outages, and the removal of those that are none, or no longer."""
        down = [self._rows.outage(incident) for incident in incidents if self._rows.is_outage(incident)]
        others = [{"outage_id": text(each, "id")} for each in incidents if not self._rows.is_outage(each)]
        yield Records("outages", iter(down), snapshot=False)
        yield Removed("outages", iter(others))
