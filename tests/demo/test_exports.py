"""The exports of every simulated company: nothing that lies ahead, nobody's name, the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from exporter.catalogue.loading import shipped_file
from exporter.demo.registry import COMPANIES
from tests.demo.simulations import NOW, SIMULATE, exports

pytestmark = pytest.mark.slow

EVERY = pytest.mark.parametrize("company", SIMULATE)
YESTERDAY = NOW.date() - timedelta(days=1)
LAST_DAY = {
    "email-infrastructure": YESTERDAY,
    "managed-kubernetes": date.max,  # deals have a day on which they are expected to close
    "unit-economics": NOW.date(),  # the bookkeeping shows the entries of today
    "vmcloud": YESTERDAY,
}
PLANNED = ("planning/", "hr/", "finance/financing")
"""Exports of what is planned."""
GROWING: Mapping[str, tuple[str, ...]] = {
    "email-infrastructure": (
        *("billing/workspaces.csv", "billing/charges.csv"),
        *("product/campaigns.jsonl", "survey/responses.csv"),
    ),
    "managed-kubernetes": ("billing/customers.csv", "crm/deals.jsonl", "finance/journal.csv"),
    "unit-economics": ("billing/contracts.csv",),
    "vmcloud": ("billing/prices.csv", "product/signups.csv", "helpdesk/tickets.csv", "ci/deployments.jsonl"),
}
BYTES = {
    "email-infrastructure": 2_000_000,
    "managed-kubernetes": 5_000_000,
    "unit-economics": 5_000_000,
    "vmcloud": 3_000_000,
}


def contents(folder: Path) -> Mapping[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def values(company: str) -> Iterator[tuple[str, object]]:
    for path, rows in exports(company).items():
        yield from ((path, value) for row in rows for value in row.values())


def ids(company: str, path: str, now: datetime) -> set[object]:
    return {next(iter(row.values())) for row in exports(company, now)[path]}


@EVERY
def test_the_same_instant_is_the_same_bytes_in_every_time_zone(company: str, tmp_path: Path) -> None:
    file = COMPANIES[company](tmp_path / "one", NOW)
    COMPANIES[company](tmp_path / "two", NOW.astimezone(timezone(timedelta(hours=5))))
    one = contents(tmp_path / "one")
    assert file == tmp_path / "one" / "company.yaml"
    assert one == contents(tmp_path / "two")
    assert sum(map(len, one.values())) < BYTES[company]
    assert {Path(name).suffix for name in one} >= {".csv", ".parquet", ".yaml"}
    document = yaml.safe_load(file.read_text("utf-8"))
    assert document["extends"] == document["company"] == company
    assert shipped_file(company).is_file()


@EVERY
def test_another_seed_is_another_company(company: str) -> None:
    one, two = exports(company), exports(company, NOW, 2)
    assert one.keys() == two.keys()
    differing = {path for path in one if one[path] != two[path]}
    assert differing
    if company == "managed-kubernetes":
        assert one.keys() - differing == {"hr/positions.csv", "planning/quotas.csv", "planning/targets.csv"}


@EVERY
def test_now_needs_an_offset(company: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="now needs an offset"):
        COMPANIES[company](tmp_path, NOW.replace(tzinfo=None))
    assert not list(tmp_path.iterdir())


def test_a_run_replaces_an_earlier_one_and_leaves_other_files_alone(tmp_path: Path) -> None:
    write = COMPANIES["email-infrastructure"]
    write(tmp_path / "demo", NOW, seed=2)
    (tmp_path / "demo" / "billing" / "notes.txt").write_text("mine")
    write(tmp_path / "demo", NOW, seed=1)
    write(tmp_path / "fresh", NOW, seed=1)
    assert contents(tmp_path / "demo") == {**contents(tmp_path / "fresh"), "billing/notes.txt": b"mine"}


@EVERY
def test_nothing_has_happened_that_lies_ahead(company: str) -> None:
    for path, value in values(company):
        if isinstance(value, datetime):
            assert value <= NOW or path.startswith(PLANNED), path
        elif isinstance(value, date):
            assert value <= LAST_DAY[company], path


@EVERY
def test_later_in_the_month_more_has_happened_and_nothing_is_forgotten(company: str) -> None:
    for path in GROWING[company]:
        assert ids(company, path, NOW.replace(day=1)) < ids(company, path, NOW), path


def test_no_row_is_forgotten_where_nothing_is_deleted() -> None:
    for path in exports("unit-economics"):
        assert ids("unit-economics", path, NOW.replace(day=1)) <= ids("unit-economics", path, NOW), path


@EVERY
def test_no_row_names_a_person_or_an_address(company: str) -> None:
    assert not [column for rows in exports(company).values() for column in rows[0] if "name" in column]
    assert not [path for path, value in values(company) if "@" in str(value)]


def test_nothing_happened_before_the_launch_but_accounts_opened_for_it() -> None:
    launch = datetime(2026, 3, 1, tzinfo=ZoneInfo("Europe/Paris"))
    for path, value in values("vmcloud"):
        if path != "product/signups.csv" and isinstance(value, datetime):
            assert value >= launch, path


def test_a_gpu_is_rented_by_a_customer_of_that_moment() -> None:
    tables = exports("vmcloud")
    since = {row["account"]: row["since"] for row in reversed(tables["billing/prices.csv"])}
    gpus = [row for row in tables["platform/instances.csv"] if row["kind"] == "gpu"]
    assert len(gpus) in (22, 23)
    for row in gpus:
        begins = since[row["account"]]
        assert isinstance(begins, datetime)
        assert isinstance(row["running_since"], datetime)
        assert begins <= row["running_since"]


@pytest.mark.parametrize(
    ("company", "path", "column", "now", "seed"),
    [
        ("managed-kubernetes", "finance/bank_balances.csv", "balance", NOW, 1),
        ("vmcloud", "accounting/bank.csv", "balance", NOW, 1),
        *(("unit-economics", "finance/balances.csv", "usd", NOW + timedelta(days=400), seed) for seed in (1, 2)),
    ],
)
def test_the_bank_account_is_never_overdrawn(company: str, path: str, column: str, now: datetime, seed: int) -> None:
    assert min(Decimal(str(row[column])) for row in exports(company, now, seed)[path]) >= 0
