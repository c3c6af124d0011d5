"""The simulated companies, by the name of the catalogue that each extends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from exporter.demo.email_infrastructure import simulation as email_infrastructure
from exporter.demo.managed_kubernetes import simulation as managed_kubernetes
from exporter.demo.unit_economics import simulation as unit_economics
from exporter.demo.vmcloud import simulation as vmcloud


class Write(Protocol):
    """A simulated company, as files."""

    def __call__(self, folder: Path, now: datetime, seed: int = 1) -> Path:
        """Write a company's files below a folder and return the path of the company file.

        `now` is an instant with an offset. The same arguments write the same bytes.
        """


COMPANIES: Mapping[str, Write] = {
    "email-infrastructure": email_infrastructure.write,
    "managed-kubernetes": managed_kubernetes.write,
    "unit-economics": unit_economics.write,
    "vmcloud": vmcloud.write,
}


def write_companies(folder: Path, now: datetime) -> list[Path]:
    """Write every company into a folder of its name; return the company files, which say how each is connected."""
    return [write(folder / name, now) for name, write in COMPANIES.items()]
