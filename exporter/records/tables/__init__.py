"""The canonical tables: every column with its unit and meaning. A vendor's shape ends at its source module."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from exporter.records.schema import Table


def _found() -> Mapping[str, Table]:
    """The tables of every module of this package."""
    modules = (import_module(f"{__name__}.{each.name}") for each in iter_modules(__path__))
    return {table.name: table for module in modules for table in module.TABLES}


TABLES: Mapping[str, Table] = _found()
