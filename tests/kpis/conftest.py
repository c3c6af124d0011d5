"""Worlds of a test, whose stores are closed when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kpis.world import MakeWorld, Tables, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[MakeWorld]:
    """Makes a world from its tables; a test may make several."""
    made: list[World] = []

    def make(tables: Tables, **given: Any) -> World:
        folder = tmp_path / f"world{len(made)}"
        folder.mkdir()
        made.append(World(folder, tables, **given))
        return made[-1]

    yield make
    for each in made:
        each.store.close()
