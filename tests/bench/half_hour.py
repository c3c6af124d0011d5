"""What half an hour of the demonstration makes people hear, as the documentation has it, and what they heard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exporter import conventions as names
from tests.servers import amtool

MINUTES = 30
BREAKS, MISSES, RESTARTS = 3, 12, 20
"""The minutes at which a source goes down for good, one scrape fails, and the exporter is restarted."""

ROWS = (
    ("a KPI that pages is critical", "one page", "its owner", "after 1 to 3 minutes"),
    ("a KPI is critical or misses its target", "one ticket", "its owner", "after 5 to 7 minutes"),
    ("a KPI of the digest, an early warning", "nothing", "", "until the hour of the digest"),
    ("rows are rejected, a KPI has no value", "one notice for each company", "`default`", "after 15 to 17 minutes"),
    (f"minute {BREAKS}: a source goes down", "`KpiSourceDown` in the notice of its company", "`default`", "with it"),
    (f"minute {MISSES}: one scrape fails", "nothing", "", ""),
    (f"minute {RESTARTS}: the exporter is restarted", "nothing", "", ""),
    ("always", "`KpiWatchdog`", "`watchdog`", "every 5 minutes"),
)
"""What happens, what arrives, who is told, and when; the warning of what is critical, too, is muted."""

_ONE_NOTICE = (names.SOURCE_DOWN, names.ROWS_REJECTED, names.KPI_UNKNOWN)
_NO_MESSAGE = (names.SOURCE_OVERDUE_ALERT, names.EXPECTED_DIGEST_ALERT, names.EXPECTED_TICKET_ALERT)

Labels = Mapping[str, str]
Route = dict[str, Any]


def table() -> str:
    """Return the rows as Markdown."""
    lines = ["| what happens | what arrives | who is told | when |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |".replace("  ", " ") for row in ROWS])


@dataclass(frozen=True)
class Message:
    """One notification: the minute in which it came, its receiver, and the alerts in it with their status."""

    minute: float
    receiver: str
    group: Labels
    alerts: Sequence[tuple[str, Labels]]

    @property
    def key(self) -> tuple[str, str]:
        return self.receiver, _text(self.group)

    def __str__(self) -> str:
        words = ", ".join(f"{status} {labels['alertname']} ({labels['severity']})" for status, labels in self.alerts)
        return f"| {self.minute:4.1f} | {self.receiver} | {_text(self.group)} | {words} |"


@dataclass(frozen=True)
class HalfHour:
    """What Prometheus saw in it: the alerts that fired, and the worst status of each company's KPIs.

    `route` is the tree with the hours of a working day in the middle of a month, when no digest is due.
    """

    route: Route
    fired: Sequence[Labels]
    worst: Mapping[tuple[str, str], float]
    broken: tuple[str, str]

    def undocumented(self) -> Iterator[Labels]:
        """Yield the alerts that no row speaks of."""
        for labels in self.fired:
            name = labels["alertname"]
            if name in (names.SOURCE_DOWN, names.SOURCE_OVERDUE_ALERT):
                documented = (labels["company"], labels["source"]) == self.broken
            elif labels["area"] == "health" or name in _NO_MESSAGE:
                documented = name in (names.WATCHDOG, *_ONE_NOTICE, *_NO_MESSAGE)
            else:
                status = names.SEVERITIES.index(labels["severity"]) + 1
                documented = self.worst.get((labels["company"], labels["kpi"]), 0) >= status
            if not documented:
                yield labels

    def expected(self) -> set[tuple[str, str]]:
        """Return receiver and group of each message, of which one comes; that of the watchdog comes again and again."""
        keys = set()
        for labels in self.fired:
            if labels["alertname"] in _NO_MESSAGE or self._muted(labels):
                continue
            for route in amtool.taken(self.route, labels):
                if not route.get("mute_time_intervals"):
                    keys.add((route["receiver"], _text({name: labels.get(name, "") for name in route["group_by"]})))
        return keys

    def _muted(self, labels: Labels) -> bool:
        """Say whether the alert is the warning of what is critical, too, or on a KPI that has no value then."""
        same = [
            other
            for other in self.fired
            if all(other.get(each) == labels.get(each) for each in ("company", "kpi", "segment"))
            and other["area"] != "health"
        ]
        return labels["severity"] == "warning" and any(other["severity"] == "critical" for other in same)


def unexpected(half_hour: HalfHour, messages: Iterable[Message]) -> Iterator[Message]:
    """Yield the messages that nothing documents: of an unknown group, a second one, or one that something is over."""
    expected, seen = half_hour.expected(), set[tuple[str, str]]()
    for message in messages:
        over = any(status == "resolved" for status, _ in message.alerts)
        watchdog = message.alerts[0][1]["alertname"] == names.WATCHDOG
        if over or message.key not in expected or (message.key in seen and not watchdog):
            yield message
        seen.add(message.key)


def missing(half_hour: HalfHour, messages: Iterable[Message]) -> set[tuple[str, str]]:
    """Return receiver and group of each message that did not come."""
    return half_hour.expected() - {message.key for message in messages}


def _text(group: Labels) -> str:
    return ", ".join(value for _, value in sorted(group.items()) if value)
