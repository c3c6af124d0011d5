"""What people are told, and when: the generated configuration in a real Alertmanager, with real receivers.

The words are held in `notifications/`. After a change of words delete the file, run the test, and read what it wrote.
"""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.integration.alerting_stack import SECRETS, Alert, Stack, local_noon, stack
from tests.servers.process import wait_until

pytestmark = [pytest.mark.integration, pytest.mark.newest]

GOLDEN = Path(__file__).parent / "notifications"


def assert_golden(name: str, text: str, running: Stack) -> None:
    """Hold a body against its file; only the times and the addresses of this run may differ."""
    text = re.sub(rf"http://[^/\"]+:{running.alertmanager.port}\b", "http://alertmanager", text)
    text = text.replace(running.webhook.url, "http://receiver")
    text = re.sub(r"\w{3} \d{1,2} \w{3} \d{4}, \d\d:\d\d UTC", "Thu 1 Feb 2024, 03:12 UTC", text)
    # From 0.35 on, Alertmanager sends PagerDuty numbers as such, and null for a text that is empty.
    text = re.sub(r'"(num_\w+)": (\d+)', r'"\1": "\2"', text).replace('": null', '": ""')
    text = re.sub(r'"startsAt": "\d{4}-[^"]+"', '"startsAt": "2024-02-01T03:12:00Z"', text)
    file = GOLDEN / name
    if not file.exists():
        file.write_text(text)
        pytest.fail(f"wrote {file}; read it, and run the test again")
    assert text == file.read_text()


