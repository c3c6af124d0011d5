"""The kept past of a small company: as computed afresh, corrected, thinned, and there after a restart."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.catalogue.language.plans import Scenario
from exporter.catalogue.loading import load
from exporter.catalogue.schema.history import RetentionPolicy
from exporter.history import table
from exporter.history.writer import HistoryWriter, most_at_once
from exporter.records.store import Store
from exporter.runtime.service import Runtime
from tests.support.clocks import Hands
from tests.support.mrr_company import catalogue, item
from tests.support.runtimes import evaluated
from tests.support.world import MakeWorld, TableRow, Tables, World, utc

pytestmark = pytest.mark.slow

STEPS = [
    item(1, 1000, "2026-01-10"),
    item(2, 500, "2026-02-09", "2026-03-04"),
    item(3, 300, "2026-02-19", "2026-02-24"),
]
"""From noon to noon, as the MRR of the 10 February begins at noon of the 9th."""
READ = utc("2026-03-10T06:30")
KPIS: Mapping[str, Mapping[str, object]] = {
    "income": {"warning": "> 1400", "plan": "2026-02-01 1000, 2026-03-01 1280"},
    "growth": {"formula": "net_new_mrr", "window": "month"},
    "odds": {"formula": "mrr / (customers - 2)"},
    "tickets": {"formula": "tickets", "unit": "count", "per": None},
}
HISTORY = {"keep": "40 days", "dense": "2 days", "every": "6h"}
BRIEF = {"keep": "5 days", "dense": "0s"}


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class StoredHistory:
    """A company, and a keeper of its past whose clock the test moves."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clock = Clock(READ)
        self.writer = HistoryWriter(world.store, self.clock)
        self.writer.set_companies({"acme": world.company})

    def fill(self, at: datetime) -> int:
        """Compute as of an instant until nothing waits; how many steps it took."""
        self.clock.at = at
        steps = 0
        while self.writer.write_batch("acme"):
            steps += 1
        return steps

    def values(self, kpi: str) -> Mapping[str, float | None]:
        """Return the stored values by their moments."""
        result = table.load(self.world.store, "acme", utc("2000-01-01"), [kpi]).get(kpi)
        if result is None:
            return {}
        return dict(zip((f"{datetime.fromtimestamp(at, UTC):%m-%dT%H}" for at in result.at), result.value, strict=True))

    def correct(self, rows: Sequence[TableRow], at: datetime) -> None:
        self.world.write("subscription_items", rows)
        self.world.poll(at)


