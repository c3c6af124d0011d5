"""`init`, `try` and `run` with two keys and no edit: the MRR of Stripe and the MTTA of PagerDuty are on the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean

import pytest

from tests.servers.exporter_process import Exporter
from tests.servers.process import wait_until
from tests.vendors.new_user import NewUser, new_user
from tests.vendors.pagerduty.server import KEY as PAGERDUTY_KEY
from tests.vendors.stripe.server import KEY as STRIPE_KEY

TWO_MINUTES = 120


def last_month(now: datetime) -> tuple[datetime, datetime]:
    """Return the beginning and the end of the last full month."""
    ends = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (ends - timedelta(days=1)).replace(day=1), ends


def true_mrr(user: NewUser, at: datetime) -> float:
    """Return what all customers pay a month just before an instant."""
    ledger, second = user.billing.truth, int(at.timestamp()) - 1
    return float(sum(sum(ledger.run_rates(customer, second).values()) for customer in ledger.customers()))


def true_mtta(user: NewUser, starts: datetime, ends: datetime) -> float:
    """Return the mean seconds to the first acknowledgement, of incidents acknowledged in some time."""
    rows = user.oncall.truth()
    return fmean((ack - begun).total_seconds() for _, _, begun, ack, _ in rows if ack and starts <= ack < ends)


@pytest.mark.process
def test_two_keys_and_no_edit(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    starts, ends = last_month(now)
    with new_user(tmp_path, now) as user:
        init = user.init()
        assert init.returncode == 0, init.stdout + init.stderr
        written = user.catalogue.read_text("utf-8")
        attempt = user.attempt()
        assert attempt.returncode == 0, attempt.stdout + attempt.stderr
        with Exporter(tmp_path, [user.catalogue], environ=user.environ) as exporter:
            values: dict[str, float] = {}

            def both() -> bool:
                series = {
                    name: value for (name, labels), value in exporter.series().items() if ("company", "acme") in labels
                }
                values.update({name: series[name] for name in ("kpi_mrr_eur", "kpi_mtta_seconds") if name in series})
                return len(values) == 2

            wait_until(both, "the MRR and the MTTA", timeout=TWO_MINUTES)
            page, sources, log = exporter.page("/"), exporter.page("/sources"), exporter.log.read_text("utf-8")
        assert user.catalogue.read_text("utf-8") == written
        assert values["kpi_mrr_eur"] == pytest.approx(true_mrr(user, now), abs=0.005)
        assert values["kpi_mtta_seconds"] == pytest.approx(true_mtta(user, starts, ends), abs=0.51)
        assert "Mean time to acknowledge" in page
        documented = (Path(__file__).parents[2] / "docs" / "connect" / "README.md").read_text("utf-8")
        for vendor in ("Stripe", "PagerDuty"):
            (line,) = [each for each in init.stdout.splitlines() if each.startswith(f"{vendor}: ")]
            assert line in documented.splitlines()
        for line in ("stripe (stripe): read", "pagerduty (pagerduty): read", "acme: 49 KPIs, 2 sources, no mistakes"):
            assert line in documented.splitlines()
            assert line in init.stdout.splitlines()
        for text in (init.stdout, init.stderr, attempt.stdout, attempt.stderr, written, page, sources, log):
            assert STRIPE_KEY not in text
            assert PAGERDUTY_KEY not in text
