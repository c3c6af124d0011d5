"""A company whose billing is a Stripe account, polled into a real store, and its ledger beside the true one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from exporter.records.batch import Unfinished
from exporter.revenue.materialization import refresh
from exporter.revenue.relations import create
from exporter.sources.interface import Context, Deadline
from exporter.sources.stripe.position import Position
from tests.support.world import World
from tests.vendors.stripe.server import KEY
from tests.vendors.stripe.times import instant
from tests.vendors.stripe.truth import TrueLedger

RATES = {"USD": "0.9", "JPY": "0.006", "KWD": "3"}
"""Euros for one of each, on every day."""

Steps = list[tuple[str, Mapping[str, str]]]
"""What a customer pays per month from each of some instants on, by currency."""


class Watched:
    """An exporter's store of one company; `poll` reads the account as it is at an instant."""

    def __init__(self, folder: Path, url: str, **options: object) -> None:
        rates = [
            {"rate_on": "2025-01-01", "base_currency": currency, "quote_currency": "EUR", "rate": rate}
            for currency, rate in RATES.items()
        ]
        sources = {
            "billing": {"type": "stripe", "key": KEY, "url": url, **options},
            "bank": {"type": "files", "tables": {"fx_rates": {"path": "fx_rates.csv"}}},
        }
        policy = {"version": "by event", "grain": "event"}
        self.world = World(folder, {"fx_rates": rates}, {"sources": sources, "revenue_policy": policy})
        self.world.poll(datetime(2026, 1, 1, tzinfo=UTC), "bank")
        self.restart()

    def restart(self) -> None:
        """Forget what is not in the store."""
        self._source = self.world.company.sources["billing"].build("billing")

    def poll(
        self, at: datetime, trace: Callable[[str], None] = lambda _: None, deadline: Deadline | None = None
    ) -> None:
        """Poll the account; each slice of a first run is stored when it is whole."""
        store, zone = self.world.store, self.world.company.timezone
        state = store.polls.state("acme").get("billing")
        cursor = dict(state.cursor) if state else {}
        recall = partial(store.polls.remembered, "acme", "billing")
        context = Context(deadline or Deadline(60), cursor, at, zone, trace=trace, recall=recall)
        items = iter(self._source.poll(context))
        unfinished: Unfinished | None = Unfinished(0, "the beginning")
        while unfinished:
            unfinished = None
            with store.intake("acme", "billing", zone, self.world.company.currency) as intake:
                for item in items:
                    intake.take(item)
                    if isinstance(item, Unfinished):
                        unfinished = item
                        break
                intake.commit(at, cursor, unfinished)

    @property
    def reads_its_past(self) -> bool:
        """Whether something of before the first poll is still to be read."""
        position = Position.read(self.world.store.polls.state("acme")["billing"].cursor)
        return position is not None and bool(position.past)

    def steps(self, known_at: datetime | None = None) -> Mapping[str, Steps]:
        """Return the exporter's ledger by customer, as it stands or as it was known at an instant."""
        refresh(self.world.store, self.world.company.ledger)
        with self.world.store.reading("acme", self.world.company.timezone, known_at=known_at) as cursor:
            create(cursor, self.world.company.ledger, past=known_at is not None)
            columns = "customer_id, epoch_us(effective_at), currency, after_native"
            rows = cursor.execute(f"SELECT {columns} FROM movements ORDER BY effective_at").fetchall()
        paid: dict[str, dict[str, float]] = {}
        points: dict[str, dict[int, Mapping[str, float]]] = {}
        for customer, micros, currency, after in rows:
            balances = paid.setdefault(customer, {})
            balances[currency] = float(after)
            points.setdefault(customer, {})[micros // 1_000_000] = dict(balances)
        return {customer: _steps(at.items()) for customer, at in points.items()}

    def rejected(self) -> Mapping[str, int]:
        """Return how many rows of each table were set aside."""
        return {each.table: each.count for each in self.world.store.polls.rejected("acme")}


def true_steps(truth: TrueLedger, customer: str) -> Steps:
    """Return what a customer truly pays."""
    edges = truth.edges(customer)
    rates = ((at, truth.run_rates(customer, at)) for at in edges)
    return _steps((at, {currency: float(rate) for currency, rate in paid.items()}) for at, paid in rates)


def _steps(points: Iterable[tuple[int, Mapping[str, float]]]) -> Steps:
    """Return the points at which anything changes, to a tenth of a cent."""
    steps: Steps = []
    before: Mapping[str, str] = {}
    for at, paid in points:
        written = {currency: f"{amount:.3f}" for currency, amount in paid.items() if round(amount, 3)}
        if written != before:
            steps.append((f"{instant(at):%Y-%m-%d %H:%M:%S}", written))
        before = written
    return steps
