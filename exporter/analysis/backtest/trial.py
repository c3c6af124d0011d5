"""A trial: a company's file with other thresholds than it has, held against everything that a catalogue must pass."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from exporter.catalogue.loading import load
from exporter.catalogue.model import Company
from exporter.catalogue.reading.problems import CatalogueError
from exporter.conventions import SEVERITIES
from exporter.mistakes import did_you_mean

FORM = "KPI.SEVERITY=THRESHOLD, such as 'uptime.critical=< 99.7%'"


def company_with(file: Path, company: Company, settings: Sequence[str]) -> Company:
    """Return the company of the file with these thresholds; one that is set to nothing is taken out.

    Raises `ValueError` with all that is wrong, in the words of the catalogue.
    """
    overrides = _overrides(company, settings)
    with TemporaryDirectory(prefix="kpi-backtest-") as folder:
        trial = Path(folder) / "trial.yaml"
        trial.write_text(yaml.safe_dump({"extends": str(file.absolute()), "kpis": overrides}), "utf-8")
        try:
            return load(trial, not_set=[])
        except CatalogueError as refused:
            messages = [f"{each.subject.removeprefix('kpis.')}: {each.message}" for each in refused.problems]
            raise ValueError("\n".join(messages)) from None


def _overrides(company: Company, settings: Sequence[str]) -> dict[str, dict[str, str | None]]:
    """Return the thresholds by KPI and severity."""
    thresholds: dict[str, dict[str, str | None]] = {}
    wrong: list[str] = []
    for setting in settings:
        name, equals, text = setting.partition("=")
        kpi, _, severity = name.strip().rpartition(".")
        if not equals or not kpi:
            wrong.append(f"{setting!r} sets no threshold; write {FORM}")
        elif kpi not in company.kpis:
            wrong.append(f"{company.name} has no KPI {kpi!r}{did_you_mean(kpi, company.kpis)}")
        elif severity not in SEVERITIES:
            wrong.append(f"{severity!r} is not a severity{did_you_mean(severity, SEVERITIES)}")
        elif severity in thresholds.get(kpi, {}):
            wrong.append(f"{kpi}.{severity} is set twice; keep one")
        else:
            thresholds.setdefault(kpi, {})[severity] = text.strip() or None
    if wrong:
        raise ValueError("\n".join(wrong))
    return thresholds
