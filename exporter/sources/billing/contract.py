"""A contract as a billing system showed it at one instant, and what many such sightings say of it over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from exporter.sources.billing.timeline import ValueTimeline


@dataclass(frozen=True, slots=True)
class Charge:
    """What one line of a contract charges for one billing interval, before discounts.

    `unit_amount` is None where the price cannot be computed, and `unreadable` then says why.
    """

    currency: str
    unit_amount: Decimal | None
    quantity: Decimal = Decimal(1)
    product: str | None = None
    plan: str | None = None
    amount_in: str = "major"
    tax_rate: Decimal = Decimal(0)
    tax_inclusive: bool = False
    metered: bool = False
    billing_interval: str = "month"
    interval_count: int = 1
    unreadable: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The status of a contract, one of those of `subscription_items`; of a pause, up to when it was paid for."""

    status: str
    paid_through: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Discount:
    """What is taken off a contract, or off one of its lines.

    `position` is its place among those that apply one after the other. `products` are those it is limited to, all
    if empty. `inherited` is one that the customer has, and the contract only as long as it has none of its own.
    """

    discount_id: str
    starts_at: datetime
    duration: str
    ends_at: datetime | None = None
    percent_off: Decimal | None = None
    amount_off: Decimal | None = None
    currency: str | None = None
    line_id: str | None = None
    products: tuple[str, ...] = ()
    position: int = 0
    inherited: bool = False


@dataclass(frozen=True, slots=True)
class Cancellation:
    """When the customer asked for the end, and when the end is to come, if that is known."""

    asked_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class TrialPeriod:
    """A trial with its planned end; `converted` is None until that is known."""

    started_at: datetime
    ends_at: datetime
    converted: bool | None = None


@dataclass(frozen=True, slots=True)
class SeenLine:
    """One line as a sighting shows it: since when it is part of the contract, and what it charges."""

    began_at: datetime
    charge: Charge


