"""A count stands with its noun in the singular or the plural."""

from __future__ import annotations

import pytest

from exporter.quantities.counts import counted


@pytest.mark.parametrize(("count", "text"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (12_345, "12,345 rows")])
def test_counts(count: int, text: str) -> None:
    assert counted(count, "row") == text
