"""Words of a source that mean words of a table, and ids made of rows, whichever kind of source it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from exporter.records.batch import Row, Unreadable
from exporter.records.tables import TABLES
from exporter.sources.mapping import CanonicalRows, RowMapping
from tests.sources.table_sources import FillTable
from tests.support.source_polls import options, poll

COSTS = [
    {"day": "2026-01-05", "kind": "Hosting", "eur": "1200.00"},
    {"day": "2026-01-06", "kind": " google ads", "eur": "300.00"},
    {"day": "2026-01-07", "kind": "Sonstiges", "eur": "5.00"},
    {"day": "2026-01-05", "kind": "Hosting", "eur": "1200.00"},
    {"day": "2026-01-08", "kind": "interest", "eur": "1.00"},
]
MAPPING: Mapping[str, Any] = {
    "columns": {"booked_on": "day", "account": "kind", "amount": "eur"},
    "constants": {"currency": "EUR"},
    "values": {"account": {"hosting": "direct_cost", "Google Ads": "marketing"}},
    "key": "row",
}


def test_words_and_keys_from_every_kind_of_source(fill_table: FillTable) -> None:
    rows = poll(fill_table("ledger_entries", COSTS, MAPPING)).rows["ledger_entries"]
    accounts = [row["account"] for row in rows]
    assert accounts[0] == accounts[3] == "direct_cost"
    assert accounts[1] == "marketing"
    assert isinstance(accounts[2], Unreadable)
    assert "Sonstiges" in accounts[2].reason
    assert "direct_cost" in accounts[2].reason
    assert accounts[4] == "interest"
    assert len({row["entry_id"] for row in rows}) == len(COSTS)


def canonical(rows: list[Mapping[str, object]], **mapping: Any) -> list[Row]:
    make = CanonicalRows(RowMapping.model_validate(mapping), "ledger_entries")
    return [make(row) for row in rows]


ROWS = st.lists(
    st.fixed_dictionaries({"booked_on": st.sampled_from(["a", "b"]), "amount": st.integers(0, 2)}), max_size=8
)


@given(rows=ROWS, extra=ROWS, place=st.integers(0, 8))
def test_a_row_that_is_added_changes_no_other_key(
    rows: list[Mapping[str, object]], extra: list[Mapping[str, object]], place: int
) -> None:
    """Compare the keys of two exports: the longer one has all of the shorter, wherever the new rows stand."""
    longer = [*rows[:place], *extra, *rows[place:]]
    before = {row["entry_id"] for row in canonical(rows, key="row")}
    after = {row["entry_id"] for row in canonical(longer, key="row")}
    assert before <= after
    assert len(after) == len(longer)


def test_a_key_does_not_depend_on_columns_that_are_not_read() -> None:
    one = canonical([{"amount": 1, "note": "x"}], key="row")
    two = canonical([{"amount": 1, "note": "y"}], key="row")
    assert one == two


def test_a_value_that_is_missing_has_no_meaning() -> None:
    assert canonical([{"account": None}], values={"account": {"x": "tax"}}) == [{"account": None}]


def test_a_word_of_an_open_column_stays_as_it_is() -> None:
    make = CanonicalRows(RowMapping.model_validate({"values": {"tier": {"S": "small"}}}), "customers")
    assert [make({"tier": tier})["tier"] for tier in ("s", "XL")] == ["small", "XL"]


@pytest.mark.parametrize(
    ("table", "mapping", "place", "message"),
    [
        ("ledger_entries", {"values": {"account": {"ads": "marketting"}}}, ("values", "account", "ads"), "marketing"),
        ("ledger_entries", {"values": {"acount": {"ads": "tax"}}}, ("values", "acount"), "no column 'acount'"),
        ("cash_balances", {"key": "row"}, ("key",), "account_id, balance_on"),
        ("leads", {"key": "row", "columns": {"lead_id": "id"}}, ("key",), "`lead_id` is given as well"),
        ("leads", {"key": "line"}, ("key",), "row"),
    ],
)
def test_what_cannot_fit_is_refused_at_its_place(
    tmp_path: Path, table: str, mapping: Mapping[str, Any], place: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        options("files", tmp_path, tables={table: {"path": "rows.csv", **mapping}})
    (error,) = caught.value.errors()
    assert error["loc"][-len(place) :] == place
    assert message in error["msg"]


def test_a_derived_key_needs_the_whole_table() -> None:
    table = {"query": "SELECT * FROM leads", "cursor": "updated_at", "key": "row"}
    with pytest.raises(ValidationError, match="leave `cursor` out"):
        options("sql", url="sqlite:///rows.db", tables={"leads": table})


def test_the_record_tables_with_an_id_of_their_own_may_derive_it() -> None:
    derivable = {
        name for name, table in TABLES.items() if not list(RowMapping.model_validate({"key": "row"}).mistakes(table))
    }
    assert {"ledger_entries", "subscription_items", "customers", "tickets"} <= derivable
    assert not {"cash_balances", "headcount", "fx_rates"} & derivable
