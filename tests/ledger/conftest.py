"""Golden cases as they are played in a test; their stores are closed when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.golden.case import Case, Play, Played


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    """Reads a case's files; a test may play several."""
    played: list[Played] = []

    def make(case: Case) -> Played:
        folder = tmp_path / f"case{len(played)}"
        folder.mkdir()
        played.append(Played(folder, case))
        return played[-1]

    yield make
    for each in played:
        each.world.store.close()
