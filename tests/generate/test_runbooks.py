"""Runbooks: every link has its page, with all that a reader needs at night."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from exporter.catalogue.loading import load
from exporter.generate.runbooks import generate
from tests.generate.rules_files import alerts
from tests.support.synthetic_company import write
from tests.support.yaml_text import read_yaml


def test_every_alert_has_its_page(all_texts: Mapping[str, str]) -> None:
    linked = set()
    for path, text in all_texts.items():
        if path.endswith(".rules.yml"):
            for rule in alerts(text):
                page = rule["annotations"]["runbook_url"].rsplit("/", 1)[1]
                assert page == f"{rule['alert']}.md"
                linked.add(f"rules/runbooks/{page}")
    assert linked == {path for path in all_texts if path.startswith("rules/runbooks/")}


def test_a_page(tmp_path: Path) -> None:
    kpi = {
        "unit": "ratio",
        "target": "> 99.9%",
        "warning": "<= 99.9%",
        "critical": "< 99.5%",
        "action": "Add redundancy",
        "note": "Planned maintenance does not count.",
        "measured_from": "monitoring",
        "owner": "platform",
        "cadence": "daily",
        "hold": "30 min",
    }
    page = generate([load(write(tmp_path, "acme", {"uptime": kpi}))])["rules/runbooks/KpiUptimeLow.md"]
    lines = page.splitlines()
    assert lines[1] == "# KpiUptimeLow"
    headings = [line.removeprefix("### ") for line in lines if line.startswith("### ")]
    assert headings == [
        "Meaning",
        "Definition and formula",
        "Thresholds",
        "Source and refresh",
        "Diagnosis",
        "Mitigation",
        "Owner",
    ]
    for expected in (
        "It counts.",
        "Planned maintenance does not count.",
        "- Formula: `uptime`",
        "| target | `> 99.9%` |",
        "| critical | `< 99.5%` |",
        "Measured from: monitoring.",
        "kpi-exporter explain acme uptime",
        'kpi_uptime_ratio{company="acme"}',
        "Expression of the critical alert:",
        "An alert fires when the value has stayed past its threshold for 30m.",
        "Add redundancy",
        "platform. The KPI is reviewed daily.",
    ):
        assert expected in lines, expected


def test_the_page_of_a_health_alert(texts: Mapping[str, str]) -> None:
    page = texts["rules/runbooks/KpiPlanMissing.md"]
    assert "The alert fires 15 minutes after one of these conditions becomes true:" in page
    assert page.count("\nkpi_plan{") == 5, "each plan is asked for"
    watchdog = texts["rules/runbooks/KpiWatchdog.md"].splitlines()
    assert watchdog[1:4] == ["# KpiWatchdog", "", "## Every company"]
    assert "The alert fires as soon as this condition becomes true:" in watchdog
    assert "vector(1)" in watchdog


def test_companies_share_a_page(tmp_path: Path) -> None:
    kpis = {"uptime": {"unit": "ratio", "critical": "< 99.5%"}}
    companies = [load(write(tmp_path, name, kpis)) for name in ("acme", "zenith")]
    page = generate(companies)["rules/runbooks/KpiUptimeLow.md"]
    assert [line for line in page.splitlines() if line.startswith(("# ", "## "))] == [
        "# KpiUptimeLow",
        "## Acme",
        "## Zenith",
    ]
    assert "kpi-exporter explain zenith uptime" in page


def test_sources_without_their_secrets(tmp_path: Path) -> None:
    file = write(tmp_path, "acme", {"signups": {"unit": "count", "critical": "< 5"}})
    document = read_yaml(file.read_text())
    document["sources"] = {
        "shop": {
            "type": "sql",
            "url": "postgresql://kpi:hunter2@db/shop",
            "every": "90s",
            "measures": {"signups": {"unit": "count", "query": "SELECT 1 AS value"}},
        }
    }
    file.write_text(yaml.safe_dump(document))
    page = generate([load(file)])["rules/runbooks/KpiSignupsLow.md"]
    assert "- `shop`, polled every 1m 30s" in page
    assert "hunter2" not in page
    assert "postgresql" not in page
