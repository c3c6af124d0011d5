"""What is in use of the platform, how fast its API answers, and how releases are made."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from exporter.calendar.windows import Period
from exporter.records.batch import Row
from tests.measures.book import Book, at, month

MARCH = month("2026-03")
NOON = Period(at("2026-03-10 12:00"), at("2026-03-10 12:00"))


def sample(resource: str, when: str, used: object, capacity: object = 100) -> Row:
    return {"resource": resource, "sampled_at": when, "used": used, "capacity": capacity}


@pytest.mark.parametrize(
    ("measure", "resource"),
    [
        ("vcpu_utilization", "vcpu"),
        ("ram_utilization", "ram"),
        ("storage_utilization", "nvme"),
        ("gpu_t4_utilization", "gpu_t4"),
        ("gpu_4090_utilization", "gpu_4090"),
        ("gpu_a100_utilization", "gpu_a100"),
    ],
)
def test_use_is_that_of_the_latest_sample_of_its_own_resource(book: Book, measure: str, resource: str) -> None:
    book.put(
        "resource_samples",
        sample(resource, "2026-03-10 06:00", 10),
        sample(resource, "2026-03-10 12:00", 28, 40),
        sample(resource, "2026-03-10 12:01", 99),
        sample("other", "2026-03-10 12:00", 50),
    )
    assert book.value(measure, NOON) == Decimal("0.7")


def test_a_sample_of_yesterday_says_nothing_of_now(book: Book) -> None:
    book.put("resource_samples", sample("nvme", "2026-03-09 12:00:00", 10), sample("vcpu", "2026-03-09 12:00:01", 10))
    assert book.value("storage_utilization", NOON) is None
    assert book.value("storage_used", NOON) is None
    assert book.value("vcpu_utilization", NOON) == Decimal("0.1")


def test_gpu_use_is_that_of_all_cards_over_the_whole_period(book: Book) -> None:
    week = Period(NOON.ends - timedelta(days=7), NOON.ends)
    book.put(
        "resource_samples",
        sample("gpu_t4", "2026-03-03 12:00", 25, 25),
        sample("gpu_a100", "2026-03-03 12:00", 0, 75),
        sample("gpu_t4", "2026-03-10 11:59", 15, 25),
        sample("gpu_a100", "2026-03-10 11:59", 0, 75),
        sample("gpu_t4", "2026-03-03 11:59", 25, 25),
        sample("gpu_t4", "2026-03-10 12:00", 25, 25),
        sample("gpus", "2026-03-10 11:59", 100),
        sample("vcpu", "2026-03-10 11:59", 100),
    )
    assert book.value("gpu_utilization", week) == Decimal("0.2")
    assert book.value("gpu_utilization", month("2026-05")) is None


def test_storage_and_traffic_are_in_bytes(book: Book) -> None:
    book.put("resource_samples", sample("nvme", "2026-03-10 12:00", 24 * 10**12, 10**14))
    book.put(
        "data_transfers",
        {"region": "a", "transferred_on": "2026-03-01", "bytes": 2 * 10**13},
        {"region": "b", "transferred_on": "2026-03-31", "bytes": 3 * 10**13},
        {"region": "a", "transferred_on": "2026-04-01", "bytes": 1},
    )
    assert book.value("storage_used", NOON) == 24 * 10**12
    assert book.value("bandwidth", MARCH) == 5 * 10**13
    assert book.value("bandwidth", month("2026-05")) is None


def test_machines_and_gpus_in_service_now(book: Book) -> None:
    def asset(kind: str, starts: str, ends: str = "") -> Row:
        return {"kind": kind, "starts_at": starts, "ends_at": ends}

    book.put(
        "assets",
        asset("vm", "2026-01-01"),
        asset("vm", "2026-03-10 11:59"),
        asset("vm", "2026-03-10 12:00"),
        asset("vm", "2026-01-01", "2026-03-10 11:59"),
        asset("gpu", "2026-01-01", "2026-03-10 12:00"),
        asset("server", "2026-01-01"),
    )
    assert book.value("active_vms", NOON) == 2
    assert book.value("rented_gpus", NOON) == 1


def answers(up_to: object, requests: int, seconds: object, failed: int = 0, on: str = "2026-03-01") -> Row:
    return {
        "service": "api",
        "served_on": on,
        "up_to": up_to,
        "requests": requests,
        "failed": failed,
        "seconds": seconds,
    }


def test_mean_latency_and_errors_go_by_request_not_by_day(book: Book) -> None:
    book.put(
        "api_requests",
        answers("0.1", 900, 45, failed=0),
        answers("0.1", 90, 5, failed=1, on="2026-03-31"),
        answers(1, 10, 10, failed=0, on="2026-03-31"),
        answers(1, 1000, 900, failed=900, on="2026-04-01"),
    )
    assert book.value("api_latency_mean", MARCH) == Decimal("0.06")
    assert book.value("error_rate", MARCH) == Decimal("0.001")
    assert book.value("api_latency_mean", month("2026-05")) is None
    assert book.value("error_rate", month("2026-05")) is None


@pytest.mark.parametrize(
    ("fast", "middle", "slow", "expected"),
    [
        (99, 0, 1, "0.1"),  # the 99th of 100 is the last within 0.1 s
        (98, 2, 0, "0.3"),  # halfway through the class from 0.1 to 0.5 s
        (96, 4, 0, "0.4"),
        (97, 2, 1, "0.5"),
        (96, 2, 2, "0.75"),
        (0, 0, 100, "0.995"),
    ],
)
def test_p99_is_found_within_its_class_of_duration(
    book: Book, fast: int, middle: int, slow: int, expected: str
) -> None:
    classes = {"0.1": fast, "0.5": middle, "1": slow}
    book.put("api_requests", *(answers(up_to, requests, 0) for up_to, requests in classes.items()))
    assert book.value("api_latency_p99", MARCH) == Decimal(expected)


def test_p99_of_several_days_is_that_of_all_their_requests(book: Book) -> None:
    book.put(
        "api_requests",
        answers("0.1", 985, 0),
        answers("0.5", 5, 0),
        answers("0.5", 10, 0, on="2026-03-02"),
    )
    assert float(book.value("api_latency_p99", MARCH) or 0) == pytest.approx(0.1 + 0.4 / 3)
    assert book.value("api_latency_p99", month("2026-05")) is None


def test_a_release_of_which_nothing_is_known_is_not_counted(book: Book) -> None:
    expected = [True, True, True, False, ""]
    book.put("deployments", *({"deployed_at": "2026-03-10", "automated": each} for each in expected))
    book.put("deployments", {"deployed_at": "2026-04-01", "automated": False})
    assert book.value("automated_deployments", MARCH) == Decimal("0.75")
    assert book.value("automated_deployments", month("2026-05")) is None
