"""Support tickets, as a help desk records them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Ticket:
    """One request for support; `resolved` is None for one that nobody gets to."""

    id: str
    customer_id: str
    priority: str
    opened: datetime
    answered: datetime
    resolved: datetime | None
    contacts: int = 1
