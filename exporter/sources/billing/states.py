"""The states of a contract's lines: what each charges, and in which status, from when to when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from exporter.sources.billing.contract import Charge, Contract, Standing
from exporter.sources.billing.timeline import Piece

_NOT_BEGUN = ("incomplete", "incomplete_expired")


@dataclass(frozen=True, slots=True)
class State:
    """What a line charges, and in which status, over an interval; `learnt_at` is when that was learnt."""

    line_id: str
    starts_at: datetime
    ends_at: datetime | None
    charge: Charge
    standing: Standing
    learnt_at: datetime


def states(contract: Contract) -> Iterator[State]:
    """Yield the states of all lines: each ends where its charge or the contract's status changes.

    A contract whose first payment is outstanding, or never came, has none.
    """
    for line_id, line in contract.lines.items():
        for charge in line.charges.pieces(line.began_at, contract.ended_at):
            for standing in contract.standings.pieces(contract.began_at, contract.ended_at):
                if charge.value is not None and standing.value.status not in _NOT_BEGUN:
                    yield from _both(contract, line_id, charge, charge.value, standing)


def _both(
    contract: Contract, line_id: str, piece: Piece[Charge | None], charge: Charge, standing: Piece[Standing]
) -> Iterator[State]:
    """Yield the state in which the charge and the status hold together, if they ever do."""
    starts = max(piece.starts_at, standing.starts_at)
    ends = min((end for end in (piece.ends_at, standing.ends_at) if end is not None), default=None)
    if ends is not None and ends <= starts:
        return
    learnt = [
        *(piece.start_learnt_at for piece in (piece, standing) if piece.starts_at == starts),
        *(piece.end_learnt_at for piece in (piece, standing) if piece.ends_at == ends and piece.end_learnt_at),
    ]
    if ends is not None and ends == contract.ended_at and contract.attributes_learnt_at is not None:
        learnt.append(contract.attributes_learnt_at)
    yield State(line_id, starts, ends, charge, standing.value, max(learnt))
