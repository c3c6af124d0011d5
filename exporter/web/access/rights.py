"""`--web.access.file`: what each user may see, beside the passwords in `--web.config.file`.

A file of its own, because the programs that check exporter-toolkit's format refuse keys that it does not have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from exporter.strict_model import StrictModel
from exporter.web.access.settings_file import read_model

SCRAPED_PATHS = frozenset({"/metrics", "/-/healthy", "/-/ready"})
"""What a user sees who may only scrape."""


@dataclass(frozen=True)
class Rights:
    """What a visitor may see. `companies` of None are all."""

    everything: bool = True
    companies: frozenset[str] | None = None

    def allows(self, path: str) -> bool:
        """Return whether the visitor may have a path; reloading concerns all companies."""
        if path == "/-/reload":
            return self.everything and self.companies is None
        return self.everything or path in SCRAPED_PATHS


FULL = Rights()
"""The rights of everybody where no file limits them."""

LEAST = Rights(everything=False)
"""The rights of a user whom the file does not name."""


class UserRights(StrictModel):
    """One user of the file."""

    may: Literal["scrape", "everything"] = "everything"
    companies: tuple[str, ...] | None = None


class AccessDocument(StrictModel):
    """The file."""

    users: dict[str, UserRights] = Field(default_factory=dict)


def load_access(file: Path) -> tuple[Mapping[str, Rights], Sequence[Path]]:
    """Read a file; return the rights by user, and no other files.

    Raises:
        CatalogueError: With every mistake.
    """
    document, _ = read_model(file, AccessDocument)
    return {
        name: Rights(user.may == "everything", None if user.companies is None else frozenset(user.companies))
        for name, user in document.users.items()
    }, ()
