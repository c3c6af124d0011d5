"""Write the exports of a small company into a folder: subscriptions, accounting and a team, up to last month.

python3 exports.py FOLDER
"""

from __future__ import annotations

import csv
import shutil
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

MONTHS = 14
PLANS = {"Basic": 49, "Pro": 249, "Scale": 990}
BOOKS = {"Subscriptions": 9000, "Hosting": 1900, "Google Ads": 1800, "Rent": 2100, "Other": 340}


def month_start(today: date, ago: int) -> date:
    """Return the first day of the month that began so many months before this one."""
    index = today.year * 12 + today.month - 1 - ago
    return date(index // 12, index % 12 + 1, 1)


def subscriptions(today: date) -> list[Sequence[object]]:
    """Return three new contracts each month; every fifth ends after half a year."""
    rows: list[Sequence[object]] = []
    for ago in range(MONTHS, 0, -1):
        for number, plan in enumerate(PLANS):
            began = month_start(today, ago).replace(day=5 + number)
            contract = 3 * (MONTHS - ago) + number + 1
            ends = month_start(today, ago - 6).replace(day=10) if contract % 5 == 0 and ago > 6 else ""
            rows.append([f"C{contract:03}", f"Customer {contract}", plan, f"{PLANS[plan]}.00", "EUR", began, ends])
    return rows


def entries(today: date) -> list[Sequence[object]]:
    """Return one entry a month and category."""
    return [
        [month_start(today, ago).replace(day=28), category, f"{amount * (1 + (MONTHS - ago) / 40):.2f}"]
        for ago in range(MONTHS, 0, -1)
        for category, amount in BOOKS.items()
    ]


def main(folder: Path) -> None:
    """Write the two files, and copy the spreadsheet beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    today = date.today()  # noqa: DTZ011 - whichever day it is where this runs
    header = ["Contract", "Customer", "Plan", "Monthly price", "Currency", "Start", "End"]
    files = {
        "subscriptions.csv": [header, *subscriptions(today)],
        "accounting.csv": [["Date", "Category", "Amount"], *entries(today)],
    }
    for name, rows in files.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    shutil.copy(Path(__file__).with_name("team.xlsx"), folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