@dataclass(frozen=True, slots=True)
class Sighting:
    """A contract as it was shown to be from `at` on, which was learnt at `learnt_at`.

    `standings` are statuses that the system itself dates, in their order, such as the end of a trial; `standing` is
    that at `at`, None once the contract has ended. `discounts` is None where they are not shown.
    """

    at: datetime
    learnt_at: datetime
    subscription_id: str
    customer_id: str
    began_at: datetime
    standing: Standing | None
    lines: Mapping[str, SeenLine]
    ended_at: datetime | None = None
    standings: tuple[tuple[datetime, Standing], ...] = ()
    discounts: tuple[Discount, ...] | None = None
    cancellation: Cancellation | None = None
    trial: TrialPeriod | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line over time. It begins at `began_at`, whenever its first charge was seen; None is no charge."""

    began_at: datetime
    charges: ValueTimeline[Charge | None]


@dataclass(frozen=True, slots=True)
class Grant:
    """A discount, and when it was seen to be gone before its end."""

    discount: Discount
    learnt_at: datetime
    gone_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """All that is known of one contract. Sightings may arrive late, and again: those after a late one must come again.

    What has no timeline, such as the cancellation, is as the latest sighting of `seen_at` has it. `restated_at` is when
    something that was said of it turned out to be otherwise.
    """

    subscription_id: str
    customer_id: str
    began_at: datetime
    seen_at: datetime
    standings: ValueTimeline[Standing]
    lines: Mapping[str, Line]
    grants: Mapping[str, Grant] = field(default_factory=dict)
    ended_at: datetime | None = None
    cancellation: Cancellation | None = None
    attributes_learnt_at: datetime | None = None
    restated_at: datetime | None = None
    trials: tuple[TrialPeriod, ...] = ()

    @property
    def currency(self) -> str:
        """The currency in which its lines charge, empty where none ever did."""
        charges = (mark.value for line in self.lines.values() for mark in line.charges.marks)
        return next((charge.currency for charge in charges if charge is not None), "")

    @classmethod
    def first_seen(cls, sighting: Sighting) -> Contract:
        """Return what one sighting says: its lines have charged the same since they began, as far as is known."""
        shown_at = sighting.ended_at or sighting.at
        contract = cls(
            sighting.subscription_id,
            sighting.customer_id,
            sighting.began_at,
            sighting.at,
            _standings(ValueTimeline[Standing](), sighting, after=None),
            {
                name: Line(line.began_at, _charging(shown_at, line.charge, sighting.learnt_at))
                for name, line in sighting.lines.items()
            },
        )
        return contract._with_attributes(sighting)

    def seen(self, sighting: Sighting) -> Contract:
        """Return the contract with another sighting, which may be earlier than those before."""
        latest = sighting.at >= self.seen_at
        last = self.standings.last
        standings = _standings(self.standings, sighting, last.at if last else None) if latest else self.standings
        if not latest and sighting.standing is not None:
            standings = standings.put(sighting.at, sighting.standing, sighting.learnt_at)
        contract = replace(self, standings=standings, lines=self._lines(sighting))
        if latest:
            contract = contract._with_attributes(sighting)
        # A sighting that says nothing new leaves no trace.
        return contract if contract == self or not latest else replace(contract, seen_at=sighting.at)

    def billed(self, line_id: str, at: datetime, charge: Charge | None, learnt_at: datetime) -> Contract:
        """Return the contract with what an invoice says of a line from an instant on; a sighting says it better."""
        line = self.lines.get(line_id)
        if line is None:
            line = Line(at, ValueTimeline())
        charges = line.charges.fill(at, charge, learnt_at)
        changed = Line(min(line.began_at, at), charges)
        return self if changed == line else replace(self, lines={**self.lines, line_id: changed})

    def stood(self, at: datetime, standing: Standing, learnt_at: datetime) -> Contract:
        """Return the contract with a status that an invoice dates; that it is active is known better by a sighting."""
        keep = self.standings.fill if standing.status == "active" else self.standings.put
        standings = keep(at, standing, learnt_at)
        return self if standings == self.standings else replace(self, standings=standings)

    def granted(self, discount: Discount, gone_at: datetime, learnt_at: datetime) -> Contract:
        """Return the contract with a discount of the past that no sighting shows."""
        if discount.discount_id in self.grants:
            return self
        return replace(self, grants={**self.grants, discount.discount_id: Grant(discount, learnt_at, gone_at)})

    def without(self, discount_id: str, gone_at: datetime) -> Contract:
        """Return the contract with the instant from which on a discount was gone."""
        grant = self.grants[discount_id]
        if grant.discount.duration == "once" or grant.gone_at == gone_at:
            return self
        ended = replace(grant, gone_at=gone_at, learnt_at=max(grant.learnt_at, gone_at))
        return replace(self, grants={**self.grants, discount_id: ended})

    def _lines(self, sighting: Sighting) -> Mapping[str, Line]:
        lines = dict(self.lines)
        for name, seen in sighting.lines.items():
            line = lines.get(name)
            if line is None:
                began = max(seen.began_at, self.began_at)
                lines[name] = Line(began, _charging(began, seen.charge, sighting.learnt_at))
            elif sighting.ended_at is None:
                lines[name] = replace(line, charges=line.charges.put(sighting.at, seen.charge, sighting.learnt_at))
        for name, line in self.lines.items():
            if name not in sighting.lines and sighting.at > line.began_at and sighting.ended_at is None:
                lines[name] = replace(line, charges=line.charges.put(sighting.at, None, sighting.learnt_at))
        return lines

    def _with_attributes(self, sighting: Sighting) -> Contract:
        """Return the contract with all that only the latest sighting tells."""
        cancellation = sighting.cancellation
        if cancellation and self.cancellation:  # systems write the time of the latest change, not of the request
            cancellation = replace(cancellation, asked_at=min(cancellation.asked_at, self.cancellation.asked_at))
        changed = (cancellation, sighting.ended_at) != (self.cancellation, self.ended_at)
        return replace(
            self,
            customer_id=sighting.customer_id,
            cancellation=cancellation,
            ended_at=sighting.ended_at,
            attributes_learnt_at=sighting.learnt_at if changed else self.attributes_learnt_at,
            grants=self.grants if sighting.discounts is None else self._grants(sighting, sighting.discounts),
            trials=self.trials if sighting.trial is None else _trials(self.trials, sighting.trial),
        )

    def _grants(self, sighting: Sighting, discounts: tuple[Discount, ...]) -> Mapping[str, Grant]:
        grants = dict(self.grants)
        document = {discount.discount_id: discount for discount in discounts}
        for name, discount in document.items():
            earlier = grants.get(name)
            if earlier is None or earlier.discount != discount or earlier.gone_at is not None:
                grants[name] = Grant(discount, sighting.learnt_at)
        for name, grant in self.grants.items():
            over = grant.gone_at or grant.discount.ends_at
            # One for a single invoice vanishes as soon as it was used.
            if name not in document and grant.discount.duration != "once" and (over is None or over > sighting.at):
                grants[name] = replace(grant, gone_at=sighting.ended_at or sighting.at, learnt_at=sighting.learnt_at)
        return grants


def _charging(at: datetime, charge: Charge, learnt_at: datetime) -> ValueTimeline[Charge | None]:
    return ValueTimeline[Charge | None]().put(at, charge, learnt_at)


def _standings(earlier: ValueTimeline[Standing], sighting: Sighting, after: datetime | None) -> ValueTimeline[Standing]:
    """Return the statuses with those that the latest sighting dates after an instant, and the one at its own."""
    for at, standing in sighting.standings:
        if after is None or at > after:
            earlier = earlier.put(at, standing, sighting.learnt_at)
    if sighting.standing is not None and (earlier.last is None or earlier.last.value != sighting.standing):
        earlier = earlier.put(sighting.at, sighting.standing, sighting.learnt_at)
    return earlier


def _trials(earlier: tuple[TrialPeriod, ...], trial: TrialPeriod) -> tuple[TrialPeriod, ...]:
    """Return the trials with one as it is shown now; what is once known to be converted stays so."""
    before = next((each for each in earlier if each.started_at == trial.started_at), None)
    if before is not None and before.converted is not None and trial.converted is None:
        trial = replace(trial, converted=before.converted)
    if before is not None and before.converted:
        trial = replace(trial, converted=True)
    others = tuple(each for each in earlier if each.started_at != trial.started_at)
    return tuple(sorted((*others, trial), key=lambda each: each.started_at))
