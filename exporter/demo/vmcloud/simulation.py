"""The cloud provider: what each of its systems exports, in columns of its own."""

from __future__ import annotations

from collections.abc import Mapping

from exporter.demo.kit.cutoff import Cutoff
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Rows, columns
from exporter.demo.kit.simulation import Simulation
from exporter.demo.vmcloud import accounting, platform, product, support
from exporter.demo.vmcloud import customers as billing
from exporter.demo.vmcloud.launch_plan import COMPLETE, ZONE
from exporter.demo.vmcloud.marketing import draft, simulate_marketing
from exporter.demo.vmcloud.operations import simulate_operations


def _tables(months: Months, cut: Cutoff, rng: Rng) -> Mapping[str, Rows]:
    customers = billing.simulate_customers(months, rng)
    trials = product.simulate_trials(customers, months, rng)
    signups = list(product.signups(trials, rng))
    usage = list(product.usage(customers, months, rng))
    rentals = platform.simulate_rentals(customers, months, rng)
    samples, traffic, answers = platform.simulate_load(rentals, months, rng)
    incidents, outages, releases = simulate_operations(months, rng)
    tickets, csat, nps = support.simulate_support(customers, months, rng)
    entries, balances = accounting.simulate_accounting(customers, months, rng)
    visitors, leads, positions, articles = simulate_marketing(months, rng)
    return {
        "billing/accounts.csv": cut(billing.accounts(customers), "created"),
        "billing/prices.csv": [*billing.prices(customers, cut)],
        "product/signups.csv": cut(signups, "at"),
        "product/trials.jsonl": [*product.trial_exports(trials, months, cut)],
        "product/usage.parquet": cut(usage, "day"),
        "platform/instances.csv": cut(
            columns(
                rentals,
                instance="id",
                kind="kind",
                flavor="model",
                account="customer_id",
                running_since="starts",
                deleted="ends",
            ),
            "running_since",
        ),
        "platform/jobs.csv": cut(platform.jobs(rentals), "done"),
        "platform/traffic.csv": cut(traffic, "day"),
        "monitoring/capacity.csv": cut(samples, "time"),
        "monitoring/api.csv": cut(answers, "day"),
        "monitoring/events.csv": cut(columns(outages, id="id", kind="kind", began="starts", ended="ends"), "began"),
        "monitoring/incidents.csv": cut(
            columns(
                incidents,
                id="id",
                severity="priority",
                began="started",
                alerted="triggered",
                acknowledged="acknowledged",
                resolved="resolved",
            ),
            "alerted",
        ),
        "ci/deployments.jsonl": cut(releases, "at"),
        "helpdesk/tickets.csv": [*support.ticket_exports(tickets, cut)],
        "helpdesk/ratings.csv": cut(columns(csat, id="id", ticket="about", rating="score", at="at"), "at"),
        "survey/nps.csv": cut(columns(nps, id="id", respondent="about", likelihood="score", at="at"), "at"),
        "accounting/journal.csv": cut(
            columns(entries, voucher="id", day="on", account="account", amount="amount"), "day"
        ),
        "accounting/bank.csv": cut(balances, "day"),
        "accounting/funding.csv": accounting.funding(months),
        "plausible/visitors.csv": cut(visitors, "date"),
        "crm/leads.parquet": cut(leads, "since"),
        "search/positions.csv": cut(positions, "date"),
        "cms/posts.jsonl": [*cut(articles, "published"), draft()],
    }


_COMPANY = Simulation(__package__, COMPLETE, ZONE, _tables)
simulate, write = _COMPANY.simulate, _COMPANY.write
