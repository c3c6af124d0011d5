"""An account that is polled into a store as the exporter does, by clocks that only the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from exporter.records.batch import Item, Unfinished
from exporter.records.sql import instant
from exporter.records.store import Store
from exporter.sources.interface import Context, Cursor, Deadline
from exporter.sources.pagerduty.api import RULES, explained
from exporter.sources.pagerduty.options import PagerDutyOptions
from exporter.sources.pagerduty.source import IN_A_SLICE, PagerDuty
from exporter.sources.session import Session
from tests.support.source_polls import Clock, options
from tests.vendors.pagerduty.account import PagerDutyAccount
from tests.vendors.pagerduty.server import KEY, PagerDutyServer

Rows = set[tuple[str, str, datetime, datetime | None, datetime | None]]


class Polled:
    """A source of an account, and the store that it is polled into. `slices` counts those of all polls."""

    def __init__(self, store: Store, server: PagerDutyServer, clock: Clock, in_a_slice: int, **section: Any) -> None:
        built = options("pagerduty", key=KEY, url=server.url, **section)
        assert isinstance(built, PagerDutyOptions)
        self.store = store
        self.server = server
        self.clock = clock
        self.slices = 0
        session = Session(built, explained, clock.sleep, clock=lambda: server.account.now, rules=RULES, seconds=clock)
        self.source = PagerDuty(session, built.rows(), timedelta(seconds=built.history), in_a_slice)

    def items(self, cursor: Cursor | None = None) -> Iterator[Item]:
        """Return what a poll at the account's time yields."""
        now = self.server.account.now
        return self.source.poll(Context(Deadline(3600.0, self.clock), {} if cursor is None else cursor, now, "UTC"))

    def poll(self) -> None:
        """Poll to the end, with each slice stored when it is whole; what fails within one leaves nothing of it."""
        now = self.server.account.now
        state = self.store.polls.state("acme").get("oncall")
        cursor = dict(state.cursor) if state else {}
        items = self.items(cursor)
        unfinished: Unfinished | None = Unfinished(0.0, "")
        while unfinished is not None:
            unfinished = None
            with self.store.intake("acme", "oncall", "UTC", "EUR") as intake:
                for item in items:
                    intake.take(item)
                    if isinstance(item, Unfinished):
                        unfinished = item
                        self.slices += 1
                        break
                intake.commit(now, cursor, unfinished)

    def rows(self) -> Rows:
        """Return what the store has of incidents."""
        with self.store.reading("acme", "UTC") as cursor:
            rows = cursor.execute(
                "SELECT incident_id, priority, epoch_us(triggered_at), epoch_us(acknowledged_at), "
                "epoch_us(resolved_at) FROM incidents"
            ).fetchall()
        return {
            (id_, priority, *(None if at is None else instant(at) for at in times)) for id_, priority, *times in rows
        }

    def outages(self) -> set[tuple[str, str, datetime, datetime | None]]:
        """Return what the store has of outages."""
        with self.store.reading("acme", "UTC") as cursor:
            rows = cursor.execute(
                "SELECT outage_id, service, epoch_us(starts_at), epoch_us(ends_at) FROM outages"
            ).fetchall()
        return {(id_, service, instant(at), None if end is None else instant(end)) for id_, service, at, end in rows}


@contextmanager
def polled(store: Store, account: PagerDutyAccount, in_a_slice: int = IN_A_SLICE, **section: Any) -> Iterator[Polled]:
    """Serve an account, and yield a source of it."""
    clock = Clock()
    with PagerDutyServer(account, clock) as server:
        yield Polled(store, server, clock, in_a_slice, **section)
