"""The managed Kubernetes provider: what each of its systems exports, in columns of its own."""

from __future__ import annotations

from collections.abc import Mapping

from exporter.demo.kit.cutoff import Cutoff
from exporter.demo.kit.months import Months
from exporter.demo.kit.rng import Rng
from exporter.demo.kit.rows import Rows, columns
from exporter.demo.kit.simulation import Simulation
from exporter.demo.managed_kubernetes import accounting, billing, operations, planning, support
from exporter.demo.managed_kubernetes import funnel as sales
from exporter.demo.managed_kubernetes.base_plan import COMPLETE, ZONE
from exporter.demo.managed_kubernetes.customers import simulate_customers


def _tables(months: Months, cut: Cutoff, rng: Rng) -> Mapping[str, Rows]:
    customers, growth = simulate_customers(months, rng)
    funnel = sales.simulate_funnel(customers, growth, months, rng)
    incidents, outages, releases, reports = operations.simulate_operations(customers, months, rng)
    backups = list(operations.backups(customers, months, cut, rng))
    onboardings = list(support.onboardings(customers, rng))
    tickets, csat, nps = support.simulate_support(customers, months, rng)
    financing = accounting.simulate_financing(months, rng)
    journal, balances = accounting.simulate_accounting(customers, funnel, financing, months, rng)
    return {
        "billing/customers.csv": cut(billing.accounts(customers), "created"),
        "billing/subscription_items.csv": cut(billing.subscription_items(customers), "start_date"),
        "crm/deals.jsonl": [*sales.deals(funnel, cut)],
        "marketing/leads.parquet": cut(
            columns(funnel.leads, contact_id="id", became_lead_at="created", became_mql_at="qualified"),
            "became_lead_at",
        ),
        "pagerduty/incidents.csv": cut(
            columns(
                incidents,
                id="id",
                priority="priority",
                impact_start="started",
                created_on="triggered",
                first_ack="acknowledged",
                resolved_on="resolved",
            ),
            "created_on",
        ),
        "statuspage/events.csv": cut(
            columns(outages, event_id="id", event_type="kind", component="component", began="starts", ended="ends"),
            "began",
        ),
        "helpdesk/tickets.csv": cut(
            columns(
                tickets,
                ticket_id="id",
                organization_id="customer_id",
                priority="priority",
                created_at="opened",
                first_reply_at="answered",
                solved_at="resolved",
            ),
            "created_at",
        ),
        "helpdesk/satisfaction.csv": cut(
            columns(csat, response_id="id", ticket_id="about", rating="score", submitted_at="at"), "submitted_at"
        ),
        "survey/nps_responses.csv": cut(
            columns(nps, response_id="id", respondent="about", likelihood="score", submitted_at="at"), "submitted_at"
        ),
        "onboarding/projects.csv": cut(onboardings, "kickoff"),
        "finance/journal.csv": cut.booked(
            columns(
                journal,
                voucher="id",
                posting_date="on",
                cost_category="account",
                amount="amount",
                debtor="customer_id",
                cost_object="asset_id",
            ),
            "posting_date",
        ),
        "finance/bank_balances.csv": cut.booked(balances, "value_date"),
        "finance/financing.csv": [*columns(financing, contract="id", value_date="on", amount="amount")],
        "hr/positions.csv": [*planning.positions(months)],
        "inventory/clusters.csv": [*billing.inventory(customers, cut)],
        "argocd/releases.csv": cut(releases, "finished_at"),
        "velero/backups.jsonl": backups,
        "sla/reports.csv": cut(reports, "month"),
        "planning/quotas.csv": [*planning.quotas(months)],
        "planning/targets.csv": [*planning.targets(months)],
    }


_COMPANY = Simulation(__package__, COMPLETE, ZONE, _tables)
simulate, write = _COMPANY.simulate, _COMPANY.write
