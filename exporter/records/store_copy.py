"""The copy of a store for another process, which cannot open the file that this one holds."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from exporter.records.health import StoreFailed
from exporter.records.store import Store
from exporter.records.store_file import StoreRefused


@dataclass(frozen=True)
class StoreCopy:
    """What the other process needs: the file, the folder for its copy, and what is known of the store beside the file.

    The copy is to be made by the other process: where this one closed the file that it holds, its lock would be gone.
    """

    file: Path
    folder: Path
    memory: str
    doubted: Mapping[tuple[str, str], datetime | None]

    @classmethod
    def of(cls, store: Store, folder: Path) -> StoreCopy:
        """Return what is needed for a copy into a folder; the store must commit nothing until it was made."""
        return cls(store.path, folder, store.memory, store.polls.doubted)

    def make(self) -> None:
        """Copy the file, with what the database has not written into it yet.

        Raises:
            StoreFailed: There is no room for it.
        """
        try:
            for file in (self.file, self.file.with_name(f"{self.file.name}.wal")):
                if file.exists():
                    shutil.copyfile(file, self.folder / file.name)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise StoreFailed(f"the record store cannot be copied for the analysis: {reason}") from None

    def open(self) -> Store:
        """Open the copy.

        Raises:
            StoreFailed: It cannot be read.
        """
        try:
            store = Store(self.folder / self.file.name, read_only=True, memory=self.memory)
        except StoreRefused as refused:
            raise StoreFailed(str(refused)) from None
        for (company, source), success in self.doubted.items():
            store.polls.doubt(company, source, success)
        return store
