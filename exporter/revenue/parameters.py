"""The parameters of the ledger's SQL: a company's revenue policy, reporting currency and time zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from exporter.quantities.currencies import MINOR_UNIT_PLACES
from exporter.revenue.policy import Fx, RevenuePolicy

Value = str | int | bool


@dataclass(frozen=True)
class LedgerParameters:
    """The parameters of one company's ledger. Its SQL runs in a session with the time zone `timezone`."""

    policy: RevenuePolicy
    currency: str
    timezone: str

    @property
    def historic(self) -> bool:
        """Whether each line keeps its first exchange rate, so that balances are in the reporting currency alone."""
        return self.policy.fx is Fx.HISTORIC

    def values(self) -> Mapping[str, Value]:
        """Return the value of each `$name` in the SQL files, but for flags of changes."""
        policy = self.policy
        weeks, days = Fraction(policy.weeks_per_month), Fraction(policy.days_per_month)
        return {
            "currency": self.currency,
            "discounts": policy.discounts.value,
            "churn_at": policy.churn_at.value,
            "paused": policy.paused.value,
            "zero_mrr": policy.zero_mrr.value,
            "credit_lines": policy.credit_lines.value,
            "grain": policy.grain.value,
            "tax": policy.tax.value,
            "trial": policy.trial.value,
            "usage": policy.usage.value,
            "dunning_ends": policy.dunning_days is not None,
            "dunning_days": policy.dunning_days or 0,
            "reactivation_ends": policy.reactivation_days is not None,
            "reactivation_days": policy.reactivation_days or 0,
            "week_numerator": weeks.numerator,
            "week_denominator": weeks.denominator,
            "day_numerator": days.numerator,
            "day_denominator": days.denominator,
            "no_decimals": MINOR_UNIT_PLACES[0],
            "three_decimals": MINOR_UNIT_PLACES[3],
            "four_decimals": MINOR_UNIT_PLACES[4],
        }
