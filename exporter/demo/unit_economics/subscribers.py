"""Subscribers and what they pay by the year: won, grown, shrunk and lost as the base plan has it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from exporter.demo.chance import Chance
from exporter.demo.months import Months
from exporter.demo.unit_economics.base_plan import (
    CONTRACTION,
    EARLY_LOSS,
    EARLY_MONTHS,
    ENTERPRISE,
    EXPANSION,
    FOUNDING_ARR,
    FOUNDING_CUSTOMERS,
    GROWING,
    LATE_LOSSES,
    NEW_CONTRACT,
    SHRINKING,
    SMB,
    WINS_PER_MONTH,
)
from exporter.demo.unit_economics.calendar import CURRENT


@dataclass
class Contract:
    """What a customer pays per year, in whole dollars, from `starts` up to `ends`."""

    id: str
    amount: int
    starts: datetime
    ends: datetime | None = None


@dataclass
class Subscriber:
    id: str
    tier: str
    month: int
    """in which it came; 0 or less before the records begin"""
    contracts: list[Contract] = field(default_factory=list)

    @property
    def amount(self) -> int:
        return self.contracts[-1].amount


def simulate_subscribers(months: Months, chance: Chance) -> list[Subscriber]:
    """All who ever subscribed, in the order in which they came."""
    everyone = list(_founders(months, chance))
    active = list(everyone)
    for month in range(1, CURRENT + 1):
        _lose(active, month, months, chance)
        year = (month - 1) // 12
        _change(active, EXPANSION[year], GROWING, month, months, chance)
        _change(active, -CONTRACTION[year], SHRINKING, month, months, chance)
        won = list(_won(month, months, chance))
        everyone += won
        active += won
    return everyone


def _founders(months: Months, chance: Chance) -> Iterator[Subscriber]:
    """They came evenly over the four years before."""
    average = FOUNDING_ARR / FOUNDING_CUSTOMERS
    for number in range(FOUNDING_CUSTOMERS):
        tier = SMB if number % 3 == 0 else ENTERPRISE
        amount = average * (0.5 if tier == SMB else 1.25) * chance.between(0.7, 1.3)
        month = -47 + 48 * number // FOUNDING_CUSTOMERS
        yield _subscriber(tier, round(amount), month, months.at(month, chance.between(0.05, 0.95)), chance)


def _won(month: int, months: Months, chance: Chance) -> Iterator[Subscriber]:
    for tier, count in WINS_PER_MONTH.items():
        for _ in range(count):
            amount = round(NEW_CONTRACT[tier] * chance.between(0.8, 1.2))
            yield _subscriber(tier, amount, month, months.at(month, chance.between(0.02, 0.98)), chance)


def _subscriber(tier: str, amount: int, month: int, starts: datetime, chance: Chance) -> Subscriber:
    return Subscriber(chance.token("acc_"), tier, month, [Contract(chance.token("con_"), amount, starts)])


def _lose(active: list[Subscriber], month: int, months: Months, chance: Chance) -> None:
    """Those who came lately leave far more often."""
    early = [each for each in active if month - EARLY_MONTHS <= each.month < month]
    late = [each for each in active if each.month < month - EARLY_MONTHS]
    for among, count in ((early, round(len(early) * EARLY_LOSS)), (late, LATE_LOSSES)):
        for _ in range(count):
            leaver = chance.one(among)
            among.remove(leaver)
            leaver.contracts[-1].ends = months.at(month, chance.between(0.02, 0.98))
            active.remove(leaver)


def _change(active: list[Subscriber], total: int, count: int, month: int, months: Months, chance: Chance) -> None:
    """Some customers replace their contract by a larger or smaller one; the total is that of all changes."""
    step, begins = total // count, months.start(month)
    able = [each for each in active if each.contracts[-1].starts < begins and each.amount + step >= -step]
    for _ in range(count):
        changed = chance.one(able)
        able.remove(changed)
        at = months.at(month, chance.between(0.02, 0.98))
        changed.contracts[-1].ends = at
        changed.contracts.append(Contract(chance.token("con_"), changed.amount + step, at))
