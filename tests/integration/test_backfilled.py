"""A real Prometheus with the demonstration's past: it answers for years, and history and scrapes are one series."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.integration.backfilled import INSTANCE, YEARS, Backfilled
from tests.servers.process import wait_until

pytestmark = pytest.mark.integration

MRR = 'kpi_mrr_eur{company="managed-kubernetes"}'


def _at(when: datetime) -> str:
    return f"{when.timestamp():.0f}"


def test_an_offset_finds_a_value_at_any_time_of_day(backfilled: Backfilled) -> None:
    for minutes in (0, 7, 613, 1439):
        now = datetime.now(UTC) - timedelta(minutes=minutes)
        found = backfilled.prometheus.get("query", query=f"{MRR} offset 30d", time=_at(now))["result"]
        assert len(found) == 1
        assert float(found[0]["value"][1]) > 0
    ago = backfilled.prometheus.query("count(kpi_status offset 30d)")
    assert float(ago[0]["value"][1]) > 150


def test_a_range_of_years_has_a_value_on_every_day(backfilled: Backfilled) -> None:
    """From the first of a month on: the company's records begin then."""
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    asked = {"query": MRR, "start": _at(backfilled.since), "end": _at(until), "step": "1d"}
    (series,) = backfilled.prometheus.get("query_range", **asked)["result"]
    assert len(series["values"]) >= YEARS.days - 31
    assert {int(later - at) for (at, _), (later, _) in pairwise(series["values"])} == {86400}
    growth = [float(value) for _, value in series["values"]]
    assert growth[-1] > 2 * growth[0] > 0


def test_history_and_scrapes_are_one_series(backfilled: Backfilled) -> None:
    wait_until(lambda: backfilled.prometheus.query(MRR) != [], "a scrape of it")
    (found,) = backfilled.prometheus.get("series", **{"match[]": MRR, "start": _at(backfilled.since)})
    assert found == {
        "__name__": "kpi_mrr_eur",
        "company": "managed-kubernetes",
        "instance": INSTANCE,
        "job": "kpi-exporter",
    }
    (sampled,) = backfilled.prometheus.query(f"{MRR}[60d]")
    assert sampled["values"][-1][0] - sampled["values"][0][0] > 59 * 86400


def test_every_scraped_series_of_a_known_kpi_has_a_past(backfilled: Backfilled) -> None:
    """But for those of the sources and of the exporter itself, of which nothing is recorded."""
    wait_until(lambda: backfilled.prometheus.query(MRR) != [], "a scrape of it")
    families = '__name__=~"kpi_.*",__name__!~"kpi_(source|exporter)_.*",job="kpi-exporter"'
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    (now,) = backfilled.prometheus.query(f"count(count by (__name__) ({{{families}}}))")
    asked = {"query": f"count(count by (__name__) ({{{families}}}))", "time": _at(midnight)}
    (then,) = backfilled.prometheus.get("query", **asked)["result"]
    assert float(then["value"][1]) >= 0.95 * float(now["value"][1])
