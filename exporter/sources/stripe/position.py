"""How far a source of Stripe has been read, as the text that its cursor keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from dataclasses import asdict, dataclass, replace

_KEY = "stripe"


@dataclass(frozen=True)
class Position:
    """Seconds since 1970, and where lists go on.

    Attributes:
        began: When the account was first looked at.
        options: Those options that decide what is read; with others, everything is read again.
        events: Up to when events were read.
        recent: Events since shortly before that which cost a request, so that they do so once.
        walk: The list that is being read in full, empty where none is.
        after: The object behind which it goes on.
        count: How many of its objects were read.
        listed: When the last list of everything was begun.
        is_listed: Whether the first one came to its end.
        past: The part of the history that is being read, empty once all is.
        past_after: The object behind which it goes on, or the last bin that was taken.
        past_count: How many of its objects were read.
        gathered: The number of the next texts of the bins.
        corrections: How many contracts a list showed otherwise than the events.
    """

    began: int
    options: str
    events: int
    listed: int
    is_listed: bool = False
    recent: tuple[str, ...] = ()
    walk: str = ""
    after: str | None = None
    count: int = 0
    past: str = ""
    past_after: str | None = None
    past_count: int = 0
    gathered: int = 0
    corrections: int = 0

    @classmethod
    def read(cls, cursor: Mapping[str, str]) -> Position | None:
        """Return the position that a cursor keeps, None before the first poll."""
        text = cursor.get(_KEY)
        if text is None:
            return None
        position = cls(**json.loads(text))
        return replace(position, recent=tuple(position.recent))

    def write(self, cursor: MutableMapping[str, str]) -> None:
        """Keep the position in a cursor."""
        cursor[_KEY] = json.dumps(asdict(self))
