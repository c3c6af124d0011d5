"""What the server counts about its clients, for `/metrics`: open connections, and what was refused and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Refusal(StrEnum):
    """Why a client got nothing; the `reason` label."""

    TOO_MANY = "too_many_connections"
    TOO_SLOW = "too_slow"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    BUSY = "busy"


@dataclass
class HttpStats:
    """Counted in the event loop, read by any thread.

    `web_config_loaded` says whether the web configuration in the file is the one in use; None where there is no file.
    """

    connections: int = 0
    refused: Counter[Refusal] = field(default_factory=lambda: Counter(dict.fromkeys(Refusal, 0)))
    web_config_loaded: Callable[[], bool | None] = lambda: None
