"""Turns incidents of PagerDuty and their log entries into rows of the record table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal, get_args

from exporter.records.batch import Row, SourceFailed, Unreadable
from exporter.sources.pagerduty.api import Document

Priority = Literal["P1", "P2", "P3", "P4", "P5"]
"""The priorities of the record table `incidents`."""

_ACKNOWLEDGED = ("acknowledge_log_entry", "acknowledgement_log_entry")
"""How the type of an acknowledgement is written: the API's own document has both."""

_MERGED = "merge_resolve_reason"
_PRIORITIES = {word.casefold(): word for word in get_args(Priority)}


def text(document: Document, name: str) -> str:
    """Return a text of a document that must be there."""
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise SourceFailed(f"PagerDuty sent a {document.get('type', 'document')} without `{name}`")
    return value


def created(document: Document) -> datetime:
    """Return when something was created."""
    written = text(document, "created_at")
    try:
        at = datetime.fromisoformat(written)
    except ValueError:
        raise SourceFailed(f"PagerDuty sent a time that cannot be read: {written[:40]!r}") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def incident_of(entry: Document) -> str:
    """Return the id of the incident that a log entry is about."""
    return text(entry.get("incident") or {"type": "log entry's incident"}, "id")


def is_acknowledgement(entry: Document) -> bool:
    """Tell whether a log entry is an acknowledgement, the first or a later one."""
    return entry.get("type") in _ACKNOWLEDGED


def first_acknowledgements(entries: Iterable[Document]) -> Mapping[str, datetime]:
    """Return the earliest acknowledgement among some log entries, by incident.

    A later one, after the first has timed out, changes nothing: somebody had answered.
    """
    first: dict[str, datetime] = {}
    for entry in filter(is_acknowledgement, entries):
        id_, at = incident_of(entry), created(entry)
        first[id_] = min(at, first.get(id_, at))
    return first


class IncidentRows:
    """Decides which incidents count, and what they say in the columns of the record table."""

    def __init__(
        self,
        priorities: Mapping[str, Priority],
        urgencies: Mapping[str, Priority],
        services: Sequence[str],
        outages: Sequence[Priority] = (),
    ) -> None:
        own = {name.strip().casefold(): priority for name, priority in priorities.items()}
        self._priorities: Mapping[str, str] = {**_PRIORITIES, **own}
        self._urgencies: Mapping[str, str] = urgencies
        self._services = {name.strip().casefold() for name in services}
        self.services = services
        self.outages = outages

    @property
    def fingerprint(self) -> str:
        """A short text that is another when other incidents count, or they count as something else."""
        decisions = [
            self._priorities,
            self._urgencies,
            sorted(self._services),
            *([self.outages] if self.outages else []),
        ]
        return sha256(json.dumps(decisions, sort_keys=True).encode()).hexdigest()[:12]

    def counts(self, incident: Document) -> bool:
        """Tell whether an incident is a row: one that was merged into another lives on in that one."""
        reason = incident.get("resolve_reason") or {}
        if reason.get("type") == _MERGED:
            return False
        service = incident.get("service") or {}
        names = {str(service.get(part) or "").casefold() for part in ("id", "summary", "name")}
        return not self._services or not self._services.isdisjoint(names)

    def is_outage(self, incident: Document) -> bool:
        """Tell whether an incident is one in which the platform was down."""
        return self.counts(incident) and self._priority(incident) in self.outages

    def row(self, incident: Document, acknowledged_at: datetime | None) -> Row:
        """Return the row of an incident, as it is now."""
        return {
            "incident_id": text(incident, "id"),
            "priority": self._priority(incident),
            "triggered_at": text(incident, "created_at"),
            "acknowledged_at": acknowledged_at,
            "resolved_at": _resolved_at(incident),
        }

    def outage(self, incident: Document) -> Row:
        """Return the outage that an incident is, from the first alert until it is resolved."""
        service = incident.get("service") or {}
        return {
            "outage_id": text(incident, "id"),
            "service": service.get("summary") or service.get("name"),
            "starts_at": text(incident, "created_at"),
            "ends_at": _resolved_at(incident),
        }

    def _priority(self, incident: Document) -> str | Unreadable:
        own = incident.get("priority") or {}
        name = str(own.get("name") or own.get("summary") or "").strip()
        if not name:
            urgency = str(incident.get("urgency") or "")
            unknown = Unreadable(f"the incident has no priority, and its urgency is {urgency!r}, neither high nor low")
            return self._urgencies.get(urgency, unknown)
        priority = self._priorities.get(name.casefold())
        if priority is None:
            remedy = f"{name[:60]!r} is none of P1 to P5; say under `priorities` which it is: {{{name[:60]}: P1}}"
            return Unreadable(remedy)
        return priority


def _resolved_at(incident: Document) -> object:
    if incident.get("status") != "resolved":
        return None
    return incident.get("resolved_at") or text(incident, "last_status_change_at")


def state(incident: Document) -> str:
    """Return what changes about an open incident: with another text, it has to be read again."""
    priority = incident.get("priority") or {}
    return f"{incident.get('status')} {priority.get('id') or priority.get('summary')} {incident.get('urgency')}"
