"""One poll of an account: what it works with, how much time is left, and how far it has come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from exporter.records.batch import Item
from exporter.sources.billing.book import ContractBook
from exporter.sources.interface import Context
from exporter.sources.stripe.api import Api
from exporter.sources.stripe.bins import InvoiceBins
from exporter.sources.stripe.lookups import Catalogue
from exporter.sources.stripe.position import Position
from exporter.sources.stripe.reader import Reader

_LONGEST = 15.0
"""Seconds that a poll spends on what may as well be read by the next one."""
_MOST = 2000
"""Contracts that may change before the rest is left to the next poll: until its end they are in memory."""


@dataclass(frozen=True)
class Settings:
    """What the options say: the mode of the data, the seconds of history, and the path of a customer's tier."""

    livemode: bool
    history: int
    tier: tuple[str, ...]

    @property
    def text(self) -> str:
        """A text that is another when anything is to be read anew."""
        return f"{self.history} {'.'.join(self.tier)}"


class Visit:
    """`position` changes with what is read; `keep` puts it into the cursor."""

    def __init__(
        self, api: Api, catalogue: Catalogue, settings: Settings, context: Context, position: Position
    ) -> None:
        self.api = api
        self.catalogue = catalogue
        self.settings = settings
        self.now = context.now
        self.reader = Reader(api, catalogue, settings.livemode)
        self.book = ContractBook(context.recall, context.now)
        self.bins = InvoiceBins(context.recall, position.gathered)
        self.position = position
        self._context = context
        self._began = context.deadline.remaining()

    @property
    def second(self) -> int:
        """The instant of the poll in seconds since 1970."""
        return int(self.now.timestamp())

    def keep(self) -> Iterator[Item]:
        """Yield the contracts that changed so far, and put the position into the cursor."""
        yield from self.book.changes()
        yield from self.bins.changes()
        self.position = replace(self.position, gathered=self.bins.number)
        self.position.write(self._context.cursor)

    def goes_on(self) -> bool:
        """Tell whether there is time and memory for more that could wait.

        That is while less than half of the poll, and not long, has passed, and not too many contracts have changed.
        """
        deadline = self._context.deadline
        passed = self._began - deadline.remaining()
        return passed < min(_LONGEST, deadline.seconds / 2) and self.book.changed < _MOST

    @property
    def midnight(self) -> datetime:
        """The last midnight in the time zone of the source."""
        local = self.now.astimezone(ZoneInfo(self._context.timezone))
        return local.replace(hour=0, minute=0, second=0, microsecond=0)
