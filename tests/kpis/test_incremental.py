"""Evaluation that reuses what it knows: always the same readings as computed anew, and no more work than changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.catalogue.loading import load
from exporter.kpis.reading import CompanyReading
from exporter.kpis.snapshot import take_snapshot
from exporter.measures.result_cache import ResultCache
from tests.support.examples import examples
from tests.support.mrr_company import catalogue, subscription
from tests.support.world import TableRow, World, utc

BEGIN = utc("2026-03-30T21:57:20")
KPIS: Mapping[str, Mapping[str, object]] = {
    "income": {"warning": "> 900", "plan": "2026-01-01 500, 2026-12-01 2000"},
    "growth": {"formula": "net_new_mrr", "window": "month"},
    "so_far": {"formula": "net_new_mrr", "window": "month_to_date"},
    "payers": {"formula": "customers", "unit": "count", "per": None, "critical": "< 2"},
    "worth": {"formula": "mrr / customers"},
    "asked": {"formula": "tickets", "window": "trailing 30 days", "unit": "count", "per": None},
    "load": {"formula": "tickets / customers", "window": "week", "unit": "count", "per": None},
}
SOURCES = {"subscription_items": "billing", "customers": "billing", "tickets": "desk"}


def ticket(number: int, at: str) -> TableRow:
    return {"ticket_id": number, "customer_id": 1, "opened_at": at}


INSTANTS = ["2026-03-01T12:00Z", "2026-03-30T21:57:40Z", "2026-03-30T22:00Z", "2026-03-31T22:00Z", "2026-04-02T00:00Z"]
"""Some lie before the beginning, some within minutes of it or at the end of a month, some after it."""
ROWS: Mapping[str, st.SearchStrategy[TableRow]] = {
    "subscription_items": st.builds(
        subscription, st.integers(1, 3), st.sampled_from([100, 700]), st.sampled_from(INSTANTS)
    ),
    "tickets": st.builds(ticket, st.integers(1, 3), st.sampled_from(INSTANTS)),
    "customers": st.builds(
        lambda number, tier: {"customer_id": number, "tier": tier}, st.integers(1, 3), st.sampled_from("ab")
    ),
}
KEYS = {"subscription_items": "item_id", "tickets": "ticket_id", "customers": "customer_id"}


def tables() -> st.SearchStrategy[tuple[str, list[TableRow]]]:
    """Return a table with other rows."""
    return st.sampled_from(sorted(ROWS)).flatmap(
        lambda table: st.tuples(
            st.just(table), st.lists(ROWS[table], min_size=1, unique_by=lambda row: row[KEYS[table]])
        )
    )


WAITS = st.sampled_from([0, 3, 15, 41, 150, 3600, 86_400, 2_000_000])
STEP = st.one_of(
    st.tuples(st.just("poll"), st.sampled_from(["billing", "desk"])),
    st.tuples(st.just("change"), tables()),
    st.tuples(st.just("wait"), WAITS),
    st.tuples(st.just("set back"), st.sampled_from([20, 7200])),
    st.tuples(st.just("fail"), st.sampled_from(["billing", "desk"])),
    st.tuples(st.just("reload"), st.sampled_from(["> 900", "> 1500"])),
    st.tuples(st.just("restart"), st.none()),
)


class Incremental:
    """A company that is evaluated after each step, from what is known of the step before."""

    def __init__(self, folder: Path) -> None:
        self.now = BEGIN
        self.last: CompanyReading | None = None
        rows: dict[str, list[TableRow]] = {
            "subscription_items": [subscription(1, 100, INSTANTS[0])],
            "customers": [{"customer_id": 1, "tier": "a"}],
            "tickets": [ticket(1, INSTANTS[0])],
        }
        self.world = World(folder, rows, catalogue(**KPIS), SOURCES)
        self.world.poll(self.now)

    def step(self, what: str, value: Any) -> None:
        self.now += timedelta(seconds=1)
        match what:
            case "poll":
                self.world.poll(self.now, value)
            case "change":
                table, rows = value
                self.world.write(table, rows)
                self.world.poll(self.now, SOURCES[table])
            case "wait":
                self.now += timedelta(seconds=value)
            case "set back":
                self.now -= timedelta(seconds=value)
            case "fail":
                self.world.store.polls.failed("acme", value, self.now, "it does not answer")
            case "reload":
                file = self.world.folder / "company.yaml"
                text = file.read_text("utf-8")
                file.write_text(text.replace("> 900", value).replace("> 1500", value), "utf-8")
                self.world.company = load(file, {})
            case "restart":
                self.world.store.close()
                self.world, self.last = World.opened(self.world.folder), None

    def read(self) -> CompanyReading:
        """Evaluate as the running exporter does."""
        self.last = take_snapshot(self.world.company, self.world.store, self.now, self.last)
        return self.last

    def read_anew(self, monkeypatch: pytest.MonkeyPatch) -> CompanyReading:
        """Evaluate with nothing that is known from before."""
        with monkeypatch.context() as patch:
            patch.setattr("exporter.measures.session.cache_of", lambda _: ResultCache())
            return take_snapshot(self.world.company, self.world.store, self.now)


@pytest.mark.slow
@examples(12, shared_fixtures=True)
@given(steps=st.lists(STEP, min_size=4, max_size=12))
def test_what_is_reused_is_what_would_be_computed(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, Any]]
) -> None:
    company = Incremental(tmp_path_factory.mktemp("company"))
    company.read()
    for what, value in steps:
        company.step(what, value)
        assert company.read() == company.read_anew(monkeypatch), (what, value)
    company.world.store.close()


@pytest.fixture
def company(tmp_path: Path) -> Incremental:
    company = Incremental(tmp_path)
    company.read()
    return company


def test_a_poll_that_brings_nothing_computes_nothing_and_makes_the_data_younger(company: Incremental) -> None:
    before = company.read()
    company.step("poll", "billing")
    company.step("poll", "desk")
    after = company.read()
    assert after.computed == after.reused == 0
    assert [each.value for each in after.kpis] == [each.value for each in before.kpis]
    assert {each.as_of for each in before.kpis} == {BEGIN}
    assert {each.as_of for each in after.kpis} == {BEGIN + timedelta(seconds=1), BEGIN + timedelta(seconds=2)}
    assert after.bases is before.bases


def test_after_one_changed_row_only_the_measures_on_its_table_are_computed(company: Incremental) -> None:
    company.step("change", ("tickets", [ticket(1, INSTANTS[0]), ticket(2, INSTANTS[0])]))
    after = company.read()
    assert after.computed == 1
    assert next(each.value for each in after.kpis if each.kpi.id == "asked") == 2


def test_a_row_that_just_began_counts_at_once(company: Incremental) -> None:
    company.now = utc("2026-03-30T21:57:50")
    company.step("change", ("subscription_items", [subscription(1, 700, INSTANTS[1])]))
    assert next(each.value for each in company.read().kpis if each.kpi.id == "income") == 700


def test_windows_that_move_on_past_nothing_compute_nothing(company: Incremental) -> None:
    company.step("wait", 120)
    company.step("poll", "billing")
    company.step("poll", "desk")
    after = company.read()
    assert after.computed == 0
    assert after.reused > 0
    assert {each.period.ends for each in after.kpis if each.period and each.kpi.id == "income"} == {
        after.at.replace(second=0)
    }


def test_what_begins_later_counts_from_then_on(company: Incremental) -> None:
    company.step(
        "change", ("subscription_items", [subscription(1, 100, INSTANTS[0]), subscription(2, 700, INSTANTS[1])])
    )
    values = []
    for seconds in (0, 60, 60):
        company.step("wait", seconds)
        company.step("poll", "billing")
        values.append(next(each.value for each in company.read().kpis if each.kpi.id == "income"))
    assert values == [100, 800, 800]
    assert company.last is not None
    assert company.last.computed == 0


def test_a_month_that_is_over_is_computed_once(company: Incremental) -> None:
    company.step(
        "change", ("subscription_items", [subscription(1, 100, INSTANTS[0]), subscription(2, 700, INSTANTS[1])])
    )
    company.read()
    company.step("wait", 120)
    company.step("poll", "billing")
    company.step("poll", "desk")
    after = company.read()
    over = {"growth", "load"}
    measures = {
        name.name for each in company.world.company.kpis.values() if each.id not in over for name in each.names()
    }
    assert 0 < after.computed <= len(measures & company.world.company.measures.keys())


def test_the_month_ends_when_data_of_the_next_one_is_read(company: Incremental) -> None:
    company.step("change", ("subscription_items", [subscription(1, 700, INSTANTS[0])]))
    assert next(each.value for each in company.read().kpis if each.kpi.id == "growth") == 0
    company.now = utc("2026-03-31T22:00:05")
    assert next(each.value for each in company.read().kpis if each.kpi.id == "growth") == 0
    company.step("poll", "billing")
    assert next(each.value for each in company.read().kpis if each.kpi.id == "growth") == 700


def test_what_is_unknown_by_time_alone_becomes_so_without_a_poll(company: Incremental) -> None:
    company.step("wait", 8 * 86_400)
    after = company.read()
    assert {each.value for each in after.kpis} == {None}
    assert after.computed == 0
