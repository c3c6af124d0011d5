"""The file of a store: how it is opened, and why it cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb

from exporter.records.health import words_of_the_system
from exporter.records.sql import literal

_HEADERS = 3 * 4096
"""Bytes of a DuckDB file before its first block."""

_RESTORE = "restore a copy of it, or move it away to begin with an empty one"


class StoreRefused(Exception):
    """The file cannot be used; the message says which file, why, and what to do."""


class StoreBusy(StoreRefused):
    """Another process holds the file."""


def connector(path: Path, spools: Path, *, read_only: bool, memory: str) -> Callable[[], duckdb.DuckDBPyConnection]:
    """Return what opens the file, as often as it is called; it raises `duckdb.Error`."""

    def connect() -> duckdb.DuckDBPyConnection:
        db = duckdb.connect(
            path,
            read_only=read_only,
            config={
                "memory_limit": memory,
                "threads": 1,  # a second one makes KPIs of this size no faster, and memory larger
                "temp_directory": f"{path}.tmp",
                "allocator_background_threads": True,  # or what a query has freed stays with the process until the next
                "checkpoint_threshold": "2MB",  # rows not yet in the file stay in memory
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
            },
        )
        # SQL of a catalogue reads records and no other file.
        db.execute(f"SET allowed_directories = [{literal(f'{spools}/')}]")
        db.execute("SET enable_external_access = false")
        return db

    return connect


def megabytes(size: str) -> int:
    """Return a size such as `256MB` or `1GB` in megabytes."""
    number, unit = re.fullmatch(r"(\d+)([MG])B", size).groups()  # type: ignore[union-attr] # the command has checked it
    return int(number) * (1000 if unit == "G" else 1)


def make_folder(path: Path) -> None:
    """Make the folder of a store, if it is not there.

    Raises:
        StoreRefused: It cannot be made, or nothing may be looked for in it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.exists()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StoreRefused(f"{path}: the record store cannot be opened: {reason}") from None


def open_first(path: Path, connect: Callable[[], duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
    """Open a file for the first time, and look whether it is whole.

    Raises:
        StoreRefused: It is not a store, or only a part of one.
    """
    log = path.with_name(path.name + ".wal")
    if not path.exists() and log.exists():
        raise StoreRefused(
            f"{path}: the file is gone, and {log.name} beside it holds what was not written into it yet; "
            "restore the file, or move that one away to begin with an empty store"
        )
    try:
        db = connect()
    except duckdb.Error as error:
        if "Could not set lock" in str(error):
            raise StoreBusy(f"{path}: another process holds it; ask the running exporter, or stop it first") from None
        if words := words_of_the_system(error):
            raise StoreRefused(f"{path}: the record store cannot be opened: {words}") from None
        raise StoreRefused(f"{path}: this file is not a record store that can be read; {_RESTORE}: {error}") from None
    blocks = db.execute("SELECT used_blocks * block_size FROM pragma_database_size()").fetchone()
    expected = _HEADERS + (blocks[0] if blocks and blocks[0] else 0)
    if path.stat().st_size < expected:
        db.close()
        raise StoreRefused(
            f"{path}: the file is cut off: it has {path.stat().st_size:,} of its {expected:,} bytes; {_RESTORE}"
        )
    return db
