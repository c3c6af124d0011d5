"""a flat plan of 1,200 a year for 10,000 customers, beside a published engine that spreads invoices by day."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from exporter.calendar.windows import Period
from exporter.measures import library
from exporter.measures.engine import prepare
from exporter.records.batch import Records
from exporter.records.store import Store
from exporter.revenue import materialization
from exporter.revenue.definition import TABLES, LedgerDefinition
from exporter.revenue.parameters import LedgerParameters
from exporter.revenue.policy import RevenuePolicy
from exporter.revenue.relations import create
from tests.bench.result import NotMeasured, Result

CUSTOMERS = 10_000
PACKAGE = "saas-metrics==0.1.0"
"""Later versions need a newer Python than 3.11."""
SCRIPT = """
import json, sys, time
import pandas
from saas_metrics.engine import analyze
lines = pandas.DataFrame(
    {"customer_id": f"c{n}", "revenue": "1200.00", "service_start": f"{y}-01-01", "service_end": f"{y}-12-31"}
    for n in range(int(sys.argv[1])) for y in (2023, 2024)
)
start = time.perf_counter()
metrics = analyze(lines).metrics
february = pandas.to_datetime(metrics["period_end"]) == pandas.Timestamp("2023-02-28")
churn = float(metrics["gross_revenue_churn_rate"][february].iloc[0])
print(json.dumps({"seconds": time.perf_counter() - start, "churn": churn}))
"""
ACCOUNT = LedgerDefinition("acme", LedgerParameters(RevenuePolicy(), "USD", "UTC"), dict.fromkeys(TABLES, ("billing",)))
FEBRUARY = Period(datetime(2023, 2, 1, tzinfo=UTC), datetime(2023, 3, 1, tzinfo=UTC))


def measure() -> Iterator[Result]:
    seconds, churn = _ours()
    yield Result("ledger and churn by this program", seconds, "s")
    yield Result("revenue lost in February, by this program", churn * 100, "%", at_most=0)
    theirs = _theirs()
    yield Result(f"the same by {PACKAGE}", theirs["seconds"], "s")
    yield Result(f"revenue lost in February, by {PACKAGE}", theirs["churn"] * 100, "%")


def _ours() -> tuple[float, float]:
    with TemporaryDirectory() as folder:
        store = Store(Path(folder) / "records.duckdb")
        with store.intake("acme", "billing", "UTC", "USD") as intake:
            rows = (
                {
                    "item_id": f"i{number}",
                    "subscription_id": f"s{number}",
                    "customer_id": f"c{number}",
                    "unit_amount": 1200,
                    "currency": "USD",
                    "billing_interval": "year",
                    "starts_at": "2023-01-01T00:00:00Z",
                }
                for number in range(CUSTOMERS)
            )
            intake.take(Records("subscription_items", rows, snapshot=True))
            intake.commit(FEBRUARY.ends, {})
        start = perf_counter()
        materialization.refresh(store, ACCOUNT)
        with store.reading("acme", "UTC") as cursor:
            create(cursor, ACCOUNT)
            prepare(cursor, [FEBRUARY])
            lost, retained = (
                cursor.execute(f"SELECT value FROM ({library.shipped()[name].sql})").fetchall()
                for name in ("lost_mrr", "retained_mrr")
            )
        taken = perf_counter() - start
        store.close()
    return taken, float(lost[0][0] / (lost[0][0] + retained[0][0]))


def _theirs() -> dict[str, float]:
    """Measure the peer in a temporary environment, as the package is no part of the project."""
    with TemporaryDirectory() as folder:
        python = Path(folder) / "bin" / "python"
        steps = (
            [sys.executable, "-m", "venv", folder],
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE],
            [str(python), "-c", SCRIPT, str(CUSTOMERS)],
        )
        for step in steps:
            done = subprocess.run(step, capture_output=True, text=True, check=False)
            if done.returncode:
                raise NotMeasured(f"{PACKAGE}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
        figures: dict[str, float] = json.loads(done.stdout)
        return figures
