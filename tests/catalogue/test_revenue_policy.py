"""The revenue policy in a catalogue: defaults, what is refused and how, and what a child overrides."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.catalogue.loading import load
from exporter.catalogue.reading.problems import CatalogueError
from exporter.revenue.policy import RevenuePolicy

DEFAULTS = {
    "version": "1",
    "discounts": "recurring",
    "churn_at": "period_end",
    "paused": "zero",
    "zero_mrr": "churn",
    "credit_lines": "offset",
    "dunning_days": "30",
    "reactivation_days": "none",
    "grain": "day",
    "fx": "period_end",
    "weeks_per_month": "52/12",
    "days_per_month": "365/12",
    "tax": "exclude",
    "trial": "exclude",
    "usage": "exclude",
}


def policy(folder: Path, text: str) -> RevenuePolicy:
    file = folder / "acme.yaml"
    file.write_text(f"extends: managed-kubernetes\ncompany: acme\n{text}", "utf-8")
    return load(file, {}).revenue_policy


def test_without_a_word_the_defaults_hold(tmp_path: Path) -> None:
    assert policy(tmp_path, "").switches() == DEFAULTS


def test_what_is_written_replaces_the_default_and_the_rest_stays(tmp_path: Path) -> None:
    written = policy(
        tmp_path, "revenue_policy: {version: 2026-07, grain: month, dunning_days: null, weeks_per_month: 4.33}\n"
    )
    changed = {"version": "2026-07", "grain": "month", "dunning_days": "none", "weeks_per_month": "4.33"}
    assert written.switches() == DEFAULTS | changed


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("grain: week", "revenue_policy.grain"),
        ("grains: day", "did you mean `grain`"),
        ("weeks_per_month: four", "write for example 52/12 or 4.33"),
        ("days_per_month: 1/0", "write for example 52/12 or 4.33"),
        ("dunning_days: -1", "greater than or equal to 0"),
        ("tax: net", "'exclude' or 'include'"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, written: str, message: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        policy(tmp_path, f"revenue_policy: {{{written}}}\n")
    assert message in str(refused.value)
    assert "acme.yaml:3:" in str(refused.value)
