"""How a KPI stands, as the page says it: a sign, a word and a colour, also for those who cannot distinguish colours."""

from __future__ import annotations

from collections.abc import Mapping

from exporter import conventions
from exporter.alerts.promql import selector
from exporter.catalogue.model import Company, Kpi
from exporter.generate.grafana.colours import COLOURS, GREY, NEUTRAL, OFF_TARGET
from exporter.generate.grafana.fields import UNKNOWN, Override, fixed_colour, override_by_name, value_mapping
from exporter.kpis.display_status import DisplayStatus

_LOOKS: Mapping[DisplayStatus, tuple[str, str]] = {
    DisplayStatus.CRITICAL: ("✖", COLOURS["critical"]),
    DisplayStatus.WARNING: ("▲", COLOURS["warning"]),
    DisplayStatus.OFF_TARGET: ("▽", OFF_TARGET),
    DisplayStatus.OK: ("✓", COLOURS[""]),
    DisplayStatus.NO_TARGET: ("–", NEUTRAL),
    DisplayStatus.UNKNOWN: ("?", GREY),
}

STATES: Mapping[str, object] = value_mapping(
    {
        str(status.number): (f"{sign} {status.text}", colour)
        for status, (sign, colour) in _LOOKS.items()
        if status.number is not None
    }
)
"""Maps the numbers of `kpi_display_status` to words and colours."""


def with_display_status(company: Company, kpi: Kpi, expression: str) -> str:
    """Add how the KPI stands at the range's end to a single number as a label, so that one line stays one.

    What is unknown at the end becomes NaN throughout; Grafana would otherwise keep showing the last number.
    """
    status = f"max ({selector(conventions.DISPLAY_STATUS, company=company.name, kpi=kpi.id)} @ end())"
    unknown = f'label_replace(vector(NaN) unless {status}, "status", "{UNKNOWN}", "", "")'
    return f'({expression}) * on () group_left (status) count_values ("status", {status}) or {unknown}'


def signs(name: str) -> list[Override]:
    """Return overrides that name a line by its label `status`: the sign before the name, in the colour."""
    return [
        override_by_name(_label(status), displayName=f"{sign} {name}", color=fixed_colour(colour))
        for status, (sign, colour) in _LOOKS.items()
    ]


def _label(status: DisplayStatus) -> str:
    return UNKNOWN if status.number is None else str(status.number)
