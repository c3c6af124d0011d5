"""`kpi-exporter generate`: the files match the catalogue, and `--check` reports the differences."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from exporter.catalogue.model import Company
from exporter.generate.registry import generated
from exporter.generate.text import MARK
from tests.generate.command_line import files, generate
from tests.support.synthetic_company import KPIS, write
from tests.support.yaml_text import read_yaml

pytestmark = pytest.mark.slow

FEW = {kpi: KPIS[kpi] for kpi in ("uptime", "arr")}


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    return write(tmp_path, "acme", FEW)


@pytest.fixture
def out(tmp_path: Path, catalogue: Path) -> Path:
    """Generate a folder that matches the catalogue."""
    folder = tmp_path / "out"
    result = generate(folder, catalogue)
    assert result.exit_code == 0, result.output
    return folder


def test_generated_files(out: Path, catalogue: Path) -> None:
    assert files(out) >= {
        "rules/acme.rules.yml",
        "rules/tests/acme.test.yml",
        "rules/exporter.rules.yml",
        "rules/tests/exporter.test.yml",
        "rules/runbooks/KpiUptimeLow.md",
        "grafana/dashboards/acme/wall.json",
        "grafana/provisioning/dashboards/kpi-exporter.yaml",
        "grafana/provisioning/datasources/prometheus.yaml",
        "docs/catalogue.schema.json",
    }
    result = generate(out, catalogue, "--check")
    assert (result.exit_code, result.output) == (0, "")


def test_every_file_says_that_it_is_generated(all_texts: Mapping[str, str]) -> None:
    assert [path for path, text in all_texts.items() if MARK not in text] == []


@pytest.mark.slow
def test_deterministic(companies: list[Company], all_texts: Mapping[str, str]) -> None:
    assert generated(companies) == all_texts


@pytest.mark.slow
def test_yaml_is_yaml(all_texts: Mapping[str, str]) -> None:
    for path, text in all_texts.items():
        if path.endswith((".yml", ".yaml")):
            assert read_yaml(text), path


def test_a_changed_threshold_shows_in_the_diff(out: Path, tmp_path: Path) -> None:
    changed = write(tmp_path, "acme", {**FEW, "uptime": {**FEW["uptime"], "critical": "< 99.4%"}})
    before = {path: (out / path).read_bytes() for path in files(out)}
    result = generate(out, changed, "--check")
    assert result.exit_code == 1
    expression = 'min by (company) (last_over_time(kpi_uptime_ratio{company="acme"}[10m]))'
    assert f"-        expr: {expression} < 0.995\n" in result.output
    assert f"+        expr: {expression} < 0.994\n" in result.output
    assert {path: (out / path).read_bytes() for path in files(out)} == before


def test_an_edited_file_is_reported_and_rewritten(out: Path, catalogue: Path) -> None:
    rules = out / "rules/acme.rules.yml"
    text = rules.read_text()
    rules.write_text(text.replace("< 0.995", "< 0.9"))
    assert generate(out, catalogue, "--check").exit_code == 1
    assert "wrote rules/acme.rules.yml\n" in generate(out, catalogue).output
    assert rules.read_text() == text


def test_a_missing_file_is_reported(out: Path, catalogue: Path) -> None:
    (out / "rules/runbooks/KpiUptimeLow.md").unlink()
    result = generate(out, catalogue, "--check")
    assert result.exit_code == 1
    assert "+++ rules/runbooks/KpiUptimeLow.md" in result.output


def test_a_leftover_is_reported_and_removed(out: Path, tmp_path: Path) -> None:
    (out / "rules/README.md").write_text("Written by hand.\n")
    smaller = write(tmp_path, "acme", {"arr": FEW["arr"]})
    result = generate(out, smaller, "--check")
    assert result.exit_code == 1
    assert "--- rules/runbooks/KpiUptimeLow.md" in result.output
    assert "removed rules/runbooks/KpiUptimeLow.md\n" in generate(out, smaller).output
    assert generate(out, smaller, "--check").exit_code == 0
    assert "rules/runbooks/KpiUptimeLow.md" not in files(out)
    assert "rules/README.md" in files(out)


@pytest.mark.slow
def test_what_ships_is_the_default(tmp_path: Path) -> None:
    assert generate(tmp_path).exit_code == 0
    assert "rules/managed-kubernetes.rules.yml" in files(tmp_path)


def test_rules_for_a_newer_prometheus(out: Path, catalogue: Path) -> None:
    assert "    labels:\n      company: acme\n" not in (out / "rules/acme.rules.yml").read_text()
    assert generate(out, catalogue, "--prometheus-version", "3.x").exit_code == 0
    assert "    labels:\n      company: acme\n" in (out / "rules/acme.rules.yml").read_text()
    assert generate(out, catalogue, "--check").exit_code == 1
    assert generate(out, catalogue, "--check", "--prometheus-version", "3.11").exit_code == 0


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("2.41", "rules need Prometheus 2.42 or newer, not 2.41"),
        ("latest", "'latest' is not a version of Prometheus; write for example 2.42, 2.53 or 3.x"),
    ],
)
def test_a_version_that_cannot_be_used(out: Path, catalogue: Path, version: str, message: str) -> None:
    before = {path: (out / path).read_bytes() for path in files(out)}
    result = generate(out, catalogue, "--prometheus-version", version)
    assert result.exit_code == 2
    assert message in result.output
    assert {path: (out / path).read_bytes() for path in files(out)} == before
