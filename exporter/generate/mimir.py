"""Files for the ruler of Mimir, and of Cortex and Loki: the same groups of rules, each company in a namespace."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from exporter import conventions
from exporter.generate.text import HEADER


def namespaces(files: Mapping[str, str]) -> Mapping[str, str]:
    """Return a file by path for each rules file among those generated, as `mimirtool rules load` reads it."""
    form = conventions.rules_file("*")
    suffix = PurePosixPath(form).name.removeprefix("*")
    texts = {}
    for path, text in files.items():
        if PurePosixPath(path).match(form):
            name = PurePosixPath(path).name.removesuffix(suffix)
            head = f"{HEADER}namespace: {conventions.RULES}-{name}\n"
            texts[conventions.mimir_file(name)] = head + text.removeprefix(HEADER)
    return texts
