"""PagerDuty's REST API: lists in pages, which end at 10,000 items, and single incidents."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from exporter.records.batch import SourceFailed
from exporter.sources.exchange import Request, RequestRules
from exporter.sources.interface import Deadline
from exporter.sources.request_rate import Rate
from exporter.sources.session import Session

RULES = RequestRules(rate=Rate(900, 60.0), transient=frozenset({500}), credentials="key")
"""960 requests in a minute are allowed to a key, of which some are left to others who have it."""

MOST = 10_000
"""Items of a list that can be read: beyond it, the API answers 400 whatever the page."""

_PAGE = 100
_VERSION = ("Accept", "application/vnd.pagerduty+json;version=2")

Document = Mapping[str, Any]
"""An incident or a log entry as the API gives it."""


class TooMany(Exception):
    """A list is longer than may be read in one go; a shorter time has a shorter list."""


@dataclass(frozen=True)
class TimeSlice:
    """The time from one instant to another."""

    since: datetime
    until: datetime

    @property
    def params(self) -> tuple[tuple[str, str], ...]:
        """The parameters by which a list is limited to it."""
        return ("since", written(self.since)), ("until", written(self.until)), ("time_zone", "UTC")


def written(at: datetime) -> str:
    """Return an instant as the API reads it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def explained(body: bytes) -> str:
    """Return what the API says about an error."""
    try:
        error = json.loads(body)["error"]
        return ": ".join([str(error["message"]), *map(str, error.get("errors") or ())])
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


class Api:
    """Reads from one account within the deadline of a poll."""

    def __init__(self, session: Session, deadline: Deadline) -> None:
        self._session = session
        self._deadline = deadline

    def incidents(self, span: TimeSlice, most: int) -> list[Document]:
        """Return the incidents that were triggered in some time, as they are now.

        Raises:
            TooMany: There are more than `most`.
        """
        return list(self._items("incidents", (*span.params, ("sort_by", "created_at:asc")), most))

    def open_incidents(self) -> list[Document]:
        """Return the incidents that are not resolved, whenever they were triggered.

        Raises:
            TooMany: There are more than may be read.
        """
        params = (("statuses[]", "triggered"), ("statuses[]", "acknowledged"), ("date_range", "all"))
        return list(self._items("incidents", params, MOST))

    def changes(self, span: TimeSlice, most: int) -> list[Document]:
        """Return the log entries of some time that say what became of incidents.

        Raises:
            TooMany: There are more than `most`.
        """
        return list(self._items("log_entries", (*span.params, ("is_overview", "true")), most))

    def incident(self, id_: str) -> Document:
        """Return one incident as it is now."""
        incident = self._get(f"incidents/{id_}", ()).get("incident")
        if not isinstance(incident, dict):
            raise SourceFailed("PagerDuty's answer has no `incident`")
        return incident

    def changes_of(self, id_: str) -> list[Document]:
        """Return the log entries of one incident that say what became of it."""
        params = (("is_overview", "true"), ("time_zone", "UTC"))
        return list(self._items("log_entries", params, MOST, f"incidents/{id_}/log_entries"))

    def services(self) -> list[Document]:
        """Return all services of the account."""
        return list(self._items("services", (), MOST))

    def _items(self, name: str, params: Sequence[tuple[str, str]], most: int, path: str = "") -> Iterator[Document]:
        """Yield what a list has, page by page."""
        offset = 0
        while True:
            paging = (("limit", str(_PAGE)), ("offset", str(offset)), ("total", "true"))
            page = self._get(path or name, (*params, *paging))
            items, total = page.get(name), page.get("total")
            if not isinstance(items, list) or not isinstance(page.get("more"), bool):
                raise SourceFailed(f"PagerDuty's answer has no `{name}` or no `more`")
            if isinstance(total, int) and total > most:
                raise TooMany
            yield from items
            offset += len(items)
            if not page["more"]:
                return
            if not items:
                raise SourceFailed(f"PagerDuty says that there are more `{name}`, and sends none")
            if offset + _PAGE > most:
                raise TooMany

    def _get(self, path: str, params: Collection[tuple[str, str]]) -> Mapping[str, Any]:
        request = Request(f"{self._session.url}/{path}", tuple(params), headers=(_VERSION,))
        document = self._session.fetch(request, self._deadline).document
        if not isinstance(document, dict):
            raise SourceFailed("PagerDuty's answer is not an object; is the address right?")
        return document
