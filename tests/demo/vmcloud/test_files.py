"""What the cloud provider's systems export: nothing that lies ahead, nobody's name, and more as time goes on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from exporter.demo.vmcloud.simulation import simulate, write

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
LAST_DAY_OVER = date(2026, 11, 21)


def test_nothing_has_happened_that_lies_ahead_and_no_day_is_exported_before_it_is_over() -> None:
    for path, rows in simulate(NOW).items():
        values = [value for row in rows for value in row.values()]
        assert max((value for value in values if isinstance(value, datetime)), default=NOW) <= NOW, path
        days = (value for value in values if isinstance(value, date) and not isinstance(value, datetime))
        assert max(days, default=LAST_DAY_OVER) <= LAST_DAY_OVER, path


def test_nothing_happened_before_the_launch_but_accounts_opened_for_it() -> None:
    launch = datetime(2026, 3, 1, tzinfo=ZoneInfo("Europe/Paris"))
    for path, rows in simulate(NOW).items():
        instants = [value for row in rows for value in row.values() if isinstance(value, datetime)]
        if path != "product/signups.csv":
            assert min(instants, default=launch) >= launch, path


@pytest.mark.parametrize(
    "path", ["billing/prices.csv", "product/signups.csv", "helpdesk/tickets.csv", "ci/deployments.jsonl"]
)
def test_later_in_the_month_more_has_happened_and_nothing_is_forgotten(path: str) -> None:
    ids = [{next(iter(row.values())) for row in simulate(now)[path]} for now in (NOW.replace(day=1), NOW)]
    assert ids[0] < ids[1]


def test_no_row_names_a_person() -> None:
    for path, rows in simulate(NOW).items():
        assert not any("@" in str(value) or "name" in column for row in rows for column, value in row.items()), path


def test_files_are_small_and_of_three_formats(tmp_path: Path) -> None:
    files = [path for path in write(tmp_path / "demo", NOW).parent.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 3_000_000
    assert {path.suffix for path in files} == {".csv", ".jsonl", ".parquet", ".yaml"}


def test_a_gpu_is_rented_by_a_customer_of_that_moment() -> None:
    tables = simulate(NOW)
    since = {row["account"]: row["since"] for row in reversed(tables["billing/prices.csv"])}
    gpus = [row for row in tables["platform/instances.csv"] if row["kind"] == "gpu"]
    assert len(gpus) in (22, 23)
    for row in gpus:
        begins = since[row["account"]]
        assert isinstance(begins, datetime)
        assert isinstance(row["running_since"], datetime)
        assert begins <= row["running_since"]


def test_the_bank_account_is_never_overdrawn() -> None:
    assert min(Decimal(str(row["balance"])) for row in simulate(NOW)["accounting/bank.csv"]) > 0
