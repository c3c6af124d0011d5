"""The launch of a cloud provider: its plan by the clock, and the six thresholds of its document at their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from exporter.catalogue.loading import load, shipped_file
from exporter.generate.rules.rules import generate
from exporter.kpis.reading import Reading, Status
from tests.support.world import MakeWorld, TableRow, Tables, utc
from tests.support.yaml_text import read_yaml

pytestmark = pytest.mark.slow

VMCLOUD = {"extends": "vmcloud"}
PARIS = ZoneInfo("Europe/Paris")
READ = utc("2026-08-12T12:00")
HALFWAY = datetime(2026, 5, 16, 12, tzinfo=PARIS)
"""Half of the time from M+3, 1 April, to M+6, 1 July."""


@pytest.mark.parametrize(
    ("now", "planned"),
    [
        (datetime(2026, 4, 1, tzinfo=PARIS), {"mrr": 10000, "new_customers": 30, "cac": 50, "arr": 120000}),
        (HALFWAY, {"mrr": 30000, "customers": 165, "trial_conversion": 0.325, "cac": 45, "new_mrr": 10000}),
        (datetime(2026, 7, 1, tzinfo=PARIS), {"mrr": 50000, "arr": 600000, "net_margin": -0.2, "active_vms": 500}),
        (datetime(2027, 2, 1, tzinfo=PARIS), {"mrr": 100000, "net_margin": 0.1, "cash_runway": 15, "new_mrr": 10000}),
        (datetime(2027, 2, 1, tzinfo=PARIS), {"new_customers": 80, "cac": 40, "storage_used": 20 * 10**12}),
    ],
    ids=["M+3", "M+4.5", "M+6", "M+13, after the last point", "M+13, six months after the last point"],
)
def test_the_plan_by_the_clock(world: MakeWorld, now: datetime, planned: Mapping[str, float]) -> None:
    """Between two points the plan is a straight line; after the last its value stays in force."""
    series = world({}, catalogue=VMCLOUD).series(now)
    plan = {kpi: series[f'kpi_plan{{company="acme",kpi="{kpi}",scenario="base"}}'] for kpi in planned}
    assert plan == pytest.approx(planned)


def test_before_its_first_point_there_is_no_plan(world: MakeWorld) -> None:
    series = world({}, catalogue=VMCLOUD).series(datetime(2026, 6, 30, 23, 59, tzinfo=PARIS))
    assert 'kpi_plan{company="acme",kpi="net_margin",scenario="base"}' not in series
    assert 'kpi_plan{company="acme",kpi="mrr",scenario="base"}' in series


def rows(key: str, count: int, inputs: TableRow) -> list[TableRow]:
    return [{key: number, **inputs} for number in range(count)]


def outage(seconds: int) -> Tables:
    starts = READ - timedelta(days=5)
    ends = starts + timedelta(seconds=seconds)
    return {"outages": [{"outage_id": 1, "starts_at": starts.isoformat(), "ends_at": ends.isoformat()}]}


def churn(lost: int) -> Tables:
    """Return the rows of 100 customers at the start of July."""
    paid = {"unit_amount": 10, "currency": "EUR", "starts_at": "2026-01-01"}
    return {
        "subscription_items": [
            {**paid, "item_id": n, "subscription_id": n, "customer_id": n, "ends_at": "2026-07-15" if n < lost else ""}
            for n in range(100)
        ]
    }


def backlog(opened: int) -> Tables:
    return {"tickets": rows("ticket_id", opened, {"opened_at": "2026-08-01"})}


def runway(cash: int) -> Tables:
    """Return the rows of a burn of 1000 a month."""
    return {
        "cash_balances": [
            {"account_id": "bank", "balance_on": on, "amount": amount, "currency": "EUR"}
            for on, amount in (("2026-04-30", cash + 3000), ("2026-07-31", cash))
        ],
        "financings": [],
    }


def gpus(used: int) -> Tables:
    """Return the rows of 1000 of them."""
    at = (READ - timedelta(days=1)).isoformat()
    return {"resource_samples": [{"resource": "gpu_t4", "sampled_at": at, "used": used, "capacity": 1000}]}


def trials(converted: int) -> Tables:
    """Return the rows of 1000 of them."""
    ended = {"started_at": "2026-07-01", "ended_at": "2026-07-15"}
    return {"trials": [{"trial_id": n, **ended, "converted": n < converted} for n in range(1000)]}


@dataclass(frozen=True)
class Pair:
    """What a document does at a warning and a critical value, and records at both and just beyond, with their value."""

    action: str
    make: Callable[[int], Tables]
    at_warning: tuple[int, float]
    beyond_warning: tuple[int, float]
    at_critical: tuple[int, float]
    beyond_critical: tuple[int, float]

    def cases(self) -> Iterator[tuple[Tables, float, Status]]:
        inputs = (self.at_warning, self.beyond_warning, self.at_critical, self.beyond_critical)
        expected = (Status.OK, Status.WARNING, Status.WARNING, Status.CRITICAL)
        return ((self.make(count), value, status) for (count, value), status in zip(inputs, expected, strict=True))


DAYS_30 = 30 * 86400
SIX = {
    "uptime": Pair(
        "Incident review",
        outage,
        (2592, 0.999),
        (2593, 1 - 2593 / DAYS_30),
        (12960, 0.995),
        (12961, 1 - 12961 / DAYS_30),
    ),
    "logo_churn": Pair("Urgent analysis", churn, (5, 0.05), (6, 0.06), (10, 0.1), (11, 0.11)),
    "support_backlog": Pair("Reinforce support", backlog, (20, 20), (21, 21), (50, 50), (51, 51)),
    "cash_runway": Pair("Raise funds or cut burn", runway, (12000, 12), (11999, 11.999), (6000, 6), (5999, 5.999)),
    "gpu_utilization": Pair("Review pricing and marketing", gpus, (300, 0.3), (299, 0.299), (200, 0.2), (199, 0.199)),
    "trial_conversion": Pair("Optimise onboarding", trials, (200, 0.2), (199, 0.199), (100, 0.1), (99, 0.099)),
}


def read(world: MakeWorld, kpi: str, tables: Tables) -> Reading:
    return world(tables, catalogue=VMCLOUD).poll(READ).read(kpi, READ)


@pytest.mark.parametrize("kpi", SIX)
def test_six_thresholds_fire_just_beyond_their_values(world: MakeWorld, kpi: str) -> None:
    for tables, value, status in SIX[kpi].cases():
        reading = read(world, kpi, tables)
        assert reading.value == pytest.approx(value, rel=1e-12), reading.unknown
        assert reading.status is status, value
        assert (reading.kpi.action or "").startswith(SIX[kpi].action)


@pytest.mark.parametrize("kpi", SIX)
def test_six_thresholds_alert_with_the_action_of_the_document(kpi: str) -> None:
    company = load(shipped_file("vmcloud"), {})
    text = generate([company])["rules/vmcloud.rules.yml"]
    alerts = [rule for group in read_yaml(text)["groups"] for rule in group["rules"] if "alert" in rule]
    actions = {
        rule["labels"]["severity"]: rule["annotations"]["action"] for rule in alerts if rule["labels"].get("kpi") == kpi
    }
    assert actions.keys() == {"warning", "critical"}
    assert all(SIX[kpi].action in action for action in actions.values())


def days_of_answers(seconds: Sequence[str], failed: int) -> Tables:
    """Return a thousand requests: 990 take the first time each, ten the second."""
    common, rare = seconds
    spread = ((common, 990, failed), (rare, 10, 0))
    return {
        "api_requests": [
            {
                "service": "api",
                "served_on": "2026-08-01",
                "up_to": up_to,
                "requests": n,
                "failed": errors,
                "seconds": Decimal(up_to) * n,
            }
            for up_to, n, errors in spread
        ]
    }


@pytest.mark.parametrize(
    ("kpi", "at_it", "beyond"),
    [
        ("api_latency_mean", days_of_answers(("0.19", "1.19"), 0), days_of_answers(("0.19", "1.2"), 0)),
        ("api_latency_p99", days_of_answers(("0.5", "0.6"), 0), days_of_answers(("0.5001", "0.6"), 0)),
        ("error_rate", days_of_answers(("0.1", "0.2"), 1), days_of_answers(("0.1", "0.2"), 2)),
    ],
)
def test_breaking_the_sla_is_critical_and_missing_the_target_is_not(
    world: MakeWorld, kpi: str, at_it: Tables, beyond: Tables
) -> None:
    assert read(world, kpi, at_it).status is not Status.CRITICAL
    assert read(world, kpi, beyond).status is Status.CRITICAL


def test_what_a_monitoring_system_answers_takes_the_place_of_the_records(world: MakeWorld) -> None:
    answers = {"vcpu_utilization": {"path": "vcpu.csv", "query": "SELECT value FROM rows", "unit": "ratio"}}
    sources = {"prometheus": {"type": "files", "measures": answers}}
    acme = world({}, catalogue={**VMCLOUD, "sources": sources})
    (acme.folder / "vcpu.csv").write_text("value\n0.7\n", "utf-8")
    assert acme.poll(READ).read("vcpu_utilization", READ).value == 0.7


def test_net_new_mrr_is_made_of_its_parts_and_shares_make_a_whole(world: MakeWorld) -> None:
    def item(customer: str, amount: int, starts: str, ends: str = "") -> TableRow:
        paid = {"subscription_id": customer, "customer_id": customer, "unit_amount": amount, "currency": "EUR"}
        return {"item_id": f"{customer} {starts}", **paid, "starts_at": starts, "ends_at": ends}

    tables: Tables = {
        "customers": [
            {"customer_id": "individual", "tier": "B2C"},
            {"customer_id": "shop", "tier": "SMB"},
            {"customer_id": "bank", "tier": "enterprise"},
        ],
        "subscription_items": [
            item("individual", 25, "2026-07-05"),
            item("shop", 100, "2026-01-05", "2026-07-05"),
            item("shop", 150, "2026-07-05"),
            item("bank", 1000, "2026-01-05"),
            item("gone", 30, "2026-01-05", "2026-07-20"),
        ],
    }
    series = world(tables, catalogue=VMCLOUD).poll(READ).series(READ)
    money = {
        name: series[f'kpi_{name}_mrr_eur{{company="acme"}}'] for name in ("new", "expansion", "churned", "net_new")
    }
    assert money == {"new": 25, "expansion": 50, "churned": 30, "net_new": 45}
    arpu = {tier: series[f'kpi_arpu_by_tier_eur_per_month{{company="acme",tier="{tier}"}}'] for tier in ("B2C", "SMB")}
    assert arpu == {"B2C": 25, "SMB": 150}
    for mix in ("customer_mix", "mrr_mix"):
        parts = [value for name, value in series.items() if name.startswith(f"kpi_{mix}_by_tier_ratio")]
        assert len(parts) == 3
        assert sum(parts) == pytest.approx(1)
