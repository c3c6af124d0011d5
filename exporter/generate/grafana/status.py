"""A KPI's status beside its colour: a sign in its name, for people who cannot distinguish the colours."""

from __future__ import annotations

from collections.abc import Mapping

from exporter import conventions
from exporter.alerts.promql import selector
from exporter.catalogue.model import Company, Kpi
from exporter.generate.grafana.colours import COLOURS, GREY
from exporter.generate.grafana.fields import UNKNOWN, Override, fixed_colour, override_by_name, value_mapping

_SIGNS = {"0": "✓", "1": "▲", "2": "✖", UNKNOWN: "?"}
_WORDS = {"0": "OK", "1": "warning", "2": "critical", UNKNOWN: UNKNOWN}
_COLOURS = {**dict(zip("012", COLOURS.values(), strict=True)), UNKNOWN: GREY}

STATES: Mapping[str, object] = value_mapping({key: (f"{_SIGNS[key]} {_WORDS[key]}", _COLOURS[key]) for key in "012"})
"""Maps the numbers of `kpi_status` to words and colours."""


def with_status(company: Company, kpi: Kpi, expression: str) -> str:
    """Add the status of the range's end to a single number as a label, so that one line stays one.

    What is unknown at the end becomes NaN throughout; Grafana would otherwise keep showing the last number.
    """
    status = f"max ({selector(conventions.STATUS, company=company.name, kpi=kpi.id)} @ end())"
    unknown = f'label_replace(vector(NaN) unless {status}, "status", "{UNKNOWN}", "", "")'
    return f'({expression}) * on () group_left (status) count_values ("status", {status}) or {unknown}'


def legend(kpi: Kpi, words: str) -> str:
    """Return the legend of the line: the status, or these words for a KPI without thresholds."""
    return "{{status}}" if kpi.thresholds else words


def sign_overrides(kpi: Kpi, words: str = "", *, coloured: bool) -> list[Override]:
    """Return overrides that replace the status label by its sign and these words, or its own.

    With `coloured` the line also takes the colour of the status, for a KPI whose thresholds are not fixed.
    """
    if not kpi.thresholds:
        return []
    return [
        override_by_name(
            status,
            displayName=f"{sign} {words or _WORDS[status]}",
            **({"color": fixed_colour(_COLOURS[status])} if coloured else {}),
        )
        for status, sign in _SIGNS.items()
    ]
