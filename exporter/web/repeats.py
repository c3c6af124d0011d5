"""Log lines that clients can cause: each kind at most once a minute, with the number of those left out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from traceback import walk_tb

EVERY_SECONDS = 60.0


@dataclass
class _Seen:
    at: float
    left_out: int = 0


class Repeats(logging.Filter):
    """Lets a message through once in `EVERY_SECONDS`. What was raised at another place is another message."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[object, _Seen] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is to be logged; one after others were left out says how many."""
        # Further lines of asyncio's messages name the object at hand.
        key, now = (record.name, str(record.msg).strip().partition("\n")[0], _place(record)), self._clock()
        seen = self._seen.get(key)
        if seen is not None and now - seen.at < EVERY_SECONDS:
            seen.left_out += 1
            return False
        if seen is not None and seen.left_out:
            record.msg = f"{record.getMessage().rstrip()} ({seen.left_out:,} times more since the last of these lines)"
            record.args = ()
        self._seen[key] = _Seen(now)
        return True


def _place(record: logging.LogRecord) -> object:
    """Return where the exception of a record was raised; None if it has none."""
    frames = list(walk_tb(record.exc_info[2])) if record.exc_info else []
    return (frames[-1][0].f_code.co_filename, frames[-1][1]) if frames else None


def limit_repeats(*loggers: str) -> None:
    """Limit what these loggers say."""
    for name in loggers:
        logging.getLogger(name).addFilter(Repeats())
