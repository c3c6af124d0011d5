"""The same values through every kind of source: read as what is meant, or set aside, one row at a time, by name."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from exporter.records.store import Store
from exporter.sources.interface import Source
from tests.servers.mariadb import MariaDb
from tests.servers.postgres import Postgres
from tests.servers.standin import HttpResponse, Standin
from tests.sources.table_sources import FillTable, Texts, reader
from tests.support.source_polls import options, poll_into_store, stored_texts


def by_first_column(store: Store, query: str) -> dict[object, tuple[object, ...]]:
    return {key: tuple(rest) for key, *rest in stored_texts(store, query)}


def reasons(store: Store) -> dict[object, str]:
    return {row.key[0]: row.reason for table in store.polls.rejected("acme") for row in table.examples}


def item(key: str, **other: str) -> Texts:
    row = {"item_id": key, "subscription_id": "s", "customer_id": "c", "unit_amount": "5", "currency": "EUR"}
    rest = {"status": "active", "tax_inclusive": "false", "quantity": "1", "starts_at": "2026-01-01", "ends_at": ""}
    return row | rest | other


def test_words_of_closed_sets_and_currencies_in_any_case(store: Store, fill_table: FillTable) -> None:
    rows = [
        item("small", currency="eur", status="ACTIVE"),
        item("mixed", currency=" Usd ", status="Past_Due"),
        item("awaited", status="incomplete"),
        item("never came", status="Incomplete_Expired"),
        item("no code", currency="euro"),
        item("no word", status="running"),
    ]
    poll_into_store(store, fill_table("subscription_items", rows))
    assert by_first_column(store, "SELECT item_id, currency, status FROM subscription_items") == {
        "small": ("EUR", "active"),
        "mixed": ("USD", "past_due"),
        "awaited": ("EUR", "incomplete"),
        "never came": ("EUR", "incomplete_expired"),
    }
    reason_by_id = reasons(store)
    assert reason_by_id["no code"] == 'currency "euro" is not an ISO 4217 code'
    assert reason_by_id["no word"].startswith('status: "running" is not one of trialing, active, ')
    assert len(reason_by_id) == 2


def test_currencies_that_are_part_of_a_key_are_one_in_any_case(store: Store, fill_table: FillTable) -> None:
    rate = {"rate_on": "2026-01-02", "base_currency": "eur", "quote_currency": "USD", "rate": "1.1"}
    poll_into_store(store, fill_table("fx_rates", [rate, rate | {"base_currency": "EUR", "quote_currency": "usd"}]))
    assert by_first_column(store, "SELECT base_currency, quote_currency, rate FROM fx_rates") == {
        "EUR": ("USD", "1.10000000")
    }


def test_truth_as_words_and_numbers(store: Store, fill_table: FillTable) -> None:
    true, false = ("true", "TRUE", "t", "yes", "y", "1", "1.0"), ("false", "False", "f", "no", "n", "0", "0.0")
    rows = [item(f"{number} {text}", tax_inclusive=text) for number, text in enumerate((*true, *false, "2", "perhaps"))]
    rows += [item("a number", quantity="true"), item("another", quantity="False")]
    poll_into_store(store, fill_table("subscription_items", rows))
    rows_by_id = by_first_column(store, "SELECT item_id, tax_inclusive, quantity FROM subscription_items")
    read = [rows_by_id[f"{number} {text}"][0] for number, text in enumerate((*true, *false))]
    assert read == ["true"] * 7 + ["false"] * 7
    assert (rows_by_id["a number"][1], rows_by_id["another"][1]) == ("1.00000000", "0.00000000")
    assert reasons(store) == {
        "14 2": 'tax_inclusive: "2" is not true or false',
        "15 perhaps": 'tax_inclusive: "perhaps" is not true or false',
    }


def test_times_that_never_come_and_times_that_are_none(store: Store, fill_table: FillTable) -> None:
    never = ("infinity", "0000-00-00", "0000-00-00 00:00:00", "9999-12-31 23:59:59", "0001-01-01T00:00:00Z")
    none = ("-infinity", "01.02.2026", "02/01/2026", "20260201", "1767225600", "1767225600000", "soon")
    rows = [item(f"end {text}", ends_at=text) for text in (*never, *none)]
    rows += [item(f"start {text}", starts_at=text) for text in (*never, *none)]
    poll_into_store(store, fill_table("subscription_items", [*rows, item("good", ends_at="2026-03-01")]))
    rows_by_id = by_first_column(store, "SELECT item_id, ends_at FROM subscription_items")
    assert rows_by_id == {"good": ("2026-02-28 23:00:00+00",)} | {f"end {text}": (None,) for text in never}
    reason_by_id = reasons(store)
    assert len(reason_by_id) == len(none) + len(never) + len(none)
    for key, reason in reason_by_id.items():
        edge, _, text = str(key).partition(" ")
        assert reason.startswith(f'{edge}s_at: "{text}" is not ')
        assert ("epoch" in reason) == text.startswith("1767")  # files have a `date_format` for it


@pytest.mark.integration
def test_a_bit_of_mysql_is_true_or_false(store: Store, mariadb: MariaDb, tmp_path: Path) -> None:
    mariadb.execute("CREATE OR REPLACE TABLE flags (id INT, ok BIT(1))", "main")
    mariadb.execute("INSERT INTO flags VALUES (1, b'1'), (2, b'0'), (3, NULL)", "main")
    query = "SELECT id AS deal_id, 5 AS amount, 'eur' AS currency, '2026-01-01' AS created_at, "
    query += "CASE WHEN ok IS NOT NULL THEN '2026-02-01' END AS closed_at, ok AS won FROM flags"
    built = options(
        "sql",
        url=reader(mariadb),
        tables={"deals": {"query": query}},
        measures={"yes": {"query": "SELECT ok AS value FROM flags WHERE id = 1", "unit": "count"}},
    )
    poll_into_store(store, built.build("source"))
    assert by_first_column(store, "SELECT deal_id, won FROM deals") == {"1": ("true",), "2": ("false",), "3": (None,)}
    assert by_first_column(store, "SELECT measure, value FROM answers") == {"yes": ("1.0000000000",)}


@pytest.mark.integration
def test_truth_of_postgresql_is_one_or_zero(store: Store, postgres: Postgres) -> None:
    measures = {name: {"query": f"SELECT {name} AS value", "unit": "count"} for name in ("true", "false")}
    poll_into_store(store, options("sql", url=postgres.dsn(), measures=measures).build("source"))
    values = by_first_column(store, "SELECT measure, value FROM answers")
    assert values == {"true": ("1.0000000000",), "false": ("0.0000000000",)}


def measured(kind: str, value: Any, running: ExitStack, folder: Path) -> Source:
    """Build a source that answers the measure `m` with a value of JSON or, for files, of SQL."""
    if kind == "http":
        server = running.enter_context(Standin(lambda request: HttpResponse({"v": value})))
        return options("http", url=server.url, measures={"m": {"select": "v", "unit": "count"}}).build("source")
    if kind == "files":
        (folder / "one.csv").write_text("x\n1\n")
        query = f"SELECT {value} AS value"
        return options("files", folder, measures={"m": {"path": "one.csv", "query": query, "unit": "count"}}).build("s")
    sample = HttpResponse({"status": "success", "data": {"resultType": "scalar", "result": [1767225600, value]}})
    server = running.enter_context(Standin(lambda request: sample))
    return options("prometheus", url=server.url, measures={"m": {"query": "x", "unit": "count"}}).build("source")


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        ("http", True, "1.0000000000"),
        ("http", False, "0.0000000000"),
        ("http", "true", "1.0000000000"),
        ("http", 10**27, "1" + "0" * 27 + ".0000000000"),
        ("files", "true", "1.0000000000"),
        ("files", "1 > 2", "0.0000000000"),
        ("prometheus", "1", "1.0000000000"),
        ("http", None, None),
    ],
)
def test_a_measure_may_be_true_or_false(
    store: Store, tmp_path: Path, kind: str, value: object, read: str | None
) -> None:
    with ExitStack() as running:
        poll_into_store(store, measured(kind, value, running, tmp_path))
    assert by_first_column(store, "SELECT measure, value FROM answers") == {"m": (read,)}
    assert store.polls.rejected("acme") == []


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("http", float("nan"), "value: NaN is not a finite number"),
        ("http", float("-inf"), "value: -Infinity is not a finite number"),
        ("files", "'nan'::DOUBLE", "value: NaN is not a finite number"),
        ("prometheus", "NaN", "value: NaN is not a finite number"),
        ("prometheus", "+Inf", "value: Infinity is not a finite number"),
        ("http", 10**28, 'value: "1' + "0" * 28 + '" has more than 28 digits before the point'),
        ("http", 10**4000, 'value: "1' + "0" * 79 + '" has more than 28 digits before the point'),
    ],
)
def test_a_measure_that_is_no_finite_number_is_unknown_and_says_so(
    store: Store, tmp_path: Path, kind: str, value: object, reason: str
) -> None:
    with ExitStack() as running:
        poll_into_store(store, measured(kind, value, running, tmp_path))
    assert by_first_column(store, "SELECT measure, value FROM answers") == {"m": (None,)}
    ((rejected,),) = (rows.examples for rows in store.polls.rejected("acme"))
    assert rejected.reason == reason
