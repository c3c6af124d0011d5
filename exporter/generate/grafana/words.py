"""The words of panels about a KPI: its definition with all levels."""

from __future__ import annotations

from exporter.catalogue.language.thresholds import with_unit
from exporter.catalogue.model import Kpi


def kpi_description(kpi: Kpi) -> str:
    """Return the definition with the target, thresholds, classes and benchmarks."""
    conditions = {"Target": kpi.target, "Warning": kpi.warning, "Critical": kpi.critical}
    levels = [
        f"{word}: {with_unit(condition.text, kpi.unit)}."
        for word, condition in conditions.items()
        if condition is not None
    ]
    classes = ", ".join(f"{each.name} {each.text}" for each in kpi.classes)
    levels += [f"Classes: {classes}."] if classes else []
    levels += [f"Benchmark ({each.name}): {each.text}." for each in kpi.benchmarks]
    return " ".join([kpi.definition, *levels])
