"""An account with a clock: incidents as people and machines move them, their log, and what is true of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

URGENCY = "high"


@dataclass(frozen=True)
class Entry:
    """One entry of the log. An `overview` has the changes that matter, and leaves out notes and notifications."""

    id: str
    incident: str
    type: str
    at: datetime
    overview: bool = True


@dataclass
class Incident:
    """One incident as it is now; `first_acknowledged` is what the API shows in the log alone."""

    id: str
    number: int
    service: str
    triggered: datetime
    urgency: str = URGENCY
    priority: str | None = None
    status: str = "triggered"
    changed: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    acknowledged: datetime | None = None
    first_acknowledged: datetime | None = None
    resolved: datetime | None = None
    merged_into: str | None = None


@dataclass
class PagerDutyAccount:
    """Everything that happened up to `now`. `delay` is how long a log entry is not yet to be seen."""

    now: datetime
    delay: timedelta = timedelta()
    services: dict[str, str] = field(default_factory=lambda: {"PSHOP01": "Shop", "PMAIL01": "Mail"})
    priorities: dict[str, str] = field(default_factory=lambda: {f"PPRIO0{n}": f"P{n}" for n in range(1, 6)})
    incidents: dict[str, Incident] = field(default_factory=dict)
    log: list[Entry] = field(default_factory=list)

    def trigger(self, service: str = "Shop", urgency: str = URGENCY, priority: str | None = None) -> Incident:
        """Begin an incident, and notify somebody."""
        number = len(self.incidents) + 1
        made = Incident(f"Q{number:013d}", number, service, self.now, urgency, priority, changed=self.now)
        self.incidents[made.id] = made
        self._note(made, "trigger")
        self._note(made, "notify", overview=False)
        return made

    def acknowledge(self, incident: Incident) -> None:
        """Acknowledge an open incident, the first time or again."""
        incident.status, incident.acknowledged = "acknowledged", self.now
        incident.first_acknowledged = incident.first_acknowledged or self.now
        self._note(incident, "acknowledge")

    def time_out(self, incident: Incident) -> None:
        """Let an acknowledgement time out: the incident is triggered again."""
        incident.status, incident.acknowledged = "triggered", None
        self._note(incident, "unacknowledge")

    def resolve(self, incident: Incident) -> None:
        """Resolve an incident; its acknowledgements are no longer shown with it."""
        incident.status, incident.resolved, incident.acknowledged = "resolved", self.now, None
        self._note(incident, "resolve")

    def reopen(self, incident: Incident) -> None:
        """Open a resolved incident again."""
        incident.status, incident.resolved = "triggered", None
        self._note(incident, "trigger")

    def merge(self, incident: Incident, into: Incident) -> None:
        """Merge an incident into another one, by which it is resolved."""
        incident.merged_into = into.id
        self.resolve(incident)

    def prioritize(self, incident: Incident, priority: str | None) -> None:
        """Give an incident another priority, which no overview of the log shows."""
        incident.priority = priority
        self._note(incident, "field_value_change", overview=False)

    def _note(self, incident: Incident, type_: str, overview: bool = True) -> None:
        incident.changed = self.now
        self.log.append(Entry(f"R{len(self.log):013d}", incident.id, f"{type_}_log_entry", self.now, overview))

    def truth(self, services: tuple[str, ...] = ()) -> set[tuple[str, str, datetime, datetime | None, datetime | None]]:
        """Return what is true: id, priority, triggered, first acknowledged and resolved, of those that count."""
        by_urgency = {"high": "P2", "low": "P4"}
        return {
            (
                each.id,
                each.priority or by_urgency[each.urgency],
                each.triggered,
                each.first_acknowledged,
                each.resolved,
            )
            for each in self.incidents.values()
            if each.merged_into is None and (not services or each.service in services)
        }
