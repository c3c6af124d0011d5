"""The generators there are: every module below this package that defines `generate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from inspect import signature
from pkgutil import walk_packages

import exporter.generate
from exporter.catalogue.model import Company
from exporter.generate.options import DEFAULT, Options


def generated(companies: Sequence[Company], options: Options = DEFAULT) -> Mapping[str, str]:
    """The text of every generated file by its path, which is relative and written with `/`.

    A generator is a pure function of the same shape: from companies to texts by path. One that has a parameter
    `options` is given them.
    """
    found = walk_packages(exporter.generate.__path__, f"{exporter.generate.__name__}.")
    modules = (import_module(each.name) for each in found)
    texts: dict[str, str] = {}
    for module in modules:
        if hasattr(module, "generate"):
            wanted = {"options": options} if "options" in signature(module.generate).parameters else {}
            texts.update(module.generate(companies, **wanted))
    return dict(sorted(texts.items()))
