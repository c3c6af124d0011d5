"""The API of an account as PagerDuty publishes it: filters, order, pages, and what it refuses."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from tests.servers.standin import HttpRequest, HttpResponse
from tests.vendors.pagerduty.account import Entry, Incident, PagerDutyAccount

Document = dict[str, Any]
VERSION = "application/vnd.pagerduty+json;version=2"
_MOST = 10_000
_LONGEST = timedelta(days=184)
_PARAMETERS = {
    "incidents": {
        "limit", "offset", "total", "date_range", "service_ids[]", "statuses[]", "urgencies[]", "sort_by", "since",
        "until", "time_zone", "include[]",
    },
    "log_entries": {"limit", "offset", "total", "since", "until", "time_zone", "is_overview", "include[]"},
    "services": {"limit", "offset", "total", "query", "name", "sort_by", "time_zone"},
}  # fmt: skip


class Refused(Exception):
    """A request that the API refuses with a status and a sentence."""

    def __init__(self, status: int, message: str, *errors: str) -> None:
        super().__init__(message)
        code = {400: 2001, 401: 2006, 403: 2010, 404: 2100}.get(status, 2000)
        body: Document = {"message": message, "code": code, **({"errors": [*errors]} if errors else {})}
        self.response = HttpResponse({"error": body}, status)


class Api:
    """Answers GET requests about an account."""

    def __init__(self, account: PagerDutyAccount) -> None:
        self._account = account

    def answer(self, request: HttpRequest) -> Document:
        """Return the document of a path, or raise `Refused`."""
        if request.headers.get("Accept") not in (VERSION, "application/json"):
            raise Refused(400, "Invalid Accept header")
        match request.path.strip("/").split("/"):
            case [("incidents" | "log_entries" | "services") as name]:
                return self._list(name, request, getattr(self, f"_{name}"))
            case ["incidents", id_]:
                return {"incident": self._incident(self._one(id_))}
            case ["incidents", id_, "log_entries"]:
                self._one(id_)
                return self._list("log_entries", request, lambda query: self._entries_of(id_, query))
            case _:
                raise Refused(404, "Not Found")

    def _one(self, id_: str) -> Incident:
        if (incident := self._account.incidents.get(id_)) is None:
            raise Refused(404, "Not Found")
        return incident

    def _list(self, name: str, request: HttpRequest, find: Callable[[_Query], Sequence[Any]]) -> Document:
        query = _Query(request.query, _PARAMETERS[name], self._account.now)
        if query.offset + query.limit > _MOST:
            raise Refused(
                400,
                "Arguments Caused Error",
                f"Offset+limit exceeds maximum allowed value of {_MOST}. Please try to refine your search to reduce "
                "the returned set of records below this number, like adding a date range.",
            )
        items = find(query)
        write: Mapping[str, Callable[[Any], Document]] = {
            "incidents": self._incident,
            "log_entries": self._entry,
            "services": self._service,
        }
        return {
            name: [write[name](each) for each in items[query.offset : query.offset + query.limit]],
            "limit": query.limit,
            "offset": query.offset,
            "more": query.offset + query.limit < len(items),
            "total": len(items) if query.total else None,
        }

    def _incidents(self, query: _Query) -> Sequence[Incident]:
        incidents = list(self._account.incidents.values())  # in the order in which they were triggered
        if query.first("date_range") != "all":
            since, until = query.span()
            begins = bisect_left(incidents, since, key=lambda each: each.triggered)
            incidents = incidents[begins : bisect_left(incidents, until, key=lambda each: each.triggered)]
        if statuses := query.all("statuses[]"):
            incidents = [each for each in incidents if each.status in statuses]
        if query.first("sort_by") not in ("", "created_at", "created_at:asc"):
            raise Refused(400, "Invalid Input Provided", "this stand-in sorts by created_at only")
        return incidents

    def _log_entries(self, query: _Query) -> Sequence[Entry]:
        log = self._account.log
        since, until = query.span()
        visible = min(until, self._account.now - self._account.delay)
        begins = bisect_left(log, since, key=lambda each: each.at)
        entries = log[begins : bisect_right(log, visible, key=lambda each: each.at)]
        return [each for each in reversed(entries) if each.overview or not query.is_overview]

    def _entries_of(self, id_: str, query: _Query) -> Sequence[Entry]:
        visible = self._account.now - self._account.delay
        entries = [each for each in self._account.log if each.incident == id_ and each.at <= visible]
        return [each for each in reversed(entries) if each.overview or not query.is_overview]

    def _services(self, query: _Query) -> Sequence[tuple[str, str]]:
        return sorted(self._account.services.items(), key=lambda each: each[1])

    def _incident(self, incident: Incident) -> Document:
        service = next(id_ for id_, name in self._account.services.items() if name == incident.service)
        priority = next((id_ for id_, name in self._account.priorities.items() if name == incident.priority), None)
        merged = incident.merged_into
        return {
            "id": incident.id,
            "type": "incident",
            "summary": f"[#{incident.number}] Something is wrong",
            "incident_number": incident.number,
            "title": "Something is wrong",
            "created_at": _time(incident.triggered),
            "updated_at": _time(incident.changed),
            "status": incident.status,
            "service": {"id": service, "type": "service_reference", "summary": incident.service},
            "assignments": [],
            "last_status_change_at": _time(incident.resolved or incident.acknowledged or incident.changed),
            "resolved_at": _time(incident.resolved),
            "acknowledgements": []
            if incident.status != "acknowledged"
            else [{"at": _time(incident.acknowledged), "acknowledger": {"id": "PUSER01", "type": "user_reference"}}],
            "priority": None
            if priority is None
            else {"id": priority, "type": "priority_reference", "summary": incident.priority},
            "resolve_reason": None
            if merged is None
            else {"type": "merge_resolve_reason", "incident": {"id": merged, "type": "incident_reference"}},
            "urgency": incident.urgency,
        }

    def _entry(self, entry: Entry) -> Document:
        return {
            "id": entry.id,
            "type": entry.type,
            "summary": entry.type.replace("_", " "),
            "created_at": _time(entry.at),
            "agent": {"id": "PUSER01", "type": "user_reference", "summary": "Ann Somebody"},
            "channel": {"type": "web_trigger"},
            "incident": {"id": entry.incident, "type": "incident_reference", "summary": "Something is wrong"},
            "teams": [],
        }

    @staticmethod
    def _service(service: tuple[str, str]) -> Document:
        return {"id": service[0], "type": "service", "summary": service[1], "name": service[1]}


class _Query:
    """The parameters of a list; those that the API does not publish are refused."""

    def __init__(self, query: str, names: set[str], now: datetime) -> None:
        self._params = parse_qsl(query)
        self._now = now
        for name, _ in self._params:
            if name not in names:
                raise Refused(400, "Invalid Input Provided", f"{name} is no parameter of this list")
        self.limit = int(self.first("limit") or 25)
        self.offset = int(self.first("offset") or 0)
        self.total = self.first("total") == "true"
        self.is_overview = self.first("is_overview") == "true"
        if not 1 <= self.limit <= 100:
            raise Refused(400, "Invalid Input Provided", "Limit must be between 1 and 100")

    def all(self, name: str) -> list[str]:
        """Return all values of a parameter."""
        return [value for other, value in self._params if other == name]

    def first(self, name: str) -> str:
        """Return the value of a parameter, or an empty text."""
        return next(iter(self.all(name)), "")

    def span(self) -> tuple[datetime, datetime]:
        """Return the time that is asked for: a month if nothing else is said, and half a year at most."""
        since, until = self.first("since"), self.first("until")
        ends = datetime.fromisoformat(until) if until else self._now
        begins = datetime.fromisoformat(since) if since else ends - timedelta(days=30)
        if ends - begins > _LONGEST:
            raise Refused(400, "Invalid Input Provided", "Time range must be at most 6 months")
        return begins, ends


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
