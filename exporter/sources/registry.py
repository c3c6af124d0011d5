"""The kinds of source: those that ship, and those that other packages add."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points

from exporter.sources.interface import Options

ENTRY_POINTS = "kpi_exporter.sources"
"""The group of entry points under which a package names the options model of a kind of source."""


@cache
def kinds() -> Mapping[str, type[Options]]:
    """Return the options model of every kind of source, by the `type` that a catalogue writes."""
    installed = {entry.name: entry.load() for entry in entry_points(group=ENTRY_POINTS)}
    return {**installed, **_shipped()}


def _shipped() -> Mapping[str, type[Options]]:
    # Imported when the first catalogue is read: SQLAlchemy alone is a quarter of what `--help` would take.
    from exporter.sources.files import FilesOptions
    from exporter.sources.http import HttpOptions
    from exporter.sources.pagerduty.options import PagerDutyOptions
    from exporter.sources.prometheus import PrometheusOptions
    from exporter.sources.sql import SqlOptions
    from exporter.sources.stripe.options import StripeOptions
    from exporter.sources.warehouse import WarehouseOptions

    return {
        "files": FilesOptions,
        "http": HttpOptions,
        "pagerduty": PagerDutyOptions,
        "prometheus": PrometheusOptions,
        "sql": SqlOptions,
        "stripe": StripeOptions,
        "warehouse": WarehouseOptions,
    }
