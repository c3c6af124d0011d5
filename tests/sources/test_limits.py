"""How far a poll is believed, from every kind of source alike, and by what the catalogue says of a table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from exporter.records.batch import SourceFailed
from exporter.records.store import Store
from tests.sources.table_sources import FillTable, Texts
from tests.support.source_polls import context, options, poll_into_store

ITEM = {"subscription_id": "s", "customer_id": "c", "currency": "EUR", "starts_at": "2026-01-01"}
DEFAULT: Mapping[str, Any] = {}


def items(bad: int) -> list[Texts]:
    """100 rows, the first of which are bad."""
    return [{**ITEM, "item_id": f"i{n}", "unit_amount": "x" if n < bad else "100"} for n in range(100)]


def rows(store: Store) -> int:
    return store.polls.fillers("acme")["subscription_items"]["source"]


def held(store: Store) -> list[tuple[int, int]]:
    return [(each.present, each.missing) for each in store.polls.held("acme")]


@pytest.mark.slow
def test_a_snapshot_that_lost_too_much_or_all_is_held_back(store: Store, fill_table: FillTable) -> None:
    poll_into_store(store, fill_table("subscription_items", items(0), DEFAULT))
    for count, lost in ((80, 0), (63, 17), (5, 75), (0, 80)):
        poll_into_store(store, fill_table("subscription_items", items(0), DEFAULT, count))
        assert (rows(store), held(store)) == (80, [(80, lost)] if lost else [])
    poll_into_store(store, fill_table("subscription_items", items(0), DEFAULT, count=64))
    assert (rows(store), held(store)) == (64, [])
    poll_into_store(store, fill_table("subscription_items", items(0), {"may_shrink": "50%"}, count=32))
    assert (rows(store), held(store)) == (32, [])
    poll_into_store(store, fill_table("subscription_items", items(0), {"may_shrink": "100%"}, count=0))
    assert (rows(store), held(store)) == (0, [])


def test_a_hundredth_may_be_bad_unless_the_catalogue_allows_more(store: Store, fill_table: FillTable) -> None:
    poll_into_store(store, fill_table("subscription_items", items(1), DEFAULT))
    assert (rows(store), [each.count for each in store.polls.rejected("acme")]) == (99, [1])
    with pytest.raises(SourceFailed, match="table subscription_items: 2 of 100 rows are bad, more than the 1% of"):
        poll_into_store(store, fill_table("subscription_items", items(2), DEFAULT))
    poll_into_store(store, fill_table("subscription_items", items(2), {"may_reject": "2.0%"}))
    assert (rows(store), [each.count for each in store.polls.rejected("acme")]) == (98, [2])
    with pytest.raises(SourceFailed, match="all 100 rows are bad; the first, i0: unit_amount"):
        poll_into_store(store, fill_table("subscription_items", items(100), {"may_reject": "100%"}))
    assert rows(store) == 98


@pytest.mark.parametrize("option", ["may_shrink", "may_reject"])
@pytest.mark.parametrize("text", ["30", "0.3", "101%", "-1%", "thirty percent", "1e1%", "", "%"])
def test_a_share_is_a_percentage(tmp_path: Path, option: str, text: str) -> None:
    with pytest.raises(ValidationError, match="is not a share; write a percentage from 0% to 100%, such as 20%"):
        options("files", tmp_path, tables={"leads": {"path": "leads.csv", option: text}})


@pytest.mark.parametrize("text", ["0%", "0.5 %", "33.3%", " 100% "])
def test_shares_as_they_are_written(tmp_path: Path, text: str) -> None:
    options("files", tmp_path, tables={"leads": {"path": "leads.csv", "may_shrink": text}})


def test_a_warehouse_keeps_no_rows_here_and_has_no_such_option() -> None:
    table = {"query": "items", "may_shrink": "30%"}
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        options("warehouse", url="sqlite://", tables={"subscription_items": table}, measures=["mrr"])


def test_limits_do_not_make_what_is_remembered_forgotten(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("lead_id,created_at\na,2026-01-01\n")
    remembered: dict[str, str] = {}
    for more in ({}, {"may_shrink": "100%", "may_reject": "3%"}):
        built = options("files", tmp_path, tables={"leads": {"path": "leads.csv", **more}}).build("s")
        items_polled = [type(item).__name__ for item in built.poll(context(remembered))]
    assert items_polled == ["Unchanged"]
