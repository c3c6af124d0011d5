"""The revenue policy: what counts as recurring revenue where companies differ, as switches with a version."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from exporter.strict_model import StrictModel


class Discounts(StrEnum):
    """Which discounts lower the run-rate while they apply."""

    RECURRING = "recurring"
    ALL = "all"
    FOREVER = "forever"
    NONE = "none"


class ChurnAt(StrEnum):
    """When a cancelled item stops to pay."""

    PERIOD_END = "period_end"
    CANCEL_REQUEST = "cancel_request"


class Paused(StrEnum):
    """What a paused item pays once the time it has paid for is over."""

    ZERO = "zero"
    KEEP = "keep"


class ZeroMrr(StrEnum):
    """What it is when a customer keeps an item and no longer pays for it."""

    CHURN = "churn"
    CONTRACTION = "contraction"


class CreditLines(StrEnum):
    """What counts of an item with a price below 0."""

    OFFSET = "offset"
    EXCLUDE = "exclude"
    INCLUDE = "include"


class Grain(StrEnum):
    """Within what changes of one customer are netted into one movement."""

    EVENT = "event"
    DAY = "day"
    MONTH = "month"


class Fx(StrEnum):
    """At which rate a price in another currency counts."""

    PERIOD_END = "period_end"
    HISTORIC = "historic"


class Inclusion(StrEnum):
    """Whether something counts."""

    EXCLUDE = "exclude"
    INCLUDE = "include"


def _text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _factor(text: str) -> str:
    try:
        value = Fraction(text.replace(" ", ""))
    except (ValueError, ZeroDivisionError):
        value = Fraction(0)
    if not 0 < value < 100:
        raise ValueError(f"{text!r} is not a number of them in a month; write for example 52/12 or 4.33")
    return text.replace(" ", "")


Factor = Annotated[str, BeforeValidator(_text, json_schema_input_type=str | int | float), AfterValidator(_factor)]
"""A number, exact also where it is a fraction: `52/12` or `4.33`."""


class RevenuePolicy(StrictModel):
    """What counts as recurring revenue, where companies differ; published as `kpi_revenue_policy_info`."""

    version: Annotated[str, BeforeValidator(_text, json_schema_input_type=str | int | float), Field(min_length=1)] = "1"
    """a name for this policy, changed when one of its switches is"""
    discounts: Discounts = Discounts.RECURRING
    """which discounts lower MRR while they apply: recurring (forever and repeating), all (once too), forever, none"""
    churn_at: ChurnAt = ChurnAt.PERIOD_END
    """when a cancelled item stops to count: at the end of what is paid for, or at the request"""
    paused: Paused = Paused.ZERO
    """whether a paused item counts zero from the end of what is paid for, or keeps its MRR"""
    zero_mrr: ZeroMrr = ZeroMrr.CHURN
    """what it is when a customer's MRR falls to zero while it keeps an item, such as a free plan"""
    credit_lines: CreditLines = CreditLines.OFFSET
    """what an item with a price below 0 is: taken off what the customer's other items pay in its currency, never below
    0; or nothing; or included in full, so that MRR can be below 0"""
    dunning_days: Annotated[int, Field(ge=0, le=3650)] | None = 30
    """days after which an item past due counts as lost; `null`: not before its contract ends"""
    reactivation_days: Annotated[int, Field(ge=1, le=36500)] | None = None
    """days after which a customer who returns is new again; `null`: never"""
    grain: Grain = Grain.DAY
    """within what the changes of one customer are netted into one movement"""
    fx: Fx = Fx.PERIOD_END
    """at which rate other currencies count: balances at that of the period's end and movements at their day's, or each
    line for ever at that of the day on which it began to pay"""
    weeks_per_month: Factor = "52/12"
    """what a price per week is multiplied with"""
    days_per_month: Factor = "365/12"
    """what a price per day is multiplied with"""
    tax: Inclusion = Inclusion.EXCLUDE
    """whether tax counts"""
    trial: Inclusion = Inclusion.EXCLUDE
    """whether items on trial count"""
    usage: Inclusion = Inclusion.EXCLUDE
    """whether metered items count"""

    def switches(self) -> dict[str, str]:
        """Return every switch as text, in order; a number of days that is not set is `none`."""
        return {name: "none" if value is None else str(value) for name, value in self.model_dump(mode="json").items()}
