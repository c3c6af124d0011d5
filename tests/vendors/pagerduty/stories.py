"""What happens to incidents over months: answered, left alone, opened again, merged, given another priority."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from random import Random

from tests.vendors.pagerduty.account import Incident, PagerDutyAccount

Action = Callable[[], None]


class Future:
    """What is going to happen in an account, in the order of time; two with the same seed are the same."""

    def __init__(self, account: PagerDutyAccount, seed: int = 1) -> None:
        self.account = account
        self._random = Random(seed)
        self._actions: list[tuple[datetime, int, Action]] = []
        self._count = count()
        self._last: Incident | None = None

    def at(self, when: datetime, action: Action) -> None:
        """Let something happen at an instant, which PagerDuty keeps in whole seconds."""
        heapq.heappush(self._actions, (when.replace(microsecond=0), next(self._count), action))

    def advance(self, until: datetime) -> None:
        """Let everything happen that is due by then."""
        while self._actions and self._actions[0][0] <= until:
            self.account.now, _, action = heapq.heappop(self._actions)
            action()
        self.account.now = until

    def incidents(self, number: int, since: datetime, until: datetime) -> None:
        """Let so many incidents be triggered between two instants, each with its own story."""
        for _ in range(number):
            self.at(since + (until - since) * self._random.random(), self._begin)

    def _begin(self) -> None:
        random, account = self._random, self.account
        priority = random.choice([None, None, "P1", "P2", "P3", "P4", "P5"])
        incident = account.trigger(random.choice(["Shop", "Mail"]), random.choice(["high", "low"]), priority)
        earlier, self._last = self._last, incident
        answered = self._after(minutes=30)
        resolved = answered + timedelta(minutes=random.expovariate(1 / 90) + 1)
        match random.random():
            case share if share < 0.03 and earlier is not None and earlier.merged_into is None:
                self.at(answered, lambda: self._merge(incident, earlier))
            case share if share < 0.15:
                self.at(answered, lambda: account.resolve(incident))  # it went away before anybody looked
            case share if share < 0.22:
                self.at(answered, lambda: account.acknowledge(incident))
                self.at(answered + timedelta(minutes=30), lambda: account.time_out(incident))
                self.at(answered + timedelta(minutes=50), lambda: account.acknowledge(incident))
                self.at(answered + timedelta(minutes=51) + (resolved - answered), lambda: account.resolve(incident))
            case share if share < 0.28:
                self.at(answered, lambda: account.acknowledge(incident))
                self.at(resolved, lambda: account.resolve(incident))
                self.at(resolved + timedelta(hours=5), lambda: self._unless_merged(incident, account.reopen))
                self.at(resolved + timedelta(hours=6), lambda: self._unless_merged(incident, account.resolve))
            case share if share < 0.34:
                self.at(answered, lambda: account.acknowledge(incident))
                self.at(answered + timedelta(minutes=1), lambda: account.prioritize(incident, "P1"))
                self.at(resolved + timedelta(days=3), lambda: account.resolve(incident))
            case share if share < 0.38:
                self.at(answered, lambda: account.acknowledge(incident))
                self.at(resolved, lambda: account.resolve(incident))
                self.at(resolved + timedelta(days=2), lambda: account.prioritize(incident, "P3"))
            case share if share < 0.385:
                self.at(answered + timedelta(days=20), lambda: account.acknowledge(incident))  # nobody looked for weeks
            case _:
                self.at(answered, lambda: account.acknowledge(incident))
                self.at(resolved, lambda: account.resolve(incident))

    def _after(self, minutes: float) -> datetime:
        return self.account.now + timedelta(seconds=30 + self._random.expovariate(1 / (minutes * 60)))

    def _merge(self, incident: Incident, into: Incident) -> None:
        if into.merged_into is None and into.status != "resolved":
            self.account.merge(incident, into)
        else:
            self.account.resolve(incident)

    @staticmethod
    def _unless_merged(incident: Incident, action: Callable[[Incident], None]) -> None:
        if incident.merged_into is None:
            action(incident)