@pytest.fixture
def acme(world: MakeWorld) -> StoredHistory:
    return StoredHistory(make(world))


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the same company, when all of its past was computed as of `READ`."""
    folder = tmp_path_factory.mktemp("computed")
    stored = StoredHistory(make(partial(World, folder)))
    assert stored.fill(READ)
    stored.world.store.close()
    return folder


@pytest.fixture
def filled(computed: Path, tmp_path: Path) -> Iterator[StoredHistory]:
    stored = StoredHistory(World.opened(shutil.copytree(computed, tmp_path / "computed")))
    stored.clock.at = READ
    yield stored
    stored.world.store.close()


def make(world: MakeWorld, **kpis: Mapping[str, object]) -> World:
    tables: Tables = {"subscription_items": STEPS, "customers": [{"customer_id": 1, "tier": "gold"}]}
    return world(tables, catalogue={**catalogue(**{**KPIS, **kpis}), "history": HISTORY}, max_age="365d").poll(READ)


def test_every_kept_number_is_the_one_that_would_have_been_published_then(filled: StoredHistory) -> None:
    result = table.load(filled.world.store, "acme", utc("2000-01-01"))
    assert result.keys() == {"income", "growth", "odds"}
    for index in (0, 11, 37, 43):
        at = datetime.fromtimestamp(result["income"].at[index], UTC)
        for reading in filled.world.take(at).kpis:
            if track := result.get(reading.kpi.id):
                message = (track.value[index], track.status[index], track.plan[index], track.previous[index])
                assert message == (reading.value, reading.status, reading.plan.get(Scenario.BASE), reading.previous)
    assert {0, 1} == set(result["income"].status)


def test_moments_are_midnights_and_the_steps_of_the_latest_days(filled: StoredHistory) -> None:
    moments = list(filled.values("income"))
    assert moments[:2] == ["01-30T00", "01-31T00"]
    assert moments[-7:] == ["03-08T00", *(f"03-09T{hour}" for hour in ("00", "06", "12", "18")), "03-10T00", "03-10T06"]
    assert len(moments) == 2 + 28 + 8 + 6


def test_the_past_begins_with_the_first_record(world: MakeWorld) -> None:
    young = StoredHistory(
        world(
            {"subscription_items": [item(1, 1000, "2026-03-02")]}, catalogue={**catalogue(**KPIS), "history": HISTORY}
        )
    )
    young.world.poll(READ)
    young.fill(READ)
    assert min(young.values("income")) == "03-03T00"
    young.correct([item(1, 1000, "2026-02-20")], READ + timedelta(hours=1))
    young.fill(READ + timedelta(days=1))
    assert min(young.values("income")) == "02-21T00"
    young.correct([item(1, 1000, "2026-03-05")], READ + timedelta(days=1, hours=1))
    young.fill(READ + timedelta(days=2))
    assert min(young.values("income")) == "03-06T00"


def test_what_is_unknown_has_no_number_and_no_row_when_it_always_is(filled: StoredHistory) -> None:
    odds = filled.values("odds")
    assert odds["02-09T00"] == -1000
    assert odds["02-10T00"] is None
    assert odds["02-20T00"] == 1800
    assert filled.values("tickets") == {}


def test_midnights_are_there_first_and_the_newest_of_them_before_older_ones(acme: StoredHistory) -> None:
    acme.writer.write_batch("acme")
    acme.writer.write_batch("acme")
    acme.writer.write_batch("acme")
    result = list(acme.values("income"))
    assert 3 <= len(result) <= 7
    assert result == [f"03-{day:02}T00" for day in range(11 - len(result), 11)]


def test_the_more_customers_a_company_has_the_fewer_moments_are_computed_at_once(
    acme: StoredHistory, filled: StoredHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exporter.history.writer._ROWS", 2 * len(STEPS))
    moments = filled.values("income")
    assert acme.fill(READ) >= len(moments) / 2
    assert acme.values("income") == moments


@given(customers=st.integers(0, 10**7))
def test_what_is_computed_at_once_has_no_more_rows_than_one_moment_or_the_limit(customers: int) -> None:
    at_once = most_at_once(customers)
    assert 1 <= at_once <= 32
    assert at_once == 1 or at_once * customers <= 20_000


def test_it_says_how_far_it_has_come_the_first_time_only(acme: StoredHistory) -> None:
    assert acme.writer.progress("acme") is None
    shares = []
    while acme.writer.write_batch("acme"):
        if progress := acme.writer.progress("acme"):
            shares.append(progress.done / progress.total)
    assert shares
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1
    acme.clock.at = READ + timedelta(days=1)
    acme.writer.write_batch("acme")
    assert acme.writer.progress("acme") is None


def test_a_late_correction_shows_a_day_later(filled: StoredHistory) -> None:
    filled.correct([item(1, 1000, "2026-01-10"), item(2, 700, "2026-02-09", "2026-03-04")], READ + timedelta(hours=1))
    filled.fill(READ + timedelta(hours=23))
    assert filled.values("income")["02-10T00"] == 1500
    filled.fill(READ + timedelta(hours=24))
    assert filled.values("income")["02-10T00"] == 1700


def test_a_moment_after_the_last_poll_is_told_again_when_its_records_are_there(filled: StoredHistory) -> None:
    filled.fill(utc("2026-03-10T12:10"))
    assert filled.values("income")["03-10T12"] == 1000
    late = {**item(4, 50, "2026-03-10"), "starts_at": "2026-03-10T09:00Z"}
    filled.correct([*STEPS, late], utc("2026-03-10T13:00"))
    assert filled.fill(utc("2026-03-10T13:10")) == 0
    assert filled.fill(utc("2026-03-10T18:01")) > 0
    assert filled.values("income")["03-10T12"] == filled.values("income")["03-10T18"] == 1050


def test_days_later_the_steps_have_made_room_for_midnights_and_the_oldest_are_gone(filled: StoredHistory) -> None:
    filled.fill(READ + timedelta(days=5))
    moments = list(filled.values("income"))
    assert moments[0] == "02-04T00"
    assert "03-09T06" not in moments
    assert {"03-09T00", "03-10T00", "03-14T06", "03-15T06"} <= set(moments)


def test_a_restart_finds_everything_and_computes_nothing_anew(filled: StoredHistory, world: MakeWorld) -> None:
    before = filled.values("income")
    filled.world.store.close()
    filled.world.store = Store(filled.world.store.path)
    again = StoredHistory(filled.world)
    assert again.values("income") == before
    assert again.fill(READ + timedelta(minutes=5)) == 0


@pytest.mark.parametrize("ahead", [timedelta(hours=7), timedelta(days=365)])
def test_nothing_is_kept_of_a_time_that_is_yet_to_come(filled: StoredHistory, ahead: timedelta) -> None:
    """The clock goes ahead, moments are computed, wait or are half done; then it is set back."""
    before = filled.values("income")
    filled.clock.at = READ + ahead
    filled.writer.write_batch("acme")
    filled.fill(READ)
    assert filled.values("income").keys() <= before.keys()
    assert filled.values("income")["03-10T06"] == 1000
    filled.fill(READ + timedelta(hours=6))
    assert list(filled.values("income"))[-1] == "03-10T12"


def test_a_clock_that_is_wrong_for_a_moment_thins_nothing(acme: StoredHistory) -> None:
    hands = Hands(READ)
    writer = HistoryWriter(acme.world.store, hands.clock)
    writer.set_companies({"acme": acme.world.company})
    while writer.write_batch("acme"):
        pass
    before = acme.values("income")
    hands.set(365 * 86400.0)
    for _ in range(2):
        writer.write_batch("acme")
    assert before.items() <= acme.values("income").items()
    hands.set(-365 * 86400.0)
    while writer.write_batch("acme"):
        pass
    assert acme.values("income") == before


def test_half_way_a_restart_goes_on(acme: StoredHistory) -> None:
    acme.writer.write_batch("acme")
    acme.world.store.close()
    acme.world.store = Store(acme.world.store.path)
    again = StoredHistory(acme.world)
    assert again.values("income") == {"03-10T00": 1000}
    again.fill(READ)
    assert len(again.values("income")) == 44


@pytest.mark.parametrize(
    ("changed", "forgotten"),
    [
        ({"formula": "mrr * 2"}, True),
        ({"warning": "> 1200"}, True),
        ({}, False),
    ],
)
def test_values_of_another_definition_are_dropped_and_computed_again(
    filled: StoredHistory, changed: Mapping[str, object], forgotten: bool
) -> None:
    file = filled.world.folder / "changed.yaml"
    file.write_text(f"extends: company.yaml\nkpis:\n  income: {dict(changed)}\n", "utf-8")
    filled.writer.set_companies({"acme": load(file, {})})
    assert (filled.values("income") == {}) == forgotten
    filled.fill(READ + timedelta(minutes=5))
    assert filled.values("income")["02-10T00"] == (3000 if "formula" in changed else 1500)


def test_nothing_is_computed_before_every_source_was_tried(world: MakeWorld) -> None:
    tables: Tables = {"subscription_items": STEPS, "tickets": [{"ticket_id": 1, "opened_at": "2026-01-01T00:00Z"}]}
    acme = StoredHistory(
        world(
            tables, catalogue={**catalogue(**KPIS), "history": BRIEF}, sources={"tickets": "desk"}, max_age="365d"
        ).poll(READ, "books")
    )
    assert acme.fill(READ) == 0
    acme.world.store.polls.failed("acme", "desk", READ, "no answer")
    assert acme.fill(READ) > 0
    assert acme.values("tickets") == {}
    acme.world.poll(READ + timedelta(hours=1), "desk")
    assert acme.fill(READ + timedelta(hours=1)) > 0
    assert acme.values("tickets")["03-07T00"] == 0


def test_the_history_ends_with_what_is_published_now(filled: StoredHistory) -> None:
    now = READ + timedelta(minutes=10)
    runtime = evaluated(Runtime([filled.world.folder / "company.yaml"], filled.world.store, lambda: now))
    track = runtime.history("acme", utc("2026-03-09T12:00"), ["income"])["income"]
    assert track.at == [
        utc(f"2026-03-{at}").timestamp() for at in ("09T12:00", "09T18:00", "10T00:00", "10T06:00", "10T06:40")
    ]
    assert track.value == [1000] * 5
    assert runtime.history("acme", utc("2026-01-01")).keys() == {"income", "growth", "odds"}


def test_a_grid_without_a_dense_stretch_has_midnights_and_the_latest_step() -> None:
    grid = RetentionPolicy.model_validate({"keep": "3 days", "dense": "0s", "every": "1h"}).grid(
        utc("2026-03-10T06:30")
    )
    assert grid == [utc("2026-03-08"), utc("2026-03-09"), utc("2026-03-10"), utc("2026-03-10T06:00")]


def test_answers_of_direct_measures_are_thinned_and_what_they_said_of_the_past_stays(world: MakeWorld) -> None:
    answered = {"path": "sizes.csv", "query": "SELECT value FROM rows", "unit": "count"}
    inventory = {"type": "files", "measures": {"clusters": answered}, "max_age": "3h"}
    kpis = catalogue(size={"formula": "clusters", "unit": "count", "per": None})
    acme = StoredHistory(world({}, catalogue={**kpis, "history": HISTORY, "sources": {"inventory": inventory}}))
    polls = [
        READ - timedelta(days=50),
        *(READ - timedelta(days=4, minutes=30 * back) for back in range(20, -1, -1)),
        READ,
    ]
    for number, at in enumerate(polls):
        (acme.world.folder / "sizes.csv").write_text(f"value,\n{number},\n", "utf-8")
        acme.world.poll(at)
    acme.fill(READ)
    assert acme.values("size")["03-06T00"] == 7
    assert acme.values("size")["03-07T00"] is None
    with acme.world.store.cursor() as cursor:
        rows = cursor.execute(f"SELECT value FROM {acme.world.store.layout.polls('answers')} ORDER BY value").fetchall()
    assert [int(value) for (value,) in rows] == [1, 4, 7, 10, 13, 16, 19, 21, 22]
