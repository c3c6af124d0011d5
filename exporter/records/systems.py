"""Where record tables usually come from: the kind of system, as people of the company call it."""

from __future__ import annotations

from collections.abc import Mapping

_TABLES = {
    "accounting": ("ledger_entries",),
    "the bank": ("cash_balances", "financings"),
    "the staff list": ("headcount",),
    "the mail servers": ("mail_volumes", "queue_samples", "health_checks"),
    "the mail product": ("campaigns", "domains"),
    "web analytics": ("web_visits",),
    "search rankings": ("search_positions",),
    "the content system": ("articles",),
    "the inventory of what is operated": ("assets",),
    "on-call": ("incidents",),
    "monitoring": ("outages",),
    "deployments": ("deployments",),
    "backups": ("backups",),
    "SLA reports": ("sla_reports",),
    "payments": ("payments", "refunds"),
    "marketing spend": ("acquisition_costs",),
    "customer sizes": ("customer_sizes",),
    "plans": ("plans",),
    "the product": ("signups", "trials", "feature_uses", "team_members"),
    "the platform": ("resource_samples", "data_transfers", "api_requests", "provisioning_jobs"),
    "the shop": ("sku_sales", "stores", "store_sales"),
    "the warehouse": ("stock_levels",),
    "customers": ("customers",),
    "billing": ("subscription_items", "discounts"),
    "exchange rates": ("fx_rates",),
    "the CRM": ("deals", "leads", "quotas"),
    "onboarding": ("onboardings",),
    "the help desk": ("tickets",),
    "surveys": ("surveys",),
    "the roadmap": ("roadmap_features",),
}

SYSTEMS: Mapping[str, str] = {table: system for system, tables in _TABLES.items() for table in tables}
"""By record table, the system that usually has its rows."""
