"""A folder of exports: what each file is proposed for, or why it is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exporter.setup.inspection import NotATable, inspect
from exporter.setup.proposal import NoProposal, Proposal, propose

SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".xls", ".xlsb", ".ods"})
"""Files of other kinds are not looked at."""


@dataclass(frozen=True)
class Unused:
    """A file, or a sheet of one, that fills no record table, with the reason for people."""

    path: Path
    reason: str


def survey(folder: Path) -> tuple[Sequence[Proposal], Sequence[Unused]]:
    """Look into each export of a folder, in the order of names."""
    proposals: list[Proposal] = []
    unused: list[Unused] = []
    for path in sorted(path for path in folder.iterdir() if path.is_file() and path.suffix.lower() in SUFFIXES):
        try:
            for export in inspect(path):
                match propose(export):
                    case Proposal() as proposal:
                        proposals.append(proposal)
                    case NoProposal(reason=reason):
                        unused.append(Unused(path, reason))
        except NotATable as error:
            unused.append(Unused(path, f"it {error}"))
    return proposals, unused


def currency_of(proposals: Sequence[Proposal]) -> str | None:
    """Return the currency that most exports name; None where none does."""
    words = Counter(
        word.strip().upper()
        for proposal in proposals
        for column in [proposal.columns.get("currency")]
        if column is not None
        for word in proposal.export.column(column).words
    )
    return words.most_common(1)[0][0] if words else None
