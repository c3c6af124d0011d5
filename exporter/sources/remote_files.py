"""Brings files of other systems here: each version once, into a folder that lasts as long as the source."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ByteSize

from exporter.records.batch import ChangedMeanwhile, SourceFailed
from exporter.sources.address import Address
from exporter.sources.file_set import FileSet, Format, Take, format_of, scan
from exporter.sources.interface import Context, Deadline
from exporter.sources.remote_store import RemoteFile, RemoteStore
from exporter.sources.storage import Storage
from exporter.sources.web_file import WebFile

_ODD_SIGNS = re.compile(r"[/\\\0]")
_ENDINGS = {"csv": ".csv", "jsonl": ".jsonl", "parquet": ".parquet", "workbook": ".xlsx"}


@dataclass(frozen=True)
class Listing:
    """The files of a path or an address as they are now.

    Attributes:
        state: A text that changes when one is written, added or removed.
        summary: What was seen, for people.
        files: Returns the files on this machine; those elsewhere are read now, if they are not here.
    """

    state: str
    summary: str
    files: Callable[[], FileSet]


def local_listing(pattern: Path, take: Take, previous: str) -> Listing:
    """Return the files of this machine that match a pattern; `previous` is the state at the last poll."""
    files = scan(pattern, take, previous)
    size = sum(path.stat().st_size for path in files.paths if path.exists())
    return Listing(files.state, _counted(pattern.name, len(files.paths), size), lambda: files)


@dataclass(frozen=True)
class _Copy:
    version: str
    path: Path


class RemoteFiles:
    """The files at the addresses of one source, and copies of those that were read."""

    def __init__(self, storage: Storage, max_file: ByteSize) -> None:
        self._storage = storage
        self._max_file = max_file
        self._folder: TemporaryDirectory[str] | None = None
        self._copies: dict[tuple[str, str], _Copy] = {}
        self._stores: dict[tuple[str, str], RemoteStore] = {}
        self._web: dict[str, WebFile] = {}

    def listing(self, address: Address, kind: Format, take: Take, previous: str, context: Context) -> Listing:
        """Return what an address names now.

        Args:
            address: A file, or a pattern of files.
            kind: The format of the files.
            take: Which files of a pattern are read.
            previous: The state at the last poll that was taken in, or an empty text.
            context: The poll.
        """
        if address.system == "http":
            return self._web_listing(address, kind, previous, context)
        store = self._store(address)

        def look() -> Sequence[RemoteFile]:
            listed = store.matches(address, context.deadline)
            return listed if take == "all" else listed[-1:]

        listed = look()

        def files() -> FileSet:
            return self._copied(address, listed, kind, look if take == "all" else None, context.deadline)

        size = sum(file.size for file in listed)
        return Listing(_state(listed), _counted(str(address), len(listed), size), files)

    def close(self) -> None:
        """Remove the copies and close the connections."""
        for store in self._stores.values():
            store.close()
        for web in self._web.values():
            web.close()
        if self._folder is not None:
            self._folder.cleanup()
        self._folder = None
        self._copies, self._stores, self._web = {}, {}, {}

    def _store(self, address: Address) -> RemoteStore:
        place = (address.system, address.host)
        if place not in self._stores:
            self._stores[place] = RemoteStore(address, self._storage)
        return self._stores[place]

    def _copied(
        self,
        address: Address,
        listed: Sequence[RemoteFile],
        kind: Format,
        look: Callable[[], Sequence[RemoteFile]] | None,
        deadline: Deadline,
    ) -> FileSet:
        """Return copies of all files; those whose version is not here are read.

        With `look`, a file that came or went meanwhile is a change as well.
        """
        store = self._store(address)
        places = {(address.url, file.path): file for file in listed}
        for place in [place for place in self._copies if place[0] == address.url and place not in places]:
            self._remove(place)
        paths = []
        is_read = False
        for place, file in places.items():
            copy = self._copies.get(place)
            if copy is None or copy.version != file.version:
                self._remove(place)
                target = self._target(place, file.path, kind)
                with target.open("wb") as opened:
                    store.read(address, file, opened, self._max_file, deadline)
                is_read = True
                copy = self._copies[place] = _Copy(file.version, target)
            paths.append(copy.path)
        if is_read:
            try:
                now = look() if look else [file for file in store.matches(address, deadline) if file in listed]
            except SourceFailed:
                deadline.check()
                now = []
            if _state(now) != _state(listed):
                for place in places:
                    self._remove(place)
                raise ChangedMeanwhile(f"{address} changed while it was read")
        return FileSet(address.name, tuple(paths), _state(listed))

    def _web_listing(self, address: Address, kind: Format, previous: str, context: Context) -> Listing:
        place = (address.url, "")
        web = self._web.setdefault(address.url, WebFile(address, self._storage, self._max_file))
        copy = self._copies.get(place)
        target = self._target(place, address.name, kind)
        # Downloaded beside the copy, which stays what it is if the server has nothing new.
        beside = target.with_name(f"{target.name}.part")
        version = web.download(beside, copy.version if copy else previous, context.deadline)
        if version is not None:
            beside.replace(target)
            copy = self._copies[place] = _Copy(version, target)
        summary = f"{address}: {'not changed' if version is None else f'{target.stat().st_size:,} bytes'}"
        if copy is None:
            return Listing(previous, summary, lambda: self._web_listing(address, kind, "", context).files())
        files = FileSet(address.name, (copy.path,), copy.version)
        is_same = _digest(copy.version) == _digest(previous)
        return Listing(previous if is_same else copy.version, summary, lambda: files)

    def _target(self, place: tuple[str, str], path: str, kind: Format) -> Path:
        """Return where a copy goes: its name is that of the file, since messages tell it."""
        if self._folder is None:
            self._folder = TemporaryDirectory(prefix="kpi-exporter-")
        folder = Path(self._folder.name, sha256(repr(place).encode()).hexdigest()[:16])
        folder.mkdir(exist_ok=True)
        name = _ODD_SIGNS.sub("_", path.rpartition("/")[2])[-100:]
        name = "file" if name in ("", ".", "..") else name
        return folder / (name if format_of(Path(name)) == kind else f"{name}{_ENDINGS[kind]}")

    def _remove(self, place: tuple[str, str]) -> None:
        if copy := self._copies.pop(place, None):
            shutil.rmtree(copy.path.parent, ignore_errors=True)


def _digest(version: str) -> str | None:
    try:
        digest: str | None = json.loads(version)["digest"]
    except (ValueError, KeyError, TypeError):
        return None
    return digest


def _state(listed: Sequence[RemoteFile]) -> str:
    return sha256(repr([(file.path, file.version) for file in listed]).encode()).hexdigest()[:16]


def _counted(name: str, count: int, size: int) -> str:
    return f"{name}: {count} file{'s'[: count - 1]}, {size:,} bytes"
