"""The generators there are: every module of this package that defines `generate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules

import exporter.generate
from exporter.catalogue.model import Company


def generated(companies: Sequence[Company]) -> Mapping[str, str]:
    """The text of every generated file by its path, which is relative and written with `/`.

    A generator is a pure function of the same shape: from companies to texts by path.
    """
    modules = (import_module(f"exporter.generate.{each.name}") for each in iter_modules(exporter.generate.__path__))
    texts: dict[str, str] = {}
    for module in modules:
        if hasattr(module, "generate"):
            texts.update(module.generate(companies))
    return dict(sorted(texts.items()))
