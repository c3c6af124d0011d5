"""The assumptions behind every seed: who is won and lost, prices, costs and rates.

Amounts are in USD, per month unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("UTC")
COMPLETE = 16

AGENCIES, SAAS = "agencies", "SaaS companies"
SMALL, ENTERPRISE = "smb", "enterprise"

WINS = (8, 10, 13, 16, 19, 22, 24, 26, 28, 30, 32, 34, 36, 38, 41, 44, 47)
"""Customers won per month; three of five are agencies."""
AGENCY_SHARE = 0.6

MONTHLY_LOSS = 0.02
LOSSES_FROM = 4
UPGRADES_FROM = 6
"""From these months on a share of the customers leaves, and one a month becomes an enterprise."""

PRICES: Mapping[str, int] = {AGENCIES: 119, SAAS: 79}
ENTERPRISE_PRICE = 640

COST_TO_WIN: Mapping[str, int] = {AGENCIES: 480, SAAS: 410}
"""What winning a customer of a segment costs, more than aimed for; for one month's fee nobody is won."""

INFRASTRUCTURE_COST = Decimal("0.14")
ON_CALL_COST = Decimal("0.038")
"""Shares of the revenue; the infrastructure grows with it."""

FAILED_PAYMENTS, REFUNDS = 0.05, 0.012
"""Shares of the month's payments: those that fail before they succeed, and those refunded."""

MAILS_PER_DAY: Mapping[str, tuple[float, float]] = {SMALL: (120, 520), ENTERPRISE: (1500, 4000)}
SENDING_DAYS = 6
"""Days a month on which a customer sends, and how much then."""
DELIVERED, DELIVERED_BADLY, BAD_SENDERS = (0.92, 0.985), (0.70, 0.82), 0.06

CORE_FEATURES = ("campaigns", "domain warm-up", "inbox rotation", "deliverability report")
OTHER_FEATURES = ("team roles", "invoices")
ADOPTERS = 0.57
"""The share of customers who use two core features or more in a month, fewer than aimed for."""

LAUNCHED, FAILED_LAUNCHES = 0.88, 0.08
"""Shares of the campaigns; the rest is cancelled."""

MVP_FEATURES, MVP_DONE_AT_LAUNCH, MVP_PER_MONTH = 22, 3, 0.75
