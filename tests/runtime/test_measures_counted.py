"""A running exporter says how many measures it computed: those of tables that changed, and none where nothing did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exporter.conventions import MEASURES_COMPUTED
from exporter.runtime.service import Runtime
from exporter.web.exposition import Exposition
from tests.support.clocks import Hands
from tests.support.world import World

Rows = list[dict[str, object]]
CSAT: Rows = [{"response_id": number, "kind": "csat", "score": 4, "responded_at": "2026-01-02"} for number in range(2)]
DEALS: Rows = [{"deal_id": 1, "kind": "new", "amount": 100, "currency": "EUR", "created_at": "2026-01-02"}]


class Running:
    """An exporter whose polls and seconds pass as the test says."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder, {"surveys": CSAT, "deals": DEALS}, sources={"surveys": "desk", "deals": "crm"})
        self.hands = Hands()
        self.runtime = Runtime([folder / "company.yaml"], self.world.store, self.hands.clock)
        self._exposition = Exposition(self.runtime.snapshot, self.hands.clock)

    def poll(self) -> None:
        for poller in self.runtime._poller._pollers.values():
            poller.run()
            self.runtime.evaluate("acme")

    @property
    def computed(self) -> float:
        lines = self._exposition.current.text.plain.decode().splitlines()
        return next(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{MEASURES_COMPUTED}{{"))

    def measures_of(self, table: str) -> set[str]:
        company = self.world.company
        inputs = (company.inputs(kpi).items() for kpi in company.kpis.values() if company.connected(kpi))
        return {name for each in inputs for name, measure in each if table in measure.tables | measure.lookups}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    running = Running(tmp_path)
    running.poll()
    yield running
    running.world.store.close()


def counted(running: Running, what: Callable[[], object]) -> float:
    before = running.computed
    what()
    return running.computed - before


def test_polls_that_bring_nothing_compute_nothing(running: Running) -> None:
    assert running.computed > 0
    assert counted(running, running.poll) == 0


def test_a_changed_row_asks_for_the_measures_on_its_table_alone(running: Running) -> None:
    running.world.write("surveys", CSAT[:1])
    of_surveys = running.measures_of("surveys")
    assert of_surveys
    assert of_surveys < {*of_surveys, *running.measures_of("deals")}
    assert counted(running, running.poll) == len(of_surveys)
