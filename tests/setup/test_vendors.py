"""`init` with a key and nothing else, and `try`: what the key may read, the requests, what will have values."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from exporter.cli import commands
from exporter.setup.systems import SYSTEMS, VENDORS
from exporter.sources.registry import kinds
from exporter.sources.vendor import VendorOptions
from tests.vendors.pagerduty.account import PagerDutyAccount
from tests.vendors.pagerduty.server import KEY, PagerDutyServer
from tests.vendors.pagerduty.stories import Future


def run(*arguments: str, key: str | None = KEY, typed: str | None = None) -> Result:
    """Run a command of the program in this process."""
    return CliRunner().invoke(commands, arguments, env={"PAGERDUTY_KEY": key}, input=typed)


@pytest.fixture(scope="module")
def account() -> PagerDutyAccount:
    now = datetime.now(UTC).replace(microsecond=0)
    account = PagerDutyAccount(now - timedelta(days=100))
    future = Future(account)
    future.incidents(60, account.now, now - timedelta(days=5))
    future.advance(now)
    return account


@pytest.fixture
def server(account: PagerDutyAccount) -> Iterator[PagerDutyServer]:
    with PagerDutyServer(account) as server:
        yield server


def connect(server: PagerDutyServer, folder: Path, **how: str | None) -> Result:
    return run("init", str(folder), "--company", "acme", "--system", f"pagerduty={server.url}", **how)


def test_the_vendors_are_the_kinds_that_a_key_connects() -> None:
    assert sorted(VENDORS) == sorted(name for name, kind in kinds().items() if issubclass(kind, VendorOptions))
    assert not set(VENDORS) & set(SYSTEMS)


def test_a_key_in_a_variable_is_all_that_init_needs(server: PagerDutyServer, tmp_path: Path) -> None:
    result = connect(server, tmp_path)
    assert result.exit_code == 0, result.output
    written = (tmp_path / "company.yaml").read_text("utf-8")
    assert "type: pagerduty\n    key: !env PAGERDUTY_KEY" in written
    assert KEY not in written + result.output
    for sentence in (
        "PagerDuty: the key has Incidents: read, Log entries: read",
        ", 1 source, no mistakes",
        "pagerduty (pagerduty): read",
        f"200 GET {server.url}/incidents?***",
        "table incidents: ",
        "Mean time to acknowledge: ",
    ):
        assert sentence in result.output
    assert not (tmp_path / "pagerduty.key").exists()


def test_a_key_that_is_typed_goes_into_a_file_of_its_owner(
    server: PagerDutyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exporter.cli.init._on_a_terminal", lambda: True)
    answers = ["--title", "Acme", "--currency", "EUR", "--timezone", "UTC", "--like", "managed-kubernetes"]
    system = f"pagerduty={server.url}"
    result = run("init", str(tmp_path), "--company", "acme", *answers, "--system", system, key=None, typed=f"{KEY}\n")
    assert result.exit_code == 0, result.output
    path = tmp_path / "pagerduty.key"
    assert path.read_text("utf-8").strip() == KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "key: !file pagerduty.key" in (tmp_path / "company.yaml").read_text("utf-8")
    assert KEY not in result.output


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (None, "PAGERDUTY_KEY is not set; let it hold a key of pagerduty, or run this on a terminal"),
        ("wrong", "answered 401 Unauthorized; check `key`"),
        ("two\nlines", "pagerduty: `key` has a line break"),
    ],
)
def test_a_key_that_is_missing_or_wrong_writes_nothing(
    server: PagerDutyServer, tmp_path: Path, key: str | None, sentence: str
) -> None:
    result = connect(server, tmp_path, key=key)
    assert result.exit_code != 0
    assert sentence in result.output
    assert [*tmp_path.iterdir()] == []


def test_a_key_that_may_read_nothing_writes_nothing(server: PagerDutyServer, tmp_path: Path) -> None:
    server.lacking = ["incidents", "log_entries"]
    result = connect(server, tmp_path, key=KEY)
    assert result.exit_code != 0
    assert "PagerDuty: the key may read nothing: " in result.output
    assert [*tmp_path.iterdir()] == []


def test_a_system_is_a_name_and_only_a_vendor_has_an_address(tmp_path: Path) -> None:
    for system, sentence in (("pagerdut", "did you mean `pagerduty`"), ("http=https://host", "write the name alone")):
        result = run("init", str(tmp_path), "--company", "acme", "--currency", "EUR", "--system", system)
        assert result.exit_code == 2
        assert sentence in result.output


def test_permissions_that_are_missing_are_said_with_the_tables_that_need_them(
    server: PagerDutyServer, tmp_path: Path
) -> None:
    connect(server, tmp_path)
    server.lacking = ["log_entries"]
    result = run("try", str(tmp_path / "company.yaml"))
    assert result.exit_code == 1
    assert "pagerduty (pagerduty): failed: " in result.output
    assert "the key lacks Log entries: read, which incidents needs: " in result.output
    document = json.loads(run("try", str(tmp_path / "company.yaml"), "--json").stdout)
    (source,) = document["sources"]
    assert [each["reads"] for each in source["permissions"] if each["refusal"]] == ["Log entries: read"]
