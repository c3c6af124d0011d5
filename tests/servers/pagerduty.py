"""A receiver of the form of PagerDuty's events API, version 2, that keeps its incidents as PagerDuty does."""

from __future__ import annotations

import json
from threading import Lock
from typing import Any

from tests.servers.standin import HttpRequest, HttpResponse, Service, Standin

Event = dict[str, Any]


class Pagerduty(Service):
    """`with` runs it; `url` goes into `pagerduty_configs`. It refuses another `routing_key`, and what lacks a key.

    `events` are those taken, in their order; `open` are the incidents that are triggered and not resolved, by their
    `dedup_key`, and `pages` counts how often somebody was woken: a trigger of an open incident wakes nobody.
    """

    def __init__(self, routing_key: str) -> None:
        self.events: list[Event] = []
        self.refused: list[Event] = []
        self.open: dict[str, Event] = {}
        self.pages = 0
        self._routing_key = routing_key
        self._lock = Lock()
        self._server = Standin(self._take)
        self.url = f"{self._server.url}/v2/enqueue"

    def _take(self, request: HttpRequest) -> HttpResponse:
        event: Event = json.loads(request.body)
        with self._lock:
            if not self._fits(event):
                self.refused.append(event)
                return HttpResponse({"status": "invalid event"}, status=400)
            self._note(event)
        return HttpResponse({"status": "success", "dedup_key": event["dedup_key"]}, status=202)

    def _fits(self, event: Event) -> bool:
        if event.get("routing_key") != self._routing_key or not event.get("dedup_key"):
            return False
        payload = event.get("payload", {})
        complete = bool(payload.get("summary")) and bool(payload.get("source"))
        severe = payload.get("severity") in ("critical", "error", "warning", "info")
        linked = all(link["href"].startswith("http") for link in event.get("links", []))
        return event.get("event_action") == "resolve" or (
            event.get("event_action") == "trigger" and complete and severe and linked
        )

    def _note(self, event: Event) -> None:
        self.events.append(event)
        if event["event_action"] == "resolve":
            self.open.pop(event["dedup_key"], None)
            return
        self.pages += event["dedup_key"] not in self.open
        self.open[event["dedup_key"]] = event
