"""`kill -9` at each step of a poll, an evaluation and the history: the poll is there whole or not at all."""

from __future__ import annotations

import json
import multiprocessing
import re
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from exporter.catalogue.loading import load
from exporter.history import table
from exporter.kpis.kpi_series import KpiSeries
from exporter.kpis.snapshot import take_snapshot
from exporter.records.store import Store
from exporter.revenue.materialization import refresh
from tests.integration import dying
from tests.support.examples import first
from tests.support.mrr_company import catalogue, item
from tests.support.polls import contents
from tests.support.world import Tables, World, utc

pytestmark = pytest.mark.process

FIRST, SECOND = utc("2026-03-10T06:30"), utc("2026-03-10T12:30")
POLLED: Sequence[Tables] = (
    {
        "subscription_items": [item(1, 100, "2026-01-01"), item(2, 200, "2026-02-01"), item(3, 300, "2026-02-01")],
        "assets": [{"asset_id": "A", "kind": "cluster", "starts_at": "2026-01-01"}],
    },
    {
        "subscription_items": [
            item(1, 150, "2026-01-01"),
            item(2, 200, "2026-02-01"),
            item(4, 400, "2026-03-01"),
            {**item(5, 500, "2026-03-01"), "unit_amount": "much"},
        ],
        "assets": [{"asset_id": "A", "kind": "cluster", "starts_at": "2026-01-01", "ends_at": "2026-03-02"}],
    },
)
"""One row changes, one goes, one comes, one is bad."""
COUNT = {"unit": "count", "per": None}
CATALOGUE = {
    **catalogue(income={}, clusters=COUNT | {"formula": "clusters"}, releases=COUNT | {"formula": "releases"}),
    "history": {"keep": "3 days", "dense": "0s", "every": "12h"},
    "sources": {
        "books": {
            "type": "files",
            "max_age": "365d",
            "tables": {name: {"path": f"{name}.csv", "may_reject": "100%"} for name in POLLED[0]},
            "measures": {"releases": {"path": "releases.csv", "query": "SELECT value FROM rows", "unit": "count"}},
        },
    },
}


@dataclass(frozen=True)
class Facts:
    """What a store holds of the company, and the values of its KPIs."""

    records: Mapping[str, Sequence[object]]
    answers: Sequence[object]
    states: object
    rejected: object
    values: Mapping[str, float | None]


def facts(folder: Path) -> Facts:
    """After a restart, which also evaluates the company."""
    store = Store(folder / "records.duckdb")
    try:
        assert not list(folder.rglob("*.ndjson")), "what a poll that was killed has read"
        with store.reading("acme", "UTC") as cursor:
            answers = cursor.execute("SELECT * FROM answers ORDER BY ALL").fetchall()
        company = load(folder / "company.yaml", {})
        refresh(store, company.ledger)
        values = {each.kpi.id: each.value for each in take_snapshot(company, store, SECOND).kpis}
        return Facts(
            {name: contents(store, name) for name in POLLED[0]},
            answers,
            {
                name: (state.last_success, state.error, state.cursor.keys())
                for name, state in store.polls.state("acme").items()
            },
            store.polls.rejected("acme"),
            values,
        )
    finally:
        store.close()


def past(folder: Path) -> Mapping[str, KpiSeries]:
    """Return the stored values of the KPIs."""
    store = Store(folder / "records.duckdb")
    try:
        return table.load(store, "acme", utc("2000-01-01"))
    finally:
        store.close()


def run(folder: Path, before: int | None) -> int | None:
    """Return the exit code of a separate process that ends before that call of the database."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([dying.__name__])
    process = context.Process(target=dying.run, args=(folder, SECOND, before))
    process.start()
    process.join()
    return process.exitcode


@dataclass(frozen=True)
class Killed:
    """A company after its first poll, whose files have changed, and what there is to say of a second one."""

    folder: Path
    before: Facts
    after: Facts
    past: Mapping[str, KpiSeries]
    calls: Sequence[str]

    def points(self, every: bool) -> Sequence[int]:
        """Return the calls of the database before which to end: all, or those around transactions and writes.

        Without `every` these are the calls that begin, commit and follow a transaction, and the first of each way to
        write into each schema.
        """
        writes = [_WRITES.match(call) for call in self.calls]
        ways = [match and match.groups() for match in writes]
        return [
            number
            for number, call in enumerate(self.calls)
            if every
            or call in ("begin", "commit")
            or self.calls[number - 1] == "commit"
            or (ways[number] and ways[number] not in ways[:number])
        ]


_WRITES = re.compile(r'(INSERT|DELETE|UPDATE)[^"]*"records"\.(\w+)')


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    folder = tmp_path_factory.mktemp("polled") / "acme"
    folder.mkdir()
    (folder / "releases.csv").write_text("value\n1\n", "utf-8")
    world = World(folder, POLLED[0], catalogue=CATALOGUE).poll(FIRST)
    for name, rows in POLLED[1].items():
        world.write(name, rows)
    (folder / "releases.csv").write_text("value\n2\n", "utf-8")
    world.store.close()
    whole = shutil.copytree(folder, folder.parent / "whole")
    assert run(whole, None) == 0
    calls = json.loads((whole / dying.CALLS).read_text())
    return Killed(folder, facts(folder), facts(whole), past(whole), calls)


@pytest.mark.parametrize("every", first(1, (False, True)), ids=["at each step", "before each call"])
def test_a_poll_is_kept_whole_or_not_at_all(killed: Killed, every: bool, tmp_path: Path) -> None:
    """Compute after a restart what belongs to the records, and make the poll again."""
    assert killed.before != killed.after
    left: dict[bool, Path] = {}
    for point in killed.points(every):
        folder = shutil.copytree(killed.folder, tmp_path / str(point))
        assert run(folder, point) == -signal.SIGKILL, killed.calls[point]
        committed = (folder / dying.POLLED).exists()
        after = facts(folder)
        assert after == killed.after or (not committed and after == killed.before), (point, killed.calls[point])
        assert past(folder) in ({}, killed.past)
        left[after == killed.after] = folder
    assert left.keys() == {False, True}
    assert killed.past
    for folder in left.values():
        assert run(folder, None) == 0
        assert (facts(folder), past(folder)) == (killed.after, killed.past)
