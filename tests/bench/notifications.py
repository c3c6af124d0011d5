"""what is sent in half an hour of the demonstration, while a source fails, a scrape is missed and it is restarted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, unquote

import yaml

from exporter.calendar.clock import utc_now
from exporter.conventions import ALERTMANAGER_FILE, JOB, STATUS, WATCHDOG
from exporter.demo.registry import write_companies
from tests.bench.half_hour import BREAKS, MINUTES, MISSES, RESTARTS, HalfHour, Message, missing, table, unexpected
from tests.bench.result import Result
from tests.servers.alertmanager import Alertmanager
from tests.servers.amtool import every
from tests.servers.exporter_process import Exporter
from tests.servers.process import wait_until
from tests.servers.prometheus import Prometheus
from tests.servers.proxy import Proxy
from tests.servers.webhook import Notification, Webhook
from tests.support.yaml_text import read_yaml

ROOT = Path(__file__).parents[2]
BROKEN = ("managed-kubernetes", "statuspage")

PROMETHEUS = """
global: {{{{scrape_interval: 1m, evaluation_interval: 1m}}}}
rule_files: ["{rules}/*.rules.yml"]
alerting:
  alertmanagers: [{{{{static_configs: [{{{{targets: ["127.0.0.1:{alertmanager}"]}}}}]}}}}]
scrape_configs:
  - job_name: {job}
    static_configs: [{{{{targets: ["127.0.0.1:{exporter}"]}}}}]
"""


def measure() -> Iterator[Result]:
    """Run it with the shipped rules, routes, intervals and waiting times."""
    with TemporaryDirectory() as folder, Webhook() as webhook:
        half_hour, messages = _half_hour(Path(folder), webhook)
    print(f"\n{table()}\n\n| minute | receiver | group | alerts |\n|---|---|---|---|", *messages, sep="\n", flush=True)
    undocumented, surplus = list(half_hour.undocumented()), list(unexpected(half_hour, messages))
    absent = missing(half_hour, messages)
    for what, surprises in (("undocumented", undocumented), ("unexpected", surplus), ("missing", absent)):
        for each in surprises:
            print(f"  {what}: {each}", flush=True)
    watchdogs = [message for message in messages if message.alerts[0][1]["alertname"] == WATCHDOG]
    yield Result("alerts that fired", len(half_hour.fired), "")
    yield Result("messages", len(messages), "")
    yield Result("messages of the watchdog", len(watchdogs), "", at_least=MINUTES // 5 - 1)
    yield Result("alerts that the documentation does not have", len(undocumented), "", at_most=0)
    yield Result("messages that the documentation does not have", len(surplus), "", at_most=0)
    yield Result("documented messages that did not come", len(absent), "", at_most=0)


def _half_hour(folder: Path, webhook: Webhook) -> tuple[HalfHour, list[Message]]:
    companies = write_companies(folder / "demo", utc_now())
    config = _config(webhook.url)
    for name in ("exporter", "alertmanager", "prometheus"):
        (folder / name).mkdir()
    with Exporter(folder / "exporter", companies) as exporter, Proxy(exporter.port) as proxy:
        wait_until(exporter.ready, "all sources", 120)
        with Alertmanager(folder / "alertmanager", yaml.safe_dump(config)) as alertmanager:
            ports = {"alertmanager": alertmanager.port, "exporter": proxy.port}
            text = PROMETHEUS.format(rules=ROOT / "rules", job=JOB, **ports)
            with Prometheus(folder / "prometheus", text) as prometheus:
                began = time.time()
                _sleep_until(began, BREAKS)
                company, source = BROKEN
                (folder / "demo" / company / source).rename(folder / "away")
                _sleep_until(began, MISSES)
                _miss_one_scrape(prometheus, proxy)
                _sleep_until(began, RESTARTS)
                exporter.stop()
                exporter.start()
                _sleep_until(began, MINUTES)
                half_hour = HalfHour(config["route"], _fired(prometheus), _worst(prometheus), BROKEN)
    return half_hour, [_message(each, began) for each in webhook.notifications]


def _config(url: str) -> dict[str, Any]:
    """Return the shipped routes with receivers that are webhooks, on a working day in the middle of a month."""
    config: dict[str, Any] = read_yaml((ROOT / ALERTMANAGER_FILE).read_text())
    config.pop("templates")
    for route in every(config["route"]):
        digest = any(each.endswith("/digest") for each in route.pop("active_time_intervals", []))
        route.pop("mute_time_intervals", None)
        if digest:
            route["mute_time_intervals"] = ["now"]
        route.setdefault("group_by", None)
    _inherit(config["route"], [])
    config["time_intervals"] = [{"name": "now", "time_intervals": [{"months": ["1:12"]}]}]
    for receiver in config["receivers"]:
        over = any(each.get("send_resolved", True) for key in receiver if key != "name" for each in receiver[key])
        hook = {"url": f"{url}/{quote(receiver['name'], safe='')}", "send_resolved": over}
        receiver.update({key: [] for key in receiver if key != "name"}, webhook_configs=[hook])
    return config


def _inherit(route: dict[str, Any], group_by: list[str]) -> None:
    """Write down what a route groups by, which it has from the one above."""
    route["group_by"] = route["group_by"] or group_by
    for below in route.get("routes", []):
        _inherit(below, route["group_by"])


def _sleep_until(began: float, minute: int) -> None:
    time.sleep(max(0.0, began + minute * 60 - time.time()))


def _miss_one_scrape(prometheus: Prometheus, proxy: Proxy) -> None:
    proxy.silence()
    try:
        wait_until(lambda: bool(prometheus.query(f'up{{job="{JOB}"}} == 0')), "a scrape to fail", 90)
    finally:
        proxy.resume()


def _fired(prometheus: Prometheus) -> list[dict[str, str]]:
    """Return the labels of every alert that fired in this time."""
    query = f'count_over_time(ALERTS{{alertstate="firing"}}[{MINUTES + 1}m])'
    alerts = [element["metric"] for element in prometheus.query(query)]
    return [{name: value for name, value in labels.items() if name != "alertstate"} for labels in alerts]


def _worst(prometheus: Prometheus) -> dict[tuple[str, str], float]:
    elements = prometheus.query(f"max by (company, kpi) (max_over_time({STATUS}[{MINUTES + 1}m]))")
    return {(each["metric"]["company"], each["metric"]["kpi"]): float(each["value"][1]) for each in elements}


def _message(notification: Notification, began: float) -> Message:
    alerts = [(alert["status"], alert["labels"]) for alert in notification.alerts]
    receiver = unquote(notification.path.removeprefix("/"))
    return Message((notification.at - began) / 60, receiver, notification.payload["groupLabels"], alerts)
