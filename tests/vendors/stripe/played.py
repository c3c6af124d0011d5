"""The stories of an account from its beginning to its end, while an exporter polls it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from tests.servers.standin import HttpRequest
from tests.vendors.stripe.account import StripeAccount
from tests.vendors.stripe.objects import Document
from tests.vendors.stripe.server import StripeServer
from tests.vendors.stripe.stories import END
from tests.vendors.stripe.times import HOUR, instant, second
from tests.vendors.stripe.watched import Steps, Watched, true_steps


@dataclass(frozen=True)
class Ended:
    """An account at its end, and the exporter that has read it."""

    account: StripeAccount
    watched: Watched

    @cached_property
    def read(self) -> Mapping[str, Steps]:
        """The ledger that was read, by customer."""
        return self.watched.steps()

    def differences(self, *names: str) -> dict[str, object]:
        """Return the stories whose ledger is not the true one: what it is, and what it should be."""
        read = self.read
        pairs = {name: (read.get(f"cus_{name}", []), true_steps(self.account.truth, f"cus_{name}")) for name in names}
        return {name: {"is": is_, "should be": right} for name, (is_, right) in pairs.items() if is_ != right}


@contextmanager
def played(
    folder: Path,
    account: StripeAccount,
    *,
    every: int = HOUR,
    and_after: int = 0,
    reads: Callable[[datetime], bool] = lambda at: True,
    poll: Callable[[StripeServer, Watched, datetime], None] = lambda server, watched, at: watched.poll(at),
    answered: Callable[[HttpRequest, Document], None] = lambda request, document: None,
) -> Iterator[Ended]:
    """Let an account live to its end, and read it meanwhile; `answered` is called with each request and its answer."""
    with StripeServer(account) as server:
        server.answered = answered
        watched = Watched(folder, server.url)
        poll(server, watched, instant(account.now))
        for at in instants_with_news(account, END, every, and_after):
            if reads(at):
                poll(server, watched, at)
        watched.poll(instant(account.now))
        yield Ended(account, watched)
    watched.world.store.close()


def instants_with_news(account: StripeAccount, until: str, every: int = HOUR, and_after: int = 0) -> Iterator[datetime]:
    """Move the clock by so many seconds at a time, and yield each instant before which anything happened.

    So many instants after it are yielded too.
    """
    at, last, quiet = account.now - account.now % HOUR, second(until), and_after + 1
    while at < last:
        at += every
        before = account.event_count
        account.advance(instant(at))
        quiet = 0 if account.event_count != before else quiet + 1
        if quiet <= and_after:
            yield instant(at)
