"""A source of each kind in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources.table_sources import KINDS, FillTable, table_filler


@pytest.fixture(
    params=[
        pytest.param(kind, marks=pytest.mark.integration) if kind in ("postgresql", "mariadb") else kind
        for kind in KINDS
    ]
)
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FillTable]:
    with table_filler(request.param, request, tmp_path) as fill:
        yield fill
