"""Sources: one module per kind of external system; none knows a KPI.

The names below are what a package that adds a kind of source writes against; docs/extending.md explains them.
"""

from exporter.records.batch import Answer, Limits, Records, Row, SourceFailed, Unchanged
from exporter.sources.interface import Context, MeasureOptions, Options, Source

__all__ = [
    "Answer",
    "Context",
    "Limits",
    "MeasureOptions",
    "Options",
    "Records",
    "Row",
    "Source",
    "SourceFailed",
    "Unchanged",
]
