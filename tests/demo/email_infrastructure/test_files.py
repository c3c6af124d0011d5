"""What the email provider's systems export: nothing that lies ahead, nobody's name, and more as time goes on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from exporter.demo.email_infrastructure.simulation import simulate, write

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_nothing_has_happened_that_lies_ahead_and_no_day_is_exported_before_it_is_over() -> None:
    for path, rows in simulate(NOW).items():
        values = [value for row in rows for value in row.values()]
        assert all(value <= NOW for value in values if isinstance(value, datetime)), path
        days = (value for value in values if isinstance(value, date) and not isinstance(value, datetime))
        assert all(day < NOW.date() for day in days), path


@pytest.mark.parametrize(
    "path", ["billing/workspaces.csv", "billing/charges.csv", "product/campaigns.jsonl", "survey/responses.csv"]
)
def test_later_in_the_month_more_has_happened_and_nothing_is_forgotten(path: str) -> None:
    ids = [{next(iter(row.values())) for row in simulate(now)[path]} for now in (NOW.replace(day=1), NOW)]
    assert ids[0] < ids[1]


def test_no_row_names_a_person_or_an_address() -> None:
    for path, rows in simulate(NOW).items():
        assert not any("@" in str(value) or "name" in column for row in rows for column, value in row.items()), path


def test_a_run_replaces_an_earlier_one(tmp_path: Path) -> None:
    write(tmp_path / "demo", NOW, seed=2)
    file = write(tmp_path / "demo", NOW, seed=1)
    fresh = write(tmp_path / "fresh", NOW, seed=1)
    contents = {path.relative_to(fresh.parent): path.read_bytes() for path in fresh.parent.rglob("*") if path.is_file()}
    assert contents == {p.relative_to(file.parent): p.read_bytes() for p in file.parent.rglob("*") if p.is_file()}


def test_files_are_small_and_of_three_formats(tmp_path: Path) -> None:
    files = [path for path in write(tmp_path / "demo", NOW).parent.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2_000_000
    assert {path.suffix for path in files} == {".csv", ".jsonl", ".parquet", ".yaml"}
