"""Stores: sales of those that can be compared, the area they had, stock on average, and what articles contribute."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exporter.calendar.windows import Period
from exporter.records.batch import Row
from tests.measures.book import Book, month, span

YEAR = span("2025-01-01", "2026-01-01")


def store(id_: str, opened: str = "2020-01-01", closed: str = "", **other: object) -> Row:
    return {"store_id": id_, "opened_on": opened, "closed_on": closed, **other}


def sale(store_id: str, on: str, amount: object, cost: object = 0) -> Row:
    row = {"sale_id": f"{store_id} {on} {amount}", "store_id": store_id}
    return {**row, "sold_on": on, "amount": amount, "cost": cost}


def count(on: str, amount: object, store_id: str = "a", **other: object) -> Row:
    return {"store_id": store_id, "counted_on": on, "amount": amount, **other}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("opened", "closed", "compared"),
    [
        ("2024-01-01", "", True),
        ("2024-01-02", "", False),  # open in both years, but not throughout the first
        ("2025-05-01", "", False),
        ("2020-01-01", "2026-01-01", True),
        ("2020-01-01", "2025-12-31", False),
        ("2020-01-01", "2024-06-01", False),
    ],
)
def test_only_stores_open_throughout_both_years_are_compared(
    book: Book, opened: str, closed: str, compared: bool
) -> None:
    book.put("stores", store("a"), store("b", opened, closed))
    book.put("store_sales", sale("a", "2024-12-31", 100), sale("a", "2025-01-01", 110))
    book.put("store_sales", sale("b", "2024-03-01", 5000), sale("b", "2025-03-01", 7000), sale("a", "2026-01-01", 1))
    assert book.value("comparable_sales_before", YEAR) == 100 + 5000 * compared
    assert book.value("comparable_sales", YEAR) == 110 + 7000 * compared


def test_a_month_is_compared_with_the_same_month_of_last_year(book: Book) -> None:
    book.put("stores", store("a"))
    book.put(
        "store_sales",
        *(sale("a", f"{on}-15", amount) for on, amount in (("2025-03", 4), ("2026-02", 9), ("2026-03", 5))),
    )
    assert book.value("comparable_sales", month("2026-03")) == 5
    assert book.value("comparable_sales_before", month("2026-03")) == 4


def test_a_store_told_by_two_systems_sells_once(book: Book) -> None:
    book.put("stores", store("a", format="apparel", selling_area=100))
    book.put("stores", store("a", format="apparel", selling_area=100), source="erp")
    book.put("store_sales", sale("a", "2024-06-01", 100), sale("a", "2025-06-01", 110, 60))
    assert book.value("comparable_sales", YEAR) == 110
    assert book.value("selling_area", YEAR) == 100
    assert book.parts("retail_sales", YEAR, "format") == {"apparel": 110}
    assert book.parts("goods_sold", YEAR, "format") == {"apparel": 60}


def test_a_store_counts_for_the_days_it_was_open(book: Book) -> None:
    book.put("stores", store("a", selling_area=1000, format="apparel"), store("b", closed="2024-12-31", selling_area=9))
    book.put("stores", store("c", "2025-12-31", selling_area=365, format="grocery"))
    assert book.value("selling_area", YEAR) == 1001
    assert book.parts("selling_area", YEAR, "format") == {"apparel": 1000, "grocery": 1}


def test_an_area_that_is_not_known_leaves_the_total_unknown(book: Book) -> None:
    book.put("stores", store("a", selling_area=1000, format="apparel"), store("b", format="grocery"))
    assert book.value("selling_area", YEAR) is None
    assert book.parts("selling_area", YEAR, "format") == {"apparel": 1000}


def test_average_stock_is_that_of_thirteen_ends_of_month(book: Book) -> None:
    """Half a year at 100 and then 230: 6 levels and 7."""
    book.put("stock_levels", count("2024-12-31", 100), count("2025-06-30", 230), count("2026-01-01", 10**6))
    assert book.value("average_inventory", YEAR) == pytest.approx(Decimal(6 * 100 + 7 * 230) / 13)
    assert book.value("inventory", YEAR) == 230


def test_average_stock_is_unknown_where_counting_began_later(book: Book) -> None:
    book.put("stock_levels", count("2025-01-01", 100))
    assert book.value("average_inventory", YEAR) is None
    assert book.value("inventory", YEAR) == 100


def test_stock_is_the_latest_level_of_each_place_and_product(book: Book) -> None:
    book.put("stores", store("a", format="apparel"))
    book.put("stock_levels", count("2024-12-31", 60, product="coats"), count("2024-12-31", 40, product="hats"))
    book.put("stock_levels", count("2025-12-30", 0, product="hats"), count("2024-12-31", 7, "warehouse"))
    assert book.value("inventory", YEAR) == 67
    assert book.parts("inventory", YEAR, "format") == {"apparel": 60, "none": 7}
    assert book.value("average_inventory", YEAR) == pytest.approx(Decimal(12 * 107 + 67) / 13)
    apparel = pytest.approx(Decimal(12 * 100 + 60) / 13)
    assert book.parts("average_inventory", YEAR, "format") == {"apparel": apparel, "none": 7}


@pytest.mark.parametrize(
    ("period", "average"), [(month("2026-02"), 15), (span("2026-01-31", "2026-02-28"), 15), (month("2026-03"), 20)]
)
def test_average_stock_of_a_month_is_that_of_its_two_ends(book: Book, period: Period, average: int) -> None:
    book.put("stock_levels", count("2026-01-30", 10), count("2026-02-10", 20))
    assert book.value("average_inventory", period) == average


def article(sku: str, on: str, units: object, price: object, cost: object, **other: object) -> Row:
    return {"sku": sku, "sold_on": on, "units": units, "price": price, "unit_cost": cost, **other}


def test_what_varies_with_a_unit_is_counted_per_unit(book: Book) -> None:
    all_costs = {"shipping": "6.20", "payment_rate": "0.029", "payment_fee": "0.30", "other_cost": "1"}
    book.put("sku_sales", article("jacket", "2025-03-01", 10, "49.99", "18.50", **all_costs))
    book.put("sku_sales", article("jacket", "2025-04-01", -1, "49.99", "18.50", **all_costs))
    book.put("sku_sales", article("scarf", "2025-03-01", 2, 20, 5), article("scarf", "2026-01-01", 9, 9, 9))
    each = Decimal("18.50") + Decimal("6.20") + Decimal("0.30") + 1 + Decimal("49.99") * Decimal("0.029")
    assert book.parts("sku_variable_costs", YEAR, "sku") == {"jacket": 9 * each, "scarf": 10}
    assert book.value("sku_variable_costs", YEAR) == 9 * each + 10
    assert book.parts("sku_revenue", YEAR, "sku") == {"jacket": 9 * Decimal("49.99"), "scarf": 40}
    assert book.parts("sku_units", YEAR, "sku") == {"jacket": 9, "scarf": 2}
    assert book.value("sku_units", month("2024-01")) == 0
    assert book.value("sku_revenue", month("2024-01")) is None
