"""The email provider: what each of its systems exports, in columns of its own."""

from __future__ import annotations

from collections.abc import Mapping

from exporter.demo.email_infrastructure import activity, billing, operations
from exporter.demo.email_infrastructure.assumptions import COMPLETE, ZONE
from exporter.demo.email_infrastructure.customers import simulate_customers
from exporter.demo.kit.cutoff import Cutoff
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Rows, columns
from exporter.demo.kit.simulation import Simulation


def _tables(months: Months, cut: Cutoff, rng: Rng) -> Mapping[str, Rows]:
    customers = simulate_customers(months, rng)
    charges = list(billing.payments(customers, months, rng))
    team = list(activity.members(customers, months, rng))
    return {
        "billing/workspaces.csv": cut(billing.workspaces(customers), "signed_up"),
        "billing/subscription_items.csv": cut(billing.subscriptions(customers), "from"),
        "billing/sizes.csv": cut(billing.sizes(customers), "from"),
        "billing/charges.csv": cut(charges, "created"),
        "billing/refunds.csv": cut(billing.refunds(charges, rng), "created"),
        "accounting/journal.csv": cut(
            columns(
                billing.entries(customers, months, rng), voucher="id", day="on", account="account", amount="amount"
            ),
            "day",
        ),
        "marketing/expenses.csv": cut(billing.expenses(customers, months, rng), "day"),
        "maillog/volumes.parquet": cut(activity.mail(customers, months, rng), "day"),
        "maillog/queues.parquet": cut(operations.queues(months, rng), "at"),
        "monitoring/probes.parquet": cut(operations.checks(months, rng), "at"),
        "monitoring/outages.csv": cut(operations.outages(months, rng), "began"),
        "product/campaigns.jsonl": cut(activity.campaigns(customers, months, rng), "due"),
        "product/setups.jsonl": cut(activity.setups(customers, rng), "requested"),
        "product/onboardings.csv": cut(operations.onboardings(customers, rng), "began"),
        "product/domains.csv": cut(activity.domains(customers, months, rng), "added"),
        "product/members.csv": cut(team, "joined"),
        "product/usage.parquet": cut(activity.usage(customers, team, months, rng), "day"),
        "survey/responses.csv": cut(operations.ratings(customers, months, rng), "at"),
        "roadmap/features.csv": cut.without_future(operations.roadmap(months)),
    }


_COMPANY = Simulation(__package__, COMPLETE, ZONE, _tables)
simulate, write = _COMPANY.simulate, _COMPANY.write
