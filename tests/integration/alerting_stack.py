"""The generated alertmanager.yml in a real Alertmanager, with receivers of every kind that it tells.

Only addresses and waiting times differ from what is generated; alerts have the labels and annotations of the
generated rules and rule tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from exporter.catalogue.loading import load
from exporter.generate.registry import generated
from exporter.records.tables import TABLES
from tests.servers.alertmanager import Alertmanager
from tests.servers.amtool import every
from tests.servers.pagerduty import Pagerduty
from tests.servers.smtp import Smtp
from tests.servers.webhook import Notification, Webhook
from tests.support.folders import write_all
from tests.support.yaml_text import read_yaml

Alert = dict[str, Any]

SECRETS = {"pagerduty": "R0UT1NGK3Y", "tickets": "t1ck3ts", "smtp": "s3cr3t"}

BOOKS = ", ".join(f"{table}: {{path: {table}.csv}}" for table in TABLES)
"""Every record table, so that all KPIs are connected and have alerts."""

PEOPLE = """
extends: managed-kubernetes
company: acme
title: Acme & Sons
sources:
  monitoring:
    type: prometheus
    url: https://prometheus.example.com
    measures:
      uptime: {{query: up, unit: ratio}}
      backup_success: {{query: up, unit: ratio}}
      time_to_detect: {{query: up, unit: duration}}
  books: {{type: files, tables: {{{tables}}}}}
kpis:
  mqls: {{notify: digest}}
  cac: {{notify: digest}}
people:
  platform:
    pagerduty: {{routing_key_file: {secrets}/pagerduty}}
    slack: {{channel: "#platform", api_url_file: {secrets}/slack}}
    webhook: {{url: "{webhook}/tickets", credentials_file: {secrets}/tickets}}
  finance: {{email: finance@example.com}}
  marketing: {{email: marketing@example.com}}
  sales: {{slack: null}}
  support: null
  customer-success: null
alerting:
  smtp: {{smarthost: "{smarthost}", username: kpi, password_file: {secrets}/smtp, require_tls: false}}
  watchdog: {{url: "{webhook}/watchdog"}}
  business_hours: {{days: monday to sunday, hours: 00:00 to 24:00}}
  month_close: null
