"""Records of stores and articles at random, for tests that ask every measure."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from exporter.records.batch import Row
from tests.measures.book import Book

_FIRST = date(2023, 10, 1)
_DAYS = 940


def fill_retail(book: Book, seed: int) -> None:
    """Rows in every table that only measures of stores and articles read, over two and a half years."""
    random = Random(seed)

    def day() -> date:
        return _FIRST + timedelta(days=random.randrange(_DAYS))

    def store(number: int) -> Row:
        opened = random.choice((_FIRST, day()))
        closed = random.choice((opened + timedelta(days=random.randrange(600)), ""))
        area = random.randrange(1, 9) * 100
        kind = random.choice(("apparel", "grocery", ""))
        return {"store_id": number, "format": kind, "opened_on": opened, "closed_on": closed, "selling_area": area}

    def sale(number: int) -> Row:
        amount = random.randrange(99)
        return {"sale_id": number, "store_id": number % 6, "sold_on": day(), "amount": amount, "cost": amount // 2}

    book.put("stores", *map(store, range(5)), {"store_id": 5, "opened_on": _FIRST, "selling_area": 70})
    book.put("store_sales", *map(sale, range(400)))
    counted = [_FIRST, *sorted({day() for _ in range(30)})]
    book.put("stock_levels", *({"store_id": on.day % 4, "counted_on": on, "amount": on.day} for on in counted))
    costs = {"price": 50, "unit_cost": 20, "payment_rate": "0.029"}
    sold = sorted({day() for _ in range(60)})
    book.put("sku_sales", *({"sku": on.day % 3, "sold_on": on, "units": on.day, **costs} for on in sold))