def _json(document: dict[str, Any]) -> str:
    """Return the document as text, without what only a newer Alertmanager tells a webhook."""
    older = {key: value for key, value in document.items() if key not in ("notification_reason", "routeLabels")}
    return json.dumps(older, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _email(message: EmailMessage) -> str:
    """Return the headers that people see, and both bodies."""
    headers = "".join(f"{name}: {message[name]}\n" for name in ("From", "To", "Subject"))
    bodies = [message.get_body((kind,)) for kind in ("plain", "html")]
    assert all(isinstance(body, EmailMessage) for body in bodies)
    texts = [str(body.get_content()) for body in bodies if isinstance(body, EmailMessage)]
    return "\n".join([headers, *texts]).replace("\r\n", "\n")


def _kpis(alerts: list[dict[str, Any]]) -> set[str]:
    return {alert["labels"].get("kpi", "") for alert in alerts}


def test_a_red_flag_pages_once_and_mutes_its_missed_target(tmp_path: Path) -> None:
    with stack(tmp_path) as running:
        pagerduty = running.pagerduty
        critical, warning = (running.kpi_alert("uptime", severity) for severity in ("critical", "warning"))
        other = running.kpi_alert("backup_success", "warning")
        running.fire(warning, critical)
        wait_until(lambda: pagerduty.pages == 1, "the page")
        running.fire(warning, critical, other)
        running.wait_for("/tickets", "backup_success")
        running.wait_for("/slack", "ackup")
        assert (pagerduty.pages, len(pagerduty.events), pagerduty.refused) == (1, 1, [])
        assert {kpi for each in running.received("/tickets") for kpi in _kpis(each.alerts)} == {"backup_success"}
        assert not any("ptime" in str(each.payload) for each in running.received("/slack"))
        assert_golden("page.json", _json(pagerduty.events[0]), running)

        running.resolve(critical)
        wait_until(lambda: not pagerduty.open, "the incident to be closed")
        assert [event["event_action"] for event in pagerduty.events] == ["trigger", "resolve"]
        assert pagerduty.events[0]["dedup_key"] == pagerduty.events[1]["dedup_key"]
        assert_golden("page-resolved.json", _json(pagerduty.events[1]), running)

        ticket = running.wait_for("/tickets", "'kpi': 'uptime'")  # the target is still missed
        assert [alert["labels"]["severity"] for alert in ticket.alerts] == ["warning"]
        assert_golden("ticket-webhook.json", _json(ticket.payload), running)
        assert_golden("ticket-slack.json", _json(running.wait_for("/slack", "ptime").payload), running)
        running.resolve(warning)
        assert_golden("ticket-slack-resolved.json", _json(running.wait_for("/slack", "RESOLVED").payload), running)
        assert (pagerduty.pages, pagerduty.refused) == (1, [])


def test_a_ticket_outside_business_hours_waits_for_the_morning(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    opening = (now + timedelta(seconds=15)).replace(second=0, microsecond=0) + timedelta(minutes=1)
    hours = {"days": "monday to sunday", "hours": f"12:{opening:%M} to 24:00"}
    if opening.minute == 0:
        hours["hours"] = "13:00 to 24:00"
    with stack(tmp_path, timezone=local_noon(now), business_hours=hours) as running:
        by_email, by_webhook = (running.kpi_alert(kpi, "warning") for kpi in ("company_gross_margin", "mttd"))
        running.fire(running.kpi_alert("uptime", "critical"), by_email, by_webhook)
        wait_until(lambda: running.pagerduty.pages == 1, "the page")
        paged = time.time()
        assert paged < opening.timestamp()
        while time.time() < opening.timestamp() - 1:
            assert (running.smtp.messages, running.webhook.notifications) == ([], [])
            time.sleep(0.5)
        ticket = running.wait_for("/tickets", "mttd")
        running.smtp.wait_for(lambda message: "margin" in message["Subject"])
        waited = ticket.at - opening.timestamp()
        print(f"\npaged {opening.timestamp() - paged:.1f}s before the hours, ticket {waited:.1f}s after they began")
        assert ticket.at >= opening.timestamp()
        assert running.pagerduty.pages == 1


def test_a_source_that_is_down_is_one_notice_and_no_kpi_alerts(tmp_path: Path) -> None:
    resting = ("uptime", "backup_success", "mttd")
    with stack(tmp_path) as running:
        down, overdue = (
            running.health_alert(name, source="monitoring") for name in ("KpiSourceDown", "KpiSourceOverdue")
        )
        unknown = [running.health_alert("KpiUnknown", kpi=kpi, reason="stale") for kpi in resting]
        old = [running.kpi_alert(kpi, severity) for kpi in resting for severity in ("warning", "critical")]
        others = [running.kpi_alert("clusters_per_engineer", "critical"), running.kpi_alert("p1_incidents", "warning")]
        running.fire(down, overdue, *unknown, *old, *others)
        notice = running.wait_for("/tickets", "KpiSourceDown")
        running.wait_for("/tickets", "p1_incidents")
        wait_until(lambda: running.pagerduty.pages == 1, "the page of another KPI")
        assert [alert["labels"]["alertname"] for alert in notice.alerts] == ["KpiSourceDown"]
        assert_golden("source-down-slack.json", _json(running.wait_for("/slack", "ource").payload), running)

        running.resolve(down, overdue, *unknown, *old)
        over = running.webhook.wait_for(lambda each: each.path == "/tickets" and each.payload["status"] == "resolved")
        # What was muted is over, too, and in the same message.
        names = {alert["labels"]["alertname"] for alert in over.alerts}
        assert names == {"KpiSourceDown", "KpiSourceOverdue", "KpiUnknown"}
        running.resolve(*others)
        wait_until(lambda: not running.pagerduty.open, "the page of another KPI to be over")
        tickets = [each for each in running.received("/tickets") if each.payload["status"] == "firing"]
        assert sorted(each.alerts[0]["labels"]["alertname"] for each in tickets) == [
            "KpiP1IncidentsHigh",
            "KpiSourceDown",
        ]
        assert running.pagerduty.pages == 1
        assert {event["payload"]["component"] for event in running.pagerduty.events} == {"clusters_per_engineer"}


def test_kpis_without_a_value_are_one_notice_too(tmp_path: Path) -> None:
    kpis = ("mrr_growth", "nrr", "uptime")
    with stack(tmp_path) as running:
        running.fire(*(running.health_alert("KpiUnknown", kpi=kpi, reason="no_data") for kpi in kpis))
        running.fire(running.kpi_alert("nrr", "critical"), running.kpi_alert("uptime", "critical"))
        notice = running.wait_for("/tickets", "KpiUnknown")
        running.fire(running.kpi_alert("p1_incidents", "warning"))
        running.wait_for("/tickets", "p1_incidents")
        assert _kpis(notice.alerts) == set(kpis)
        assert len(running.received("/tickets")) == 2
        assert running.pagerduty.events == []
        assert_golden("unknown-slack.json", _json(running.wait_for("/slack", "no value").payload), running)


def test_an_exporter_that_is_down_is_one_page_and_nothing_else(tmp_path: Path) -> None:
    with stack(tmp_path) as running:
        down = running.health_alert("KpiExporterDown")
        muted = [
            running.health_alert("KpiSourceDown", source="monitoring"),
            running.health_alert("KpiUnknown", kpi="nps", reason="no_data"),
            running.health_alert("KpiExporterReplicaDown", instance="a"),
            running.kpi_alert("uptime", "critical"),
            running.kpi_alert("company_gross_margin", "warning"),
        ]
        watchdog = running.health_alert("KpiWatchdog")
        running.fire(down, *muted, watchdog)
        wait_until(lambda: running.pagerduty.pages == 1, "the page")
        running.wait_for("/watchdog", "KpiWatchdog")
        states = {alert["labels"]["alertname"]: alert["status"]["state"] for alert in running.alertmanager.alerts()}
        names = {alert["labels"]["alertname"] for alert in muted}
        assert states == {**dict.fromkeys(names, "suppressed"), "KpiExporterDown": "active", "KpiWatchdog": "active"}
        running.resolve(down, *muted)
        wait_until(lambda: not running.pagerduty.open, "the incident to be closed")
        assert_golden("exporter-down-page.json", _json(running.pagerduty.events[0]), running)
        assert {each.path for each in running.webhook.notifications} == {"/watchdog"}
        assert (running.smtp.messages, running.pagerduty.refused) == ([], [])


def test_an_email_says_what_is_wrong_and_what_to_do_and_another_that_it_is_over(tmp_path: Path) -> None:
    with stack(tmp_path) as running:
        alert = running.kpi_alert("company_gross_margin", "critical")
        running.fire(alert)
        assert_golden("ticket.eml.txt", _email(running.smtp.wait_for(lambda each: True)), running)
        running.resolve(alert)
        over = running.smtp.wait_for(lambda message: "RESOLVED" in message["Subject"])
        assert_golden("ticket-resolved.eml.txt", _email(over), running)
        assert len(running.smtp.messages) == 2


def test_a_digest_is_one_email_and_month_close_holds_back_what_rests_on_the_books(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    digest = {"days": "monday to sunday", "at": "12:00" if now.minute < 30 else "12:30"}
    close = {"days": "1 to 31", "areas": ["revenue"]}
    with stack(tmp_path, timezone=local_noon(now), digest=digest, month_close=close) as running:
        held = running.kpi_alert("revenue_per_customer", "critical")
        alert = running.kpi_alert("company_gross_margin", "critical")
        running.fire(held, alert, running.kpi_alert("mqls", "warning"), running.kpi_alert("cac", "critical"))
        sent = running.smtp.wait_for(lambda message: message["To"] == "marketing@example.com")
        running.smtp.wait_for(lambda message: "margin" in message["Subject"])
        assert_golden("digest.eml.txt", _email(sent), running)
        assert sorted(message["To"] for message in running.smtp.messages) == [
            "finance@example.com",
            "marketing@example.com",
        ]


@pytest.mark.parametrize(
    ("source", "target", "muted"),
    [
        (("kpi", "nrr", "critical"), ("kpi", "nrr", "warning"), True),
        (("kpi", "nrr", "warning"), ("kpi", "nrr", "critical"), False),
        (("kpi", "nrr", "critical"), ("kpi", "nps", "warning"), False),
        (("kpi", "nrr", "critical"), ("KpiUnknown", "kpi", "nrr"), False),
        (("KpiUnknown", "kpi", "nrr"), ("kpi", "nrr", "warning"), True),
        (("KpiUnknown", "kpi", "nrr"), ("kpi", "nps", "critical"), False),
        (("KpiSourceDown", "source", "monitoring"), ("KpiUnknown", "kpi", "mttd"), True),
        (("KpiSourceDown", "source", "monitoring"), ("KpiUnknown", "kpi", "nrr"), False),
        (("KpiSourceDown", "source", "billing"), ("KpiUnknown", "kpi", "uptime"), False),
        (("KpiSourceDown", "source", "monitoring"), ("kpi", "uptime", "critical"), False),
        (("KpiSourceDown", "source", "monitoring"), ("KpiSourceOverdue", "source", "monitoring"), True),
        (("KpiSourceDown", "source", "billing"), ("KpiSourceOverdue", "source", "monitoring"), False),
        (("KpiSourceOverdue", "source", "monitoring"), ("KpiSourceDown", "source", "monitoring"), False),
        (("KpiSourceOverdue", "source", "monitoring"), ("KpiUnknown", "kpi", "uptime"), True),
        (("KpiSourceOverdue", "source", "monitoring"), ("KpiUnknown", "kpi", "nrr"), False),
        (("KpiSourceOverdue", "source", "monitoring"), ("kpi", "uptime", "critical"), True),
        (("KpiSourceOverdue", "source", "monitoring"), ("kpi", "nrr", "critical"), False),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, tuple) else str(each),
)
def test_what_mutes_what(quiet: Stack, source: tuple[str, str, str], target: tuple[str, str, str], muted: bool) -> None:
    one, other = (_of(quiet, each) for each in (source, target))
    quiet.fire(one, other)

    def state(alert: Alert) -> str:
        held = [each for each in quiet.alertmanager.alerts() if each["labels"] == alert["labels"]]
        return str(held[0]["status"]["state"]) if held else ""

    try:
        wait_until(
            lambda: state(other) == ("suppressed" if muted else "active"), f"{other['labels']} to be told or not"
        )

    finally:
        quiet.resolve(one, other)
        quiet.began.clear()
        wait_until(lambda: not quiet.alertmanager.alerts(), "both to be over")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with stack(tmp_path_factory.mktemp("quiet")) as running:
        yield running


def _of(running: Stack, alert: tuple[str, str, str]) -> Alert:
    name, *rest = alert
    if name == "kpi":
        return running.kpi_alert(*rest)
    return running.health_alert(name, **{rest[0]: rest[1]}, **({"reason": "no_data"} if name == "KpiUnknown" else {}))


def test_no_secret_in_a_generated_file(quiet: Stack) -> None:
    assert not any(secret in text for secret in SECRETS.values() for text in quiet.texts.values())
