"""What is written: the same bytes each time, small, in every format, without a person in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from exporter.demo.managed_kubernetes.simulation import simulate, write

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def _bytes(folder: Path) -> Mapping[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "one", NOW)
    write(tmp_path / "two", NOW.astimezone(timezone(timedelta(hours=5))))
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "two")


def test_another_seed_is_another_company(tmp_path: Path) -> None:
    write(tmp_path / "one", NOW, seed=1)
    write(tmp_path / "two", NOW, seed=2)
    one, two = _bytes(tmp_path / "one"), _bytes(tmp_path / "two")
    assert one.keys() == two.keys()
    assert all(one[name] != two[name] for name in one if not re.search(r"company|positions|quotas|targets", name))


def test_a_run_replaces_an_earlier_one_and_leaves_other_files_alone(tmp_path: Path) -> None:
    write(tmp_path / "demo", NOW, seed=2)
    (tmp_path / "demo" / "crm" / "notes.txt").write_text("mine")
    write(tmp_path / "demo", NOW, seed=1)
    write(tmp_path / "fresh", NOW, seed=1)
    assert _bytes(tmp_path / "demo") == {**_bytes(tmp_path / "fresh"), "crm/notes.txt": b"mine"}


def test_files_are_small_and_of_three_formats(tmp_path: Path) -> None:
    assert write(tmp_path / "demo", NOW) == tmp_path / "demo" / "company.yaml"
    contents = _bytes(tmp_path / "demo")
    assert sum(map(len, contents.values())) < 5_000_000
    assert {Path(name).suffix for name in contents} == {".csv", ".jsonl", ".parquet", ".yaml"}


def test_no_row_names_a_person() -> None:
    for path, rows in simulate(NOW).items():
        assert not any("@" in str(value) or "name" in column for row in rows for column, value in row.items()), path


def test_nothing_has_happened_that_lies_ahead() -> None:
    planned = ("planning/", "hr/", "finance/financing")
    for path, rows in simulate(NOW).items():
        if not path.startswith(planned):
            instants = [value for row in rows for value in row.values() if isinstance(value, datetime)]
            assert max(instants, default=NOW) <= NOW, path


@pytest.mark.parametrize("path", ["billing/customers.csv", "crm/deals.jsonl", "finance/journal.csv"])
def test_later_in_the_month_more_has_happened_and_nothing_is_forgotten(path: str) -> None:
    ids = [{next(iter(row.values())) for row in simulate(now)[path]} for now in (NOW.replace(day=1), NOW)]
    assert ids[0] < ids[1]


def test_now_needs_an_offset(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="now needs an offset"):
        write(tmp_path, NOW.replace(tzinfo=None))
    assert not list(tmp_path.iterdir())


def test_the_bank_account_is_never_overdrawn() -> None:
    balances = [row["balance"] for row in simulate(NOW)["finance/bank_balances.csv"]]
    assert min(map(float, map(str, balances))) >= 0
