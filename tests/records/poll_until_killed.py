"""Commits polls for ever, each with one more deal and all leads new, and prints each number after that."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from exporter.records.batch import Answer, Limits, Records
from exporter.records.store import Store

store = Store(sys.argv[1])
state = store.polls.state("acme").get("crm")
start = int(state.cursor["last"]) if state else 0
for number in count(start + 1):
    day = "2026-01-05"
    deal = {"deal_id": number, "amount": number, "currency": "EUR", "created_at": day}
    leads = ({"lead_id": f"{number}-{row}", "created_at": day} for row in range(5))
    with store.intake("acme", "crm", "UTC", "EUR") as intake:
        intake.take(Records("deals", iter([deal]), snapshot=False))
        intake.take(Records("leads", leads, True, Limits(may_shrink=Decimal(100))))
        intake.take(Answer("count", Decimal(number)))
        at = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(seconds=number)
        intake.commit(at, {"last": str(number)})
    print(number, flush=True)
