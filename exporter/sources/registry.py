"""The kinds of source there are: every module of this package that defines `OPTIONS`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import exporter.sources
from exporter.sources.interface import Options


@cache
def kinds() -> Mapping[str, type[Options]]:
    """Each kind's name, which is its module's, with the model of its options."""
    modules = (import_module(f"exporter.sources.{found.name}") for found in iter_modules(exporter.sources.__path__))
    return {module.__name__.rsplit(".", 1)[1]: module.OPTIONS for module in modules if hasattr(module, "OPTIONS")}
