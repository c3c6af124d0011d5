"""The SQL files that ship are complete, and SQL of a catalogue is held to one SELECT over what there is."""

from __future__ import annotations

import pytest

from exporter.measures import library
from exporter.measures.sql_check import column_names
from exporter.quantities import units
from exporter.records.tables import TABLES


@pytest.mark.parametrize("name", library.shipped())
def test_a_shipped_measure_says_what_it_is_and_gives_what_it_says(name: str) -> None:
    query = library.shipped()[name]
    assert query.doc.endswith(".")
    assert units.parse(query.unit, "EUR").text == query.unit.replace("money", "EUR")
    assert column_names(library.selection(query.sql, query.by)) == ["period", *query.by, "value"]
    assert set(column_names(query.sql)) == {"period", *query.by, "value"}
    assert query.tables
    assert query.tables | query.lookups <= TABLES.keys()
    assert not query.tables & query.lookups


def test_tables_are_found_through_views_and_expressions() -> None:
    shipped = library.shipped()
    assert shipped["mrr"].tables == {"subscription_items"}
    assert shipped["mrr"].lookups == {"customers", "assets", "discounts", "fx_rates"}
    assert shipped["lost_mrr"].tables == {"subscription_items"}
    assert shipped["lost_mrr"].lookups == {"discounts", "fx_rates"}
    assert shipped["net_burn"].tables == {"cash_balances", "financings"}
    nested = "WITH deals AS (FROM leads) SELECT 1 FROM period, deals WHERE EXISTS (SELECT 1 FROM backups)"
    assert library.tables_of(nested) == {"leads", "backups"}


def test_the_ledger_is_complete_without_discounts_and_rates_but_not_who_reads_them_beside_it() -> None:
    ledger = "SELECT 1 FROM moved, lines"
    assert library.tables_of(ledger) == {"subscription_items", "discounts", "fx_rates"}
    assert library.needed_of(ledger) == {"subscription_items"}
    assert library.needed_of(f"{ledger}, fx_rates") == {"subscription_items", "fx_rates"}


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM invoices", "there is no record table 'invoices'"),
        ("SELECT FROM WHERE", "cannot be read: Expected table name"),
        ("SELECT 'open", "cannot be read: is a quote or a comment not closed?"),
        ("", "one SELECT"),
        ("-- nothing", "one SELECT"),
        ("SELECT 1 AS value;", "without a semicolon"),
        ("SELECT 1 AS value; DROP TABLE deals", "one SELECT"),
        ("DELETE FROM deals", "one SELECT"),
        ("SELECT 1) UNION (SELECT 2", "cannot be read"),
        ("CREATE TABLE x AS SELECT 1", "one SELECT"),
    ],
)
def test_what_is_not_one_select_over_record_tables_is_refused(sql: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"SQL|SELECT|record table") as refused:
        library.tables_of(sql)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT amuont FROM deals", '"amuont" not found'),
        ("SELECT * FROM read_csv('/etc/hostname')", "disabled"),
    ],
)
def test_what_the_database_refuses_is_refused_when_the_catalogue_loads(sql: str, message: str) -> None:
    with pytest.raises(ValueError, match="the SQL is refused") as refused:
        column_names(sql)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_comment_at_the_end_hides_nothing() -> None:
    assert column_names("SELECT period, 1 AS value FROM period -- one each") == ["period", "value"]
