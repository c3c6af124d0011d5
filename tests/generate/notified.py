"""A company with people: owners with and without channels, pages, tickets, digests, and hours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from tests.support.synthetic_company import write
from tests.support.yaml_text import read_yaml

SECRETS = "/etc/alertmanager/secrets"
LIMITS = {"unit": "ratio", "warning": "< 90%", "critical": "< 80%"}

KPIS: dict[str, dict[str, Any]] = {
    "uptime": {**LIMITS, "area": "operations", "owner": "platform", "notify": "page"},
    "backups": {**LIMITS, "area": "operations", "owner": "platform"},
    "checkout": {**LIMITS, "area": "operations", "owner": "the shop", "notify": "page"},
    "orders": {**LIMITS, "area": "sales", "owner": "the shop"},
    "margin": {**LIMITS, "area": "books", "owner": "the shop"},
    "traffic": {**LIMITS, "area": "sales", "owner": "the shop", "notify": "digest"},
    "cash": {**LIMITS, "area": "treasury", "owner": "finance"},
    "costs": {**LIMITS, "area": "books", "owner": "finance", "notify": "digest"},
    "leads": {**LIMITS, "area": "sales", "owner": "nobody in particular"},
    "stock": {**LIMITS, "area": "books", "owner": None},
    "morale": {**LIMITS, "area": "staff", "owner": "people & culture"},
}
PEOPLE: dict[str, Any] = {
    "platform": {
        "pagerduty": {"routing_key_file": f"{SECRETS}/pagerduty"},
        "slack": {"channel": "#platform", "api_url_file": f"{SECRETS}/slack"},
        "webhook": {"url": "https://tickets.example.com/kpi", "credentials_file": f"{SECRETS}/tickets"},
    },
    "the shop": {"email": "shop@example.com", "webhook": {"url": "https://tickets.example.com/shop"}},
    "finance": {"email": "finance@example.com"},
}
ALERTING: dict[str, Any] = {
    "default": "platform",
    "business_hours": {"days": "sunday to thursday", "hours": "08:30 to 16:00"},
    "digest": {"days": "tuesday, friday", "at": "07:30"},
    "month_close": {"days": "1 to 4", "areas": ["books"], "owners": ["finance"]},
    "smtp": {
        "smarthost": "smtp.example.com:587",
        "sender": "kpi@example.com",
        "username": "kpi",
        "password_file": f"{SECRETS}/smtp",
    },
    "watchdog": {"url": "https://watchdog.example.com/acme"},
}


def company(folder: Path, name: str = "acme", **sections: Any) -> Company:
    """Write and load the company, with these top-level sections in place of its own."""
    file = write(folder, name, KPIS)
    document = {**read_yaml(file.read_text()), "people": PEOPLE, "alerting": ALERTING, **sections}
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return load(file)
