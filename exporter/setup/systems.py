"""Systems that a company may have beside files: a source for each, to be completed by who knows their tables."""

from __future__ import annotations

from collections.abc import Mapping

VENDORS = ("pagerduty", "stripe")
"""The types of source that a key alone connects."""


def key_variable(vendor: str) -> str:
    """Return the variable of the shell that usually holds the key of a vendor: `STRIPE_KEY`."""
    return f"{vendor.upper()}_KEY"


SYSTEMS: Mapping[str, str] = {
    "postgresql": """\
type: sql
url: !env {NAME}_POSTGRESQL_URL   # postgresql://user:password@host/database
every: 15m
tables:
  customers: {{query: SELECT id AS customer_id, plan AS tier, created_at FROM accounts}}
""",
    "mariadb": """\
type: sql
url: !env {NAME}_MARIADB_URL   # mysql://user:password@host/database
every: 15m
tables:
  customers: {{query: SELECT id AS customer_id, plan AS tier, created_at FROM accounts}}
""",
    "prometheus": """\
type: prometheus
url: !env {NAME}_PROMETHEUS_URL   # https://prometheus.example.com
every: 1m
measures:
  backup_success: {{query: avg(backup_success_ratio), unit: ratio}}
""",
    "http": """\
type: http
url: !env {NAME}_CRM_URL   # https://crm.example.com/api
auth: {{bearer: !env {NAME}_CRM_TOKEN}}
every: 15m
tables:
  deals:
    path: /v1/deals
    select: data[]
    columns: {{deal_id: id, created_at: created}}
    paginate: {{kind: cursor, next: paging.next, param: after}}
""",
}
"""By system, a source as a catalogue writes it; `{NAME}` is the company's name as variables of a shell have it."""
