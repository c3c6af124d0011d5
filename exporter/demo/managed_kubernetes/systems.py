"""The company's systems: what each would export now, in columns of its own, with the mistakes that real ones hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from exporter.demo.files import Row, Rows
from exporter.demo.managed_kubernetes.base_plan import ENTERPRISE, FEES, INFRASTRUCTURE_MARGINS, SMALL
from exporter.demo.managed_kubernetes.calendar import local_day, midnight
from exporter.demo.managed_kubernetes.care import Score
from exporter.demo.managed_kubernetes.customers import Cluster, Customer
from exporter.demo.managed_kubernetes.funnel import Deal
from exporter.demo.managed_kubernetes.model import Model
from exporter.demo.managed_kubernetes.planning import plan_points, quotas, teams
from exporter.demo.months import quarter_end

_RETENTION = timedelta(days=120)
"""After which the backup tool forgets a run."""


@dataclass(frozen=True)
class Exports:
    """The model as it is known at `now`: nothing has happened yet that lies ahead."""

    model: Model
    now: datetime

    def tables(self) -> Mapping[str, Rows]:
        """The rows of each file, by its path; the suffix is the file's format."""
        written: Mapping[str, Iterable[Row]] = {
            "billing/customers.csv": self._customers(),
            "billing/subscription_items.csv": self._items(),
            "crm/deals.jsonl": self._deals(),
            "marketing/leads.parquet": self._leads(),
            "pagerduty/incidents.csv": self._incidents(),
            "statuspage/events.csv": self._events(),
            "helpdesk/tickets.csv": self._tickets(),
            "helpdesk/satisfaction.csv": self._scores(self.model.care.csat, "ticket_id", "rating"),
            "survey/nps_responses.csv": self._scores(self.model.care.nps, "respondent", "likelihood"),
            "onboarding/projects.csv": self._onboardings(),
            "finance/journal.csv": self._journal(),
            "finance/bank_balances.csv": self._balances(),
            "finance/financing.csv": (
                {"contract": flow.id, "value_date": flow.on, "amount": flow.amount}
                for flow in self.model.finance.financings
            ),
            "hr/positions.csv": (
                {"department": team.name, "valid_from": team.effective, "fte": team.people}
                for team in teams(self.model.months)
            ),
            "inventory/clusters.csv": self._clusters(),
            "argocd/releases.csv": self._releases(),
            "velero/backups.jsonl": self._backups(),
            "sla/reports.csv": self._sla_reports(),
            "planning/quotas.csv": (
                {"quarter_start": quota.quarter, "new_annual_value": quota.amount}
                for quota in quotas(self.model.months)
            ),
            "planning/targets.csv": (
                {"metric": point.kpi, "scenario": "base", "from_date": point.effective, "target": point.value}
                for point in plan_points(self.model.months)
            ),
        }
        return {path: list(rows) for path, rows in written.items()}

    def _past(self, at: datetime | None) -> datetime | None:
        return at if at is not None and at <= self.now else None

    def _customers(self) -> Iterator[Row]:
        for customer in self.model.book.customers:
            if self._past(customer.won_at):
                yield {"id": customer.id, "created": customer.won_at, "price_plan": customer.tier}

    def _items(self) -> Iterator[Row]:
        for customer in self.model.book.customers:
            if customer.support:
                product = f"support {customer.tier}"
                yield from self._item(customer, customer, product, customer.support, None)
            for cluster in customer.clusters:
                fee, margin = FEES[cluster.type], INFRASTRUCTURE_MARGINS.get(cluster.type)
                yield from self._item(customer, cluster, "cluster management", Decimal(fee), cluster.id)
                if margin:
                    yield from self._item(customer, cluster, "infrastructure margin", Decimal(margin), cluster.id)
        # A mistake on purpose: a code that is no currency.
        first = self.model.book.customers[0]
        yield from (
            {**item, "currency": "EUX"} for item in self._item(first, first, "migration package", Decimal(900), None)
        )

    def _item(
        self, customer: Customer, held: Customer | Cluster, product: str, monthly: Decimal, cluster: str | None
    ) -> Iterator[Row]:
        """What enterprises buy is billed by the year."""
        yearly = customer.tier == ENTERPRISE
        if self._past(held.starts):
            yield {
                "id": f"si_{held.id}_{product.split()[0]}",
                "subscription": customer.subscription,
                "customer": customer.id,
                "product": product,
                "cluster": cluster,
                "quantity": 1,
                "unit_amount": 12 * monthly if yearly else monthly,
                "currency": "EUR",
                "interval": "year" if yearly else "month",
                "start_date": held.starts,
                "ended_at": self._past(held.ends),
            }

    def _deals(self) -> Iterator[Row]:
        opened = [deal for deal in self.model.funnel.deals if self._past(deal.created)]
        for deal in opened:
            yield {"id": deal.id, "properties": self._deal(deal)}
        # A mistake on purpose: a deal whose value somebody left to be discussed.
        yield {"id": "deal-draft", "properties": {**self._deal(opened[-1]), "amount": "tbd"}}

    def _deal(self, deal: Deal) -> Row:
        """An open deal is expected this quarter once the product was demonstrated, else in the next one."""
        closed, demo = self._past(deal.closed), self._past(deal.demo)
        expected = quarter_end(local_day(self.now))
        if closed:
            expected = local_day(closed)
        elif not demo:
            expected = quarter_end(expected + timedelta(days=1))
        return {
            "dealtype": "newbusiness" if deal.new else "existingbusiness",
            "amount": deal.amount,
            "company_id": deal.customer_id if (closed and deal.won) or not deal.new else None,
            "contact_id": deal.lead_id,
            "createdate": deal.created,
            "demo_date": demo,
            "closedate": expected,
            "closed_at": closed,
            "is_closed_won": deal.won if closed else None,
        }

    def _leads(self) -> Iterator[Row]:
        for lead in self.model.funnel.leads:
            if self._past(lead.created):
                qualified = self._past(lead.qualified)
                yield {"contact_id": lead.id, "became_lead_at": lead.created, "became_mql_at": qualified}

    def _incidents(self) -> Iterator[Row]:
        for incident in self.model.operations.incidents:
            if self._past(incident.triggered):
                yield {
                    "id": incident.id,
                    "priority": incident.priority,
                    "impact_start": incident.started,
                    "created_on": incident.triggered,
                    "first_ack": self._past(incident.acknowledged),
                    "resolved_on": self._past(incident.resolved),
                }

    def _events(self) -> Iterator[Row]:
        for event in self.model.operations.outages:
            if self._past(event.starts):
                yield {
                    "event_id": event.id,
                    "event_type": event.kind,
                    "component": "platform",
                    "began": event.starts,
                    "ended": self._past(event.ends),
                }

    def _tickets(self) -> Iterator[Row]:
        for ticket in self.model.care.tickets:
            if self._past(ticket.opened):
                yield {
                    "ticket_id": ticket.id,
                    "organization_id": ticket.customer_id,
                    "priority": ticket.priority,
                    "created_at": ticket.opened,
                    "first_reply_at": self._past(ticket.first_response),
                    "solved_at": self._past(ticket.resolved),
                }

    def _scores(self, scores: list[Score], about: str, called: str) -> Iterator[Row]:
        for score in scores:
            if self._past(score.at):
                yield {"response_id": score.id, about: score.about, called: score.score, "submitted_at": score.at}

    def _onboardings(self) -> Iterator[Row]:
        for project in self.model.care.onboardings:
            if self._past(project.started):
                yield {
                    "project_id": project.id,
                    "account_id": project.customer_id,
                    "kickoff": project.started,
                    "go_live": self._past(project.first_value),
                }

    def _journal(self) -> Iterator[Row]:
        for entry in self.model.finance.entries:
            if self._past(midnight(entry.on)):
                yield {
                    "voucher": entry.id,
                    "posting_date": entry.on,
                    "cost_category": entry.account,
                    "amount": entry.amount,
                    "debtor": entry.customer_id,
                    "cost_object": entry.cluster_id,
                }

    def _balances(self) -> Iterator[Row]:
        for balance in self.model.finance.balances:
            if self._past(midnight(balance.on)):
                yield {"bank_account": balance.account_id, "value_date": balance.on, "balance": balance.amount}

    def _clusters(self) -> Iterator[Row]:
        known = [
            (customer.id, cluster.id, cluster.type, cluster.starts, self._past(cluster.ends))
            for customer, cluster in self.model.book.clusters()
            if self._past(cluster.starts)
        ]
        # A mistake on purpose: a cluster taken out of service before it was put into it.
        ends = self.now - timedelta(days=365)
        known.append((self.model.book.customers[0].id, "k8s-mistyped", SMALL, self.now, ends))
        columns = ("tenant", "cluster_id", "flavor", "commissioned", "decommissioned")
        return (dict(zip(columns, values, strict=True)) for values in known)

    def _releases(self) -> Iterator[Row]:
        for release in self.model.operations.deployments:
            if self._past(release.at):
                yield {
                    "sync_id": release.id,
                    "application": "platform",
                    "finished_at": release.at,
                    "rolled_back": release.failed,
                }

    def _backups(self) -> Iterator[Row]:
        for run in self.model.operations.backups:
            if self.now - _RETENTION < run.finished <= self.now:
                yield {
                    "metadata": {"name": run.id, "labels": {"cluster": run.cluster_id}},
                    "status": {
                        "phase": "Completed" if run.succeeded else "PartiallyFailed",
                        "completionTimestamp": run.finished,
                    },
                }

    def _sla_reports(self) -> Iterator[Row]:
        for report in self.model.operations.sla_reports:
            if report.month < local_day(self.now).replace(day=1):
                yield {"account": report.customer_id, "month": report.month, "objective_met": report.met}
