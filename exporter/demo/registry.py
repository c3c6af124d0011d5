"""The simulated companies: a package here whose module `simulation` has `write` is one of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Protocol

import exporter.demo


class Write(Protocol):
    """Writes a company's files below a folder and returns the path of the company file.

    `now` is an instant with an offset. The same arguments write the same bytes.
    """

    def __call__(self, folder: Path, now: datetime, seed: int = 1) -> Path: ...


def companies() -> Mapping[str, Write]:
    """What writes each company, by the name of the catalogue it extends, in alphabetical order."""
    packages = sorted(each.name for each in iter_modules(exporter.demo.__path__) if each.ispkg)
    simulations = {name: import_module(f"{exporter.demo.__name__}.{name}.simulation") for name in packages}
    return {name.replace("_", "-"): simulation.write for name, simulation in simulations.items()}


def write_companies(folder: Path, now: datetime) -> list[Path]:
    """Write the exports of every company into a folder of its name; the files that tell how each is connected."""
    return [write(folder / name, now) for name, write in companies().items()]
