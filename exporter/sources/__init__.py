"""Sources: one module per kind of external system; none knows a KPI.

The names below are what a package that adds a kind of source writes against; docs/extending.md explains them.
"""

from exporter.records.batch import Answer, Item, Limits, Records, Removed, Row, SourceFailed, Unchanged, Unfinished
from exporter.sources.interface import Context, MeasureOptions, Options, Permission, Source

__all__ = [
    "Answer",
    "Context",
    "Item",
    "Limits",
    "MeasureOptions",
    "Options",
    "Permission",
    "Records",
    "Removed",
    "Row",
    "Source",
    "SourceFailed",
    "Unchanged",
    "Unfinished",
]
