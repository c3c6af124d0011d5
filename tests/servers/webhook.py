"""A receiver for Alertmanager's webhooks that remembers what came, and when."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition
from typing import Any

from tests.servers.standin import HttpRequest, HttpResponse, Service, Standin


@dataclass(frozen=True)
class Notification:
    """One request of Alertmanager's: when it came, in seconds since 1970, to which path, and what it said."""

    at: float
    path: str
    payload: dict[str, Any]

    @property
    def alerts(self) -> list[dict[str, Any]]:
        held: list[dict[str, Any]] = self.payload["alerts"]
        return held


class Webhook(Service):
    """`with` runs it; `url` goes into `webhook_configs`, with a path of one's own to tell receivers apart."""

    def __init__(self) -> None:
        self._arrived = Condition()
        self._notifications: list[Notification] = []
        self._server = Standin(self._take)
        self.url = self._server.url

    @property
    def notifications(self) -> list[Notification]:
        with self._arrived:
            return list(self._notifications)

    def wait_for(self, wanted: Callable[[Notification], bool], timeout: float = 30.0) -> Notification:
        """Wait for the first notification that is `wanted`; `TimeoutError` has those that came instead."""
        with self._arrived:
            self._arrived.wait_for(lambda: any(map(wanted, self._notifications)), timeout)
            for notification in self._notifications:
                if wanted(notification):
                    return notification
            raise TimeoutError(f"no such notification in {timeout:g}s; there were {self._notifications}")

    def _take(self, request: HttpRequest) -> HttpResponse:
        with self._arrived:
            self._notifications.append(Notification(time.time(), request.path, json.loads(request.body)))
            self._arrived.notify_all()
        # As Slack does: Alertmanager would send again after an answer in JSON that does not say `ok`.
        return HttpResponse(pieces=[b"ok"], headers={"Content-Type": "text/plain"})
