"""First steps: whoever is told that a KPI of a shipped company is critical reads what to do about this one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from exporter.catalogue.loading import load_all, shipped, shipped_file
from exporter.cli.check import command
from tests.support.synthetic_company import write

COMPANIES = load_all([shipped_file(name) for name in shipped()])
CRITICAL = [
    (company.name, kpi.id, kpi.action or "")
    for company in COMPANIES.values()
    for kpi in company.kpis.values()
    if kpi.critical is not None
]


@pytest.mark.parametrize("action", [action for *_, action in CRITICAL], ids=[f"{c}-{k}" for c, k, _ in CRITICAL])
def test_a_critical_threshold_has_a_first_step(action: str) -> None:
    assert action.endswith(".")
    assert len(action.split()) >= 8, "a first step says what to do with what"
    assert "runbook" not in action.lower()


def test_no_two_are_the_same_sentence() -> None:
    sentences = Counter(action.lower() for *_, action in CRITICAL)
    assert [sentence for sentence, count in sentences.items() if count > 1] == []
    assert len(CRITICAL) == 56


def test_check_names_what_is_critical_without_one(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "acme",
        {
            "uptime": {"unit": "ratio", "critical": "< 99.5%"},
            "churn": {"unit": "ratio", "critical": "> 3%", "action": "Call them"},
            "margin": {"unit": "ratio", "warning": "< 0%"},
        },
    )
    done = CliRunner().invoke(command, [str(file)])
    assert done.exit_code == 0
    assert "note: acme: critical without a first step: uptime; say in `action` what to do first\n" in done.output


def test_check_is_silent_where_all_have_one(tmp_path: Path) -> None:
    file = tmp_path / "deployed.yaml"
    file.write_text("extends: vmcloud\ncompany: deployed\n")
    done = CliRunner().invoke(command, [str(file)])
    assert (done.exit_code, "first step" in done.output) == (0, False)