"""


@dataclass
class Stack:
    """Everything that runs; `texts` are the generated files."""

    alertmanager: Alertmanager
    webhook: Webhook
    smtp: Smtp
    pagerduty: Pagerduty
    texts: Mapping[str, str]
    began: dict[str, str] = field(default_factory=dict)

    @cached_property
    def rule_tests(self) -> list[dict[str, Any]]:
        tests: list[dict[str, Any]] = yaml.load(self.texts["rules/tests/acme.test.yml"], yaml.CSafeLoader)["tests"]
        return tests

    @cached_property
    def rules(self) -> list[dict[str, Any]]:
        files = [text for path, text in self.texts.items() if path.endswith(".rules.yml")]
        groups = [group for text in files for group in yaml.load(text, yaml.CSafeLoader)["groups"]]
        return [rule for group in groups for rule in group["rules"]]

    def kpi_alert(self, kpi: str, severity: str) -> Alert:
        """Return an alert on a KPI as the generated rule tests expect it from Prometheus."""
        for test in self.rule_tests:
            for at in test.get("alert_rule_test", []):
                for fired in at.get("exp_alerts", []):
                    labels = fired["exp_labels"]
                    if (labels.get("kpi"), labels["severity"], labels["area"] != "health") == (kpi, severity, True):
                        return _alert({"alertname": at["alertname"], **labels}, fired["exp_annotations"])
        raise LookupError(f"no rule test fires a {severity} alert of {kpi}")

    def health_alert(self, name: str, **labels: str) -> Alert:
        """Return a health alert as Prometheus makes it from its rule, for these labels and an age of two hours."""
        rule = next(rule for rule in self.rules if rule.get("alert") == name)
        printed = {key: _printed(text, labels) for key, text in rule["annotations"].items()}
        return _alert({"alertname": name, **rule["labels"], **labels}, printed)

    def fire(self, *alerts: Alert) -> None:
        """Send the alerts as Prometheus does, which repeats an alert with the time at which it began.

        Alertmanager counts `group_wait` from that time on, so alerts that begin together are sent together.
        """
        self.alertmanager.post(*({**alert, "startsAt": self._began(alert)} for alert in alerts))

    def resolve(self, *alerts: Alert) -> None:
        ended = datetime.now(UTC).isoformat()
        self.alertmanager.post(*({**alert, "startsAt": self._began(alert), "endsAt": ended} for alert in alerts))

    def _began(self, alert: Alert) -> str:
        return self.began.setdefault(str(sorted(alert["labels"].items())), datetime.now(UTC).isoformat())

    def received(self, path: str) -> list[Notification]:
        """Return what the webhook received under a path: /slack, /tickets or /watchdog."""
        return [notification for notification in self.webhook.notifications if notification.path == path]

    def wait_for(self, path: str, words: str) -> Notification:
        """Wait for the first notification under a path that has these words."""
        return self.webhook.wait_for(lambda each: each.path == path and words in str(each.payload), timeout=90)


@contextmanager
def stack(folder: Path, **alerting: Any) -> Iterator[Stack]:
    """Run it all in `folder`, with these keys of the catalogue's `alerting`; unless said, all hours are for tickets."""
    secrets = folder / "secrets"
    secrets.mkdir()
    with Webhook() as webhook, Smtp(SECRETS["smtp"]) as smtp, Pagerduty(SECRETS["pagerduty"]) as pagerduty:
        for name, secret in {**SECRETS, "slack": f"{webhook.url}/slack"}.items():
            (secrets / name).write_text(secret)
        texts = _generated(
            folder,
            PEOPLE.format(tables=BOOKS, secrets=secrets, webhook=webhook.url, smarthost=smtp.smarthost),
            alerting,
        )
        write_all(folder, texts)
        config = _impatient(read_yaml(texts["rules/alertmanager.yml"]), pagerduty.url)
        with Alertmanager(folder / "rules", yaml.safe_dump(config, allow_unicode=True)) as alertmanager:
            yield Stack(alertmanager, webhook, smtp, pagerduty, texts)


def _generated(folder: Path, catalogue: str, alerting: dict[str, Any]) -> Mapping[str, str]:
    document = read_yaml(catalogue)
    timezone = {"timezone": alerting.pop("timezone")} if "timezone" in alerting else {}
    document = {**document, **timezone, "alerting": {**document["alerting"], **alerting}}
    (folder / "acme.yaml").write_text(yaml.safe_dump(document))
    return generated([load(folder / "acme.yaml")])


def _impatient(config: dict[str, Any], pagerduty: str) -> dict[str, Any]:
    """Return the configuration with PagerDuty's address, and with waits of seconds in the order of the longer ones."""
    for route in every(config["route"]):
        for wait, seconds in (("group_wait", {"0s": "0s", "1m": "1s"}), ("group_interval", {})):
            if wait in route:
                route[wait] = seconds.get(route[wait], "2s")
    for receiver in config["receivers"]:
        for channel in receiver.get("pagerduty_configs", []):
            channel["url"] = pagerduty
    return config


def _alert(labels: Mapping[str, str], annotations: Mapping[str, str]) -> Alert:
    return {"labels": dict(labels), "annotations": dict(annotations)}


def _printed(text: str, labels: Mapping[str, str]) -> str:
    """Print a template as Prometheus does where it finds nothing: only labels are known."""
    for name, value in labels.items():
        text = text.replace(f"{{{{ $labels.{name} }}}}", value).replace(
            f'{{{{ reReplaceAll "_" " " $labels.{name} }}}}', value.replace("_", " ")
        )
    text = re.sub(r"\{\{ if eq [^}]*\}\}(.*?)\{\{ end \}\}", r"\1", text)
    text = re.sub(r"\{\{ (?:with|range) .*\{\{ else \}\}(.*?)\{\{ end \}\}", r"\1", text)
    return re.sub(r"\{\{ \$value \| humanizeDuration \}\}", "2h 0m 0s", text)


def local_noon(now: datetime) -> str:
    """Return a time zone in which it is between twelve and one now, so that no day ends while a test waits."""
    offset = now.hour - 12  # Etc/GMT+1 is one hour behind
    return f"Etc/GMT{offset:+d}"
