"""Parts add up to their total, also where records lack the label that they are told apart by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from random import Random

import pytest

from exporter.measures import library
from exporter.measures.engine import MeasureResult, evaluate, prepare
from exporter.measures.totals import UNLABELLED
from tests.measures.book import Book, month, shipped

pytestmark = pytest.mark.slow

MARCH = month("2026-03")
MEANS = ("average_run_rate", "customer_mix", "mrr_mix", "traffic_share", "search_position", "churned_share")
"""What is no sum of its parts: averages and shares; those in seconds are means, too."""

ADDED = {
    name: query
    for name, query in library.shipped().items()
    if query.by and name not in MEANS and query.unit != "duration"
}
MAY_LACK = {"tier", "type", "plan", "format", "segment"}
"""The labels that a record may be without: others are keys of their tables, or made by the measure."""


def test_every_shipped_breakdown_is_tried_or_is_no_sum() -> None:
    assert {unit for name in MEANS if (unit := library.shipped()[name].unit)} == {"money/month", "ratio", "rank"}
    assert {query.unit for query in ADDED.values()} == {"money", "money/month", "count"}


def test_the_part_without_a_label_has_one_name() -> None:
    defaults = [sql for view, sql in library.views().items() if view.startswith("default_")]
    assert len(defaults) == 3
    assert all(f"'{UNLABELLED}'" in sql for sql in defaults)


@pytest.mark.parametrize(("seed", "lacking"), [(1, "often"), (2, "never"), (3, "always")])
def test_parts_add_up_to_the_total(book: Book, seed: int, lacking: str) -> None:
    fill(book, Random(seed), lacking)
    answered = of_march(book)
    for name, query in ADDED.items():
        numbers = answered[name]
        assert numbers.headline, name
        for dimension in query.by:
            parts = numbers.parts[dimension]
            assert sum(parts.values()) == numbers.headline, (name, dimension, parts)
            if lacking == "never":
                assert UNLABELLED not in parts, (name, dimension)
            elif dimension in MAY_LACK:
                assert parts[UNLABELLED], (name, dimension, parts)
            if lacking == "always" and dimension in MAY_LACK:
                assert parts.keys() == {UNLABELLED}, (name, dimension, parts)


def test_where_the_table_of_labels_is_empty_there_is_no_breakdown(book: Book) -> None:
    fill(book, Random(5), "often")
    for table in ("customers", "assets", "stores"):
        book.replace(table)
    answered = of_march(book)
    for name, query in ADDED.items():
        if query.lookups:
            assert answered[name].parts.keys().isdisjoint({"tier", "type", "format", "segment"}), name


def of_march(book: Book) -> Mapping[str, MeasureResult]:
    with book.reading() as cursor:
        prepare(cursor, [MARCH])
        return {name: evaluate(cursor, shipped(name), [MARCH]).get(MARCH, MeasureResult()) for name in ADDED}


def fill(book: Book, random: Random, lacking: str) -> None:
    """Put records into every table with a label, in and around March; they lack it `often`, `never` or `always`."""

    def label(*texts: str) -> str:
        lacks = {"never": False, "always": True, "often": random.random() < 0.4}[lacking]
        return random.choice(["", " "]) if lacks else random.choice(texts)

    def ids(kind: str, count: int) -> Sequence[str]:
        return [f"{kind}{n}" for n in range(count)]

    def day(first: str = "2026-03-01", days: int = 31) -> str:
        return str(date.fromisoformat(first) + timedelta(random.randrange(days)))

    def amount() -> str:
        return f"{random.randrange(1, 99999)}.{random.randrange(100):02}"

    customers, assets, stores = ids("c", 60), ids("x", 20), ids("s", 12)
    expected = {"never": 1.0, "always": 0.8, "often": 0.8}[lacking]  # some are in no table that has labels

    def some(each: Sequence[str]) -> Iterator[str]:
        return (id_ for number, id_ in enumerate(each) if number == 0 or random.random() < expected)

    book.put("customers", *({"customer_id": id_, "tier": label("SMB", "smb", "10")} for id_ in some(customers)))
    kinds = {"kind": "cluster", "starts_at": "2026-01-01"}
    book.put("assets", *({"asset_id": id_, "type": label("small", "large"), **kinds} for id_ in some(assets)))
    opened = {"opened_on": "2020-01-01", "selling_area": 100}
    book.put("stores", *({"store_id": id_, "format": label("apparel", "grocery"), **opened} for id_ in some(stores)))

    def any_asset() -> str:
        return random.choice(assets if lacking == "never" else ["", *assets])

    def line(customer: str, starts: str, ends: str) -> dict[str, object]:
        other = {"asset_id": any_asset(), "plan": label("monthly", "yearly"), "unit_amount": amount()}
        return {"customer_id": customer, "starts_at": starts, "ends_at": ends, **other}

    spans = (("2026-01-01", day()), (day(), ""), ("2026-01-01", ""), ("2026-01-01", "2026-02-01"))
    leaves, joins, stays, left = spans
    courses = ((leaves,), (joins,), (stays,), (left, joins), (stays, joins), (stays, leaves))
    courses_of = {each: courses[number % len(courses)] for number, each in enumerate(customers)}
    book.put("subscription_items", *(line(each, *span) for each, spans in courses_of.items() for span in spans))
    accounts = ["direct_cost"] * 60 + ["sales", "marketing", "presales"]
    booked = ({"account": each, "amount": amount(), "booked_on": day()} for each in accounts)
    book.put(
        "ledger_entries",
        *({**each, "customer_id": random.choice(customers), "asset_id": any_asset()} for each in booked),
    )
    book.put(
        "acquisition_costs",
        *({"cost_id": n, "spent_on": day(), "segment": label("SMB", "10"), "amount": amount()} for n in range(40)),
    )
    book.put("incidents", *({"priority": f"P{n % 5 + 1}", "triggered_at": f"{day()} 12:00"} for n in range(20)))
    book.put("headcount", *({"team": team, "effective_on": "2026-01-01", "people": 2} for team in ("sales", "support")))
    sold = {"amount": 7, "cost": 3}
    book.put(
        "store_sales",
        *({"sale_id": n, "store_id": random.choice(stores), "sold_on": day(), **sold} for n in range(99)),
    )
    book.put("stock_levels", *({"store_id": each, "counted_on": "2025-12-31", "amount": amount()} for each in stores))
    book.put(
        "sku_sales",
        *({"sku": sku, "sold_on": day(), "units": 3, "price": 9, "unit_cost": 4} for sku in ("cap", "Cap", "coat")),
    )
    book.put("web_visits", *({"visited_on": day(), "channel": each, "visitors": 9} for each in ("organic", "paid")))
