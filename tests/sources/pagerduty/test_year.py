"""A year of incidents, 25,000 of them in one month: MTTA, MTTR and counts by priority are those that are true."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean

import pytest
import yaml

from exporter.catalogue.loading import load
from exporter.kpis.snapshot import evaluate
from exporter.records.store import Store
from tests.sources.pagerduty.polled import polled
from tests.support.stores import new_store
from tests.vendors.pagerduty.account import PagerDutyAccount
from tests.vendors.pagerduty.server import KEY
from tests.vendors.pagerduty.stories import Future

NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MONTHS = [datetime(2025, month, 1, tzinfo=UTC) for month in range(1, 13)]
KPIS = ("mtta", "mttr_p1", "mttr_p2", "p1_incidents")


def true_kpis(account: PagerDutyAccount, starts: datetime, ends: datetime) -> Mapping[str, float | None]:
    """Compute the KPIs of a month from what is true of the incidents, in seconds."""
    rows = account.truth()

    def mean(seconds: list[float]) -> float | None:
        return fmean(seconds) if seconds else None

    def resolved(priority: str) -> float | None:
        return mean(
            [
                (end - triggered).total_seconds()
                for _, of, triggered, _, end in rows
                if of == priority and end is not None and starts <= end < ends
            ]
        )

    return {
        "mtta": mean([(ack - begun).total_seconds() for _, _, begun, ack, _ in rows if ack and starts <= ack < ends]),
        "mttr_p1": resolved("P1"),
        "mttr_p2": resolved("P2"),
        "p1_incidents": sum(of == "P1" and starts <= triggered < ends for _, of, triggered, _, _ in rows),
    }


def check(store: Store, account: PagerDutyAccount, folder: Path) -> None:
    """Compare the KPIs of each month as the exporter computes them with what is true."""
    document = {
        "extends": "managed-kubernetes",
        "company": "acme",
        "title": "Acme",
        "timezone": "UTC",
        "sources": {"oncall": {"type": "pagerduty", "key": KEY}},
    }
    (folder / "company.yaml").write_text(yaml.safe_dump(document), "utf-8")
    company = load(folder / "company.yaml", {})
    ends = [*MONTHS[1:], datetime(2026, 1, 1, tzinfo=UTC)]
    evaluations = evaluate(company, store, dict.fromkeys((at + DAY for at in ends), KPIS))
    for starts, end, evaluation in zip(MONTHS, ends, evaluations, strict=True):
        values = {reading.kpi.id: reading.value for reading in evaluation.readings() if reading.kpi.id in KPIS}
        for kpi, true in true_kpis(account, starts, end).items():
            assert values[kpi] == pytest.approx(true, abs=0.51), (starts, kpi)


def play(folder: Path, number: int, in_july: int, step: timedelta) -> None:
    """Play a year, poll through it or once at its end, and compare rows and KPIs."""
    store = new_store(folder / "records.duckdb")
    account = PagerDutyAccount(NEW_YEAR)
    future = Future(account)
    future.incidents(number, NEW_YEAR, NEW_YEAR + 362 * DAY)
    future.incidents(in_july, MONTHS[6], MONTHS[7])
    with polled(store, account) as source:
        while account.now < NEW_YEAR + 366 * DAY:
            future.advance(account.now + step)
            source.poll()
        for _ in range(2):
            future.advance(account.now + DAY)
            source.poll()
        assert source.rows() == account.truth()
        assert source.server.limited == 0
    check(store, account, folder)
    store.close()


@pytest.mark.slow
@pytest.mark.parametrize("step", [14 * DAY, 366 * DAY])
def test_a_quiet_year(tmp_path: Path, step: timedelta) -> None:
    play(tmp_path, number=300, in_july=0, step=step)


@pytest.mark.exhaustive
@pytest.mark.parametrize("step", [3 * DAY, 366 * DAY])
def test_a_year_with_25000_incidents_in_one_month(tmp_path: Path, step: timedelta) -> None:
    play(tmp_path, number=3_000, in_july=25_000, step=step)
