"""The company's systems: what each would export now, in columns of its own, with the mistakes that real ones hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from exporter.demo.files import Row, Rows
from exporter.demo.vmcloud.launch_plan import CAPACITY, SEED_ROUND
from exporter.demo.vmcloud.model import Model
from exporter.demo.vmcloud.platform import Rental
from exporter.demo.vmcloud.support import Score


@dataclass(frozen=True)
class Exports:
    """The model as it is known at `now`: nothing has happened yet that lies ahead, and no day is told of before it is
    over."""

    model: Model
    now: datetime

    def tables(self) -> Mapping[str, Rows]:
        """The rows of each file, by its path; the suffix is the file's format."""
        support, marketing, platform = self.model.support, self.model.marketing, self.model.platform
        written: Mapping[str, Iterable[Row]] = {
            "billing/accounts.csv": self._accounts(),
            "billing/prices.csv": self._prices(),
            "product/signups.csv": (
                {"account": each.id, "at": each.at} for each in self.model.product.signups if self._past(each.at)
            ),
            "product/trials.jsonl": self._trials(),
            "product/usage.parquet": (
                {"user": use.user_id, "account": use.customer_id, "feature": use.feature, "day": use.on}
                for use in self.model.product.uses
                if self._over(use.on)
            ),
            "platform/instances.csv": self._instances(),
            "platform/jobs.csv": (
                {"job": f"job-{each.id}", "account": each.customer_id, "asked": each.requested, "done": each.starts}
                for each in platform.rentals
                if each.kind == "vm" and self._past(each.starts)
            ),
            "platform/traffic.csv": (
                {"zone": each.region, "day": each.on, "octets": each.bytes}
                for each in platform.transfers
                if self._over(each.on)
            ),
            "monitoring/capacity.csv": (
                {"resource": each.resource, "time": each.at, "used": each.used, "total": CAPACITY[each.resource]}
                for each in platform.samples
                if self._past(each.at)
            ),
            "monitoring/api.csv": (
                {"day": a.on, "le": a.up_to, "count": a.requests, "errors": a.failed, "sum": a.seconds}
                for a in platform.answers
                if self._over(a.on)
            ),
            "monitoring/events.csv": self._events(),
            "monitoring/incidents.csv": self._incidents(),
            "ci/deployments.jsonl": self._deployments(),
            "helpdesk/tickets.csv": self._tickets(),
            "helpdesk/ratings.csv": self._scores(support.csat, "ticket", "rating"),
            "survey/nps.csv": self._scores(support.nps, "respondent", "likelihood"),
            "accounting/journal.csv": self._journal(),
            "accounting/bank.csv": (
                {"account": "operating", "day": each.on, "balance": each.amount}
                for each in self.model.finance.balances
                if self._over(each.on)
            ),
            "accounting/funding.csv": [{"round": "seed", "day": self.model.finance.invested_on, "amount": SEED_ROUND}],
            "plausible/visitors.csv": (
                {"date": each.on, "channel": each.channel, "visitors": each.visitors}
                for each in marketing.visits
                if self._over(each.on)
            ),
            "crm/leads.parquet": (
                {"lead": each.id, "since": each.at} for each in marketing.leads if self._past(each.at)
            ),
            "search/positions.csv": (
                {"query": p.keyword, "date": p.on, "position": p.position, "impressions": p.impressions}
                for p in marketing.positions
                if self._over(p.on)
            ),
            "cms/posts.jsonl": self._posts(),
        }
        return {path: list(rows) for path, rows in written.items()}

    def _past(self, at: datetime | None) -> datetime | None:
        return at if at is not None and at <= self.now else None

    def _over(self, on: date) -> bool:
        return on < self.model.months.local_day(self.now)

    def _accounts(self) -> Iterator[Row]:
        for customer in self.model.book.customers:
            if self._past(customer.starts):
                yield {"id": customer.id, "segment": customer.tier, "created": customer.starts}

    def _prices(self) -> Iterator[Row]:
        rows = [
            {
                "id": item.id,
                "account": customer.id,
                "price": item.monthly,
                "currency": "EUR",
                "since": item.starts,
                "until": self._past(item.ends),
            }
            for customer, item in self.model.book.prices()
            if self._past(item.starts)
        ]
        yield from rows
        # A mistake on purpose: a code that is no currency.
        yield {**rows[0], "id": "si_mistyped", "currency": "EUX"}

    def _trials(self) -> Iterator[Row]:
        for trial in self.model.product.trials:
            if self._past(trial.started):
                ended = self._past(trial.ended)
                yield {
                    "id": trial.id,
                    "account": trial.customer_id if ended else None,
                    "began": trial.started,
                    "end": {"at": ended, "paid": trial.converted if ended else None},
                }
        # A mistake on purpose: a trial that ended before it began.
        began = self.model.months.start(2)
        yield {
            "id": "try_test",
            "account": None,
            "began": began,
            "end": {"at": began - timedelta(days=1), "paid": False},
        }

    def _instances(self) -> Iterator[Row]:
        for each in self.model.platform.rentals:
            if self._past(each.starts):
                yield self._instance(each)

    def _instance(self, rental: Rental) -> Row:
        return {
            "instance": rental.id,
            "kind": rental.kind,
            "flavor": rental.model,
            "account": rental.customer_id,
            "running_since": rental.starts,
            "deleted": self._past(rental.ends),
        }

    def _events(self) -> Iterator[Row]:
        for event in self.model.operations.outages:
            if self._past(event.starts):
                yield {"id": event.id, "kind": event.kind, "began": event.starts, "ended": self._past(event.ends)}

    def _incidents(self) -> Iterator[Row]:
        for incident in self.model.operations.incidents:
            if self._past(incident.triggered):
                yield {
                    "id": incident.id,
                    "severity": incident.priority,
                    "began": incident.started,
                    "alerted": incident.triggered,
                    "acknowledged": self._past(incident.acknowledged),
                    "resolved": self._past(incident.resolved),
                }

    def _deployments(self) -> Iterator[Row]:
        for release in self.model.operations.releases:
            if self._past(release.at):
                trigger = "pipeline" if release.automated else "manual"
                yield {"id": release.id, "trigger": trigger, "at": release.at, "rolled_back": release.failed}

    def _tickets(self) -> Iterator[Row]:
        for ticket in self.model.support.tickets:
            if self._past(ticket.opened):
                yield {
                    "id": ticket.id,
                    "account": ticket.customer_id,
                    "priority": ticket.priority,
                    "opened": ticket.opened,
                    "replied": self._past(ticket.answered),
                    "solved": self._past(ticket.resolved),
                    "contacts": ticket.contacts if self._past(ticket.resolved) else None,
                }

    def _scores(self, scores: list[Score], about: str, called: str) -> Iterator[Row]:
        for score in scores:
            if self._past(score.at):
                yield {"id": score.id, about: score.about, called: score.score, "at": score.at}

    def _journal(self) -> Iterator[Row]:
        for entry in self.model.finance.entries:
            if self._over(entry.on):
                yield {"voucher": entry.id, "day": entry.on, "account": entry.account, "amount": entry.amount}

    def _posts(self) -> Iterator[Row]:
        for article in self.model.marketing.articles:
            if self._past(article.at):
                yield {"id": article.id, "published": article.at}
        yield {"id": "post-draft", "published": None}
