"""The company in a folder: files of its systems, and the company file that reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from exporter.demo.chance import Chance
from exporter.demo.files import Row, Rows, write_company
from exporter.demo.unit_economics import books, stores
from exporter.demo.unit_economics.calendar import months_until
from exporter.demo.unit_economics.subscribers import Subscriber, simulate_subscribers


def simulate(now: datetime, seed: int = 1) -> Mapping[str, Rows]:
    """The rows of each system's export at `now`, an instant with an offset, by path such as `billing/contracts.csv`.

    The records begin on the first day of the month 42 months before the one that holds `now`. The same arguments
    give the same rows; a later `now` within the month only adds to what happened.
    """
    months, chance = months_until(now), Chance(seed)
    now = now.astimezone(UTC)
    today = months.local_day(now)
    yesterday = today - timedelta(days=1)  # stores add up their day, and count, when it is over
    subscribers = simulate_subscribers(months, chance)
    spent = list(books.spending(months, chance))
    journal = list(books.journal(subscribers, spent, months, chance))
    written: Mapping[str, Iterable[Row]] = {
        "billing/accounts.csv": _accounts(subscribers, now),
        "billing/contracts.csv": _contracts(subscribers, now),
        "finance/acquisition.csv": _until(spent, "day", today),
        "finance/journal.csv": _until(journal, "posted", today),
        "finance/balances.csv": _until(books.balances(journal, months), "day", today),
        "retail/shops.csv": stores.shops(months, today),
        "retail/sales.parquet": _until(stores.sales(months, chance), "day", yesterday),
        "retail/stock.csv": _until(stores.stock(months, chance), "day", yesterday),
        "retail/articles.csv": _until(stores.articles(months, chance), "month", today),
    }
    return {path: list(rows) for path, rows in written.items()}


def write(folder: Path, now: datetime, seed: int = 1) -> Path:
    """Write all files below `folder`, which is made if needed, over those of an earlier run.

    Returns the path of the company file. Safe while an exporter reads the folder.
    """
    return write_company(folder, simulate(now, seed), __package__, month=months_until(now).launch.month)


def _until(rows: Iterable[Row], column: str, last: date) -> Iterator[Row]:
    return (row for row in rows if isinstance(day := row[column], date) and day <= last)


def _accounts(subscribers: Sequence[Subscriber], now: datetime) -> Iterator[Row]:
    for each in subscribers:
        if (since := each.contracts[0].starts) <= now:
            yield {"id": each.id, "segment": each.tier, "since": since}


def _contracts(subscribers: Sequence[Subscriber], now: datetime) -> Iterator[Row]:
    for each in subscribers:
        for contract in each.contracts:
            if contract.starts <= now:
                ends = contract.ends if contract.ends is not None and contract.ends <= now else None
                columns = {"contract": contract.id, "account": each.id, "usd_per_year": contract.amount}
                yield {**columns, "from": contract.starts, "until": ends}
