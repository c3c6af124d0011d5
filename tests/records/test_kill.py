"""A process that is killed at any moment loses no poll that was committed, and keeps no half of one."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from subprocess import PIPE, Popen, TimeoutExpired

import pytest

from exporter.records.store import Store
from tests.support.polls import column

KILLS = 6
POLLER = Path(__file__).with_name("poll_until_killed.py")


@pytest.mark.process
def test_kill_at_any_moment(tmp_path: Path) -> None:
    path, rng, committed = tmp_path / "store.duckdb", random.Random(1), 0
    for _ in range(KILLS):
        with Popen([sys.executable, str(POLLER), str(path)], stdout=PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(rng.randint(1, 8)):
                committed = int(process.stdout.readline())
            try:
                process.wait(timeout=rng.uniform(0, 0.05))
            except TimeoutExpired:
                process.kill()
            committed = max([committed, *(int(line) for line in process.stdout.read().splitlines())])
        store = Store(path)
        assert list(path.parent.rglob("*.ndjson")) == []
        last = int(store.polls.state("acme")["crm"].cursor["last"])
        assert last >= committed
        assert column(store, "deals", "deal_id") == sorted(str(number) for number in range(1, last + 1))
        assert column(store, "leads", "lead_id") == [f"{last}-{row}" for row in range(5)]
        with store.reading("acme", "UTC") as cursor:
            answers = cursor.execute("SELECT count(*), max(value) FROM answers").fetchall()
        assert answers == [(last, last)]
        store.close()
    assert committed > KILLS
