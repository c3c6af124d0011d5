"""The demo company in a folder: files of its systems as they are known now, and the company file that reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

from exporter.demo.chance import Chance
from exporter.demo.email_infrastructure import activity, billing, operations
from exporter.demo.email_infrastructure.course import months_until
from exporter.demo.email_infrastructure.customers import Customer, simulate_customers
from exporter.demo.files import Row, Rows, write_company
from exporter.demo.months import Months


def simulate(now: datetime, seed: int = 1) -> Mapping[str, Rows]:
    """The rows of each system's export at `now`, an instant with an offset, by path such as `billing/charges.csv`.

    The company was launched on the first day of the month 16 months before the one that holds `now`. The same
    arguments give the same rows; a later `now` within the month only adds to what happened.
    """
    months, chance = months_until(now), Chance(seed)
    customers = simulate_customers(months, chance)
    charges = list(billing.payments(customers, months, chance))
    team = list(activity.members(customers, months, chance))
    known = _Known(months, now)
    return {
        "billing/workspaces.csv": known(billing.workspaces(customers), "signed_up"),
        "billing/subscription_items.csv": known(billing.subscriptions(customers), "from", "until"),
        "billing/sizes.csv": known(_sizes(customers), "from", "until"),
        "billing/charges.csv": known(charges, "created"),
        "billing/refunds.csv": known(billing.refunds(charges, chance), "created"),
        "accounting/journal.csv": known(billing.journal(customers, months, chance), "day"),
        "marketing/expenses.csv": known(billing.expenses(customers, months, chance), "day"),
        "maillog/volumes.parquet": known(activity.mail(customers, months, chance), "day"),
        "maillog/queues.parquet": known(operations.queues(months, chance), "at"),
        "monitoring/probes.parquet": known(operations.checks(months, chance), "at"),
        "monitoring/outages.csv": known(operations.outages(months, chance), "began", "ended"),
        "product/campaigns.jsonl": known(activity.campaigns(customers, months, chance), "due"),
        "product/setups.jsonl": known(activity.setups(customers, chance), "requested", "ready"),
        "product/onboardings.csv": known(operations.onboardings(customers, chance), "began", "live"),
        "product/domains.csv": known(activity.domains(customers, months, chance), "added"),
        "product/members.csv": known(team, "joined", "left"),
        "product/usage.parquet": known(activity.uses(customers, team, months, chance), "day"),
        "survey/responses.csv": known(operations.ratings(customers, months, chance), "at"),
        "roadmap/features.csv": [*known.planned(operations.roadmap(months), "done")],
    }


def write(folder: Path, now: datetime, seed: int = 1) -> Path:
    """Write all files below `folder`, which is made if needed, over those of an earlier run.

    Returns the path of the company file. Safe while an exporter reads the folder.
    """
    launch = months_until(now).launch
    return write_company(folder, simulate(now, seed), __package__, launch=launch, month=launch.month)


def _sizes(customers: list[Customer]) -> Iterator[Row]:
    for customer in customers:
        for each in customer.stretches:
            yield {"workspace": customer.id, "size": each.size, "from": each.starts, "until": each.ends}


class _Known:
    """Cuts what is simulated to what has happened by an instant; of a day, once it is over."""

    def __init__(self, months: Months, now: datetime) -> None:
        self._months = months
        self._now = now

    def __call__(self, rows: Iterable[Row], since: str, until: str | None = None) -> Rows:
        """The rows that began by now, by the column `since`; what `until` says of later is not known yet."""
        begun = (row for row in rows if self._past(row[since]))
        return [*(self.planned(begun, until) if until else begun)]

    def planned(self, rows: Iterable[Row], done: str) -> Iterator[Row]:
        """All rows, without the days or instants in `done` that lie ahead."""
        return ({**row, done: row[done] if self._past(row[done]) else None} for row in rows)

    def _past(self, at: object) -> bool:
        if isinstance(at, datetime):
            return at <= self._now
        return isinstance(at, date) and self._months.midnight(at + timedelta(days=1)) <= self._now
