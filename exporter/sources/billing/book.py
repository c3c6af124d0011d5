"""The contracts that a poll touches: recalled when they are needed, and yielded with their rows once they changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from exporter.records.batch import Item, Records, Remembered, Removed, Row
from exporter.sources.billing import memory
from exporter.sources.billing.contract import Contract, Sighting
from exporter.sources.billing.discounts import discount_rows
from exporter.sources.billing.rows import item_rows, trial_rows

TABLES = ("subscription_items", "discounts", "trials")
"""The record tables that contracts fill."""


class ContractBook:
    """The contracts of one poll. Those that changed stay until `changes` gives them out, others until the next load."""

    def __init__(self, recall: Callable[[Collection[str]], Mapping[str, str]], now: datetime) -> None:
        self._recall = recall
        self._now = now
        self._at_hand: dict[str, Contract] = {}
        self._changed: dict[str, Contract] = {}

    @property
    def changed(self) -> int:
        """How many contracts changed since `changes`."""
        return len(self._changed)

    def load(self, subscription_ids: Collection[str]) -> None:
        """Recall these contracts together, which is faster than one by one."""
        missing = [name for name in subscription_ids if name not in self._changed]
        texts = self._recall(missing) if missing else {}
        self._at_hand = {name: memory.from_text(text) for name, text in texts.items()}

    def get(self, subscription_id: str) -> Contract | None:
        """Return a contract that was loaded, None if it is not known."""
        return self._changed.get(subscription_id) or self._at_hand.get(subscription_id)

    def put(self, contract: Contract) -> bool:
        """Take a contract as it is now, and tell whether that is new."""
        if contract == self.get(contract.subscription_id):
            return False
        earlier = self._at_hand.get(contract.subscription_id)
        if earlier is not None and _is_restated(earlier, contract):
            contract = replace(contract, restated_at=self._now)
        self._changed[contract.subscription_id] = contract
        return True

    def see(self, sighting: Sighting) -> bool:
        """Take a sighting of a contract, and tell whether it says anything new."""
        earlier = self.get(sighting.subscription_id)
        return self.put(Contract.first_seen(sighting) if earlier is None else earlier.seen(sighting))

    def changes(self) -> Iterator[Item]:
        """Yield the rows of all contracts that changed, in the place of those before, and what is to be remembered."""
        changed = list(self._changed.values())
        if not changed:
            return
        yield Records("subscription_items", (row for each in changed for row in item_rows(each)), False)
        yield Removed("subscription_items", _of(changed))
        yield Records("discounts", (row for each in changed for row in discount_rows(each)), False)
        yield Removed("discounts", _of(changed))
        yield Records("trials", (row for each in changed for row in trial_rows(each, self._now)), False)
        yield Remembered((each.subscription_id, memory.to_text(each)) for each in changed)
        self._at_hand = {}
        self._changed = {}


def _is_restated(earlier: Contract, contract: Contract) -> bool:
    """Tell whether a row says something else than before, though nothing was learnt since: it would not count."""
    for rows in (item_rows, discount_rows):
        before = {_key(row): row for row in rows(earlier)}
        for row in rows(contract):
            earlier_row = before.get(_key(row))
            if earlier_row is not None and earlier_row != row and earlier_row["learnt_at"] >= row["learnt_at"]:  # type: ignore[operator]
                return True
    return False


def _key(row: Row) -> object:
    return row.get("item_id") or row.get("discount_id")


def _of(contracts: Collection[Contract]) -> Iterator[Row]:
    return ({"subscription_id": contract.subscription_id} for contract in contracts)
