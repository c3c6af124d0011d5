"""Golden cases as they are played in a module; their stores are closed when it is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.revenue.golden.case import Case, Play, Played


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    """Read a case's files, once for all tests of a module."""
    played: dict[str, Played] = {}

    def make(case: Case) -> Played:
        if case.name not in played:
            played[case.name] = Played(tmp_path_factory.mktemp("case"), case)
        return played[case.name]

    yield make
    for each in played.values():
        each.world.store.close()
