"""Lists and reads files of a bucket, a container or an SFTP server, by fsspec."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from pydantic import ByteSize

from exporter.records.batch import SourceFailed
from exporter.sources.address import Address
from exporter.sources.file_systems import open_file_system
from exporter.sources.interface import Deadline
from exporter.sources.redaction import redactor
from exporter.sources.storage import Storage
from exporter.sources.store_failures import short_failures
from exporter.sources.within import within

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

T = TypeVar("T")

_CHUNK = 1 << 20
_VERSION = ("ETag", "etag", "VersionId", "generation", "md5Hash", "LastModified", "last_modified", "updated", "mtime")
"""What file systems say of a file that is another after it was written."""


@dataclass(frozen=True)
class RemoteFile:
    """A file as the last listing had it; `version` is another after it was written."""

    path: str
    size: int
    version: str


class RemoteStore:
    """The bucket, container or server of an address; no error repeats a secret of the options."""

    def __init__(self, address: Address, storage: Storage) -> None:
        self._system = address.system
        self._host = address.host
        self._storage = storage
        self._redact = redactor(storage.secrets())
        self._connected: AbstractFileSystem | None = None

    def matches(self, address: Address, deadline: Deadline) -> Sequence[RemoteFile]:
        """Return the files that an address names now, by name.

        Raises:
            SourceFailed: If there are none, or the store cannot be read.
        """
        base = "" if self._system == "sftp" else self._host.partition("@")[0]

        def entries() -> list[RemoteFile]:
            files = self._files(deadline)
            if not address.is_pattern:
                return [_remote_file(files.info(f"{base}/{address.key}"))]
            return [_remote_file(entry) for entry in _entries(files, base, address.key.split("/"), deadline)]

        listed = self._call(address, entries, deadline)
        if not listed:
            raise SourceFailed(f"no file matches {address}")
        return sorted(listed, key=lambda file: file.path.split("/"))

    def read(self, address: Address, file: RemoteFile, target: BinaryIO, limit: ByteSize, deadline: Deadline) -> None:
        """Write a file of a listing into a local one.

        Raises:
            SourceFailed: If it cannot be read, or is longer than `limit`.
        """
        too_long = SourceFailed(f"{file.path} is longer than `max_file` ({limit.human_readable()})")
        if file.size > limit:
            raise too_long

        def copied() -> None:
            with self._files(deadline).open(file.path, "rb", block_size=_CHUNK) as source:
                if hasattr(source, "prefetch"):  # SFTP, where else each piece waits for the one before
                    source.prefetch(file.size)
                length = 0
                while chunk := source.read(_CHUNK):
                    deadline.check()
                    length += len(chunk)
                    if length > limit:
                        raise too_long
                    target.write(chunk)

        self._call(address, copied, deadline)

    def close(self) -> None:
        """Forget the connection; the next call makes another."""
        files, self._connected = self._connected, None
        client = getattr(files, "client", None)
        if self._system == "sftp" and client is not None:
            client.close()

    def _files(self, deadline: Deadline) -> AbstractFileSystem:
        if self._connected is None:
            self._connected = open_file_system(self._system, self._host, self._storage, deadline)
        return self._connected

    def _call(self, address: Address, call: Callable[[], T], deadline: Deadline) -> T:
        try:
            with short_failures(address, self._redact):
                return within(deadline, call)
        except SourceFailed:
            self.close()
            raise


def _entries(
    files: AbstractFileSystem, folder: str, parts: Sequence[str], deadline: Deadline
) -> Iterator[Mapping[str, Any]]:
    """Yield the files below a folder whose path fits a pattern, which is given part by part."""
    # fsspec's own `glob` gives nothing where it may not list.
    deadline.check()
    head, *rest = parts
    if head == "**":
        yield from _entries(files, folder, rest or ["*"], deadline)
    elif rest and not set("*?[").intersection(head):
        yield from _entries(files, f"{folder}/{head}", rest, deadline)
        return
    for entry in files.ls(folder or "/", detail=True, **_anew(files)):
        path = str(entry["name"]).rstrip("/")
        name = path.rpartition("/")[2]
        is_folder = entry["type"] == "directory"
        if head == "**":
            if is_folder:
                yield from _entries(files, path, parts, deadline)
        elif fnmatchcase(name, head):
            if rest and is_folder:
                yield from _entries(files, path, rest, deadline)
            elif not rest and not is_folder and name:
                yield entry


def _anew(files: AbstractFileSystem) -> Mapping[str, bool]:
    return {} if files.protocol == ("sftp", "ssh") else {"refresh": True}


def _remote_file(entry: Mapping[str, Any]) -> RemoteFile:
    if entry["type"] == "directory":
        raise SourceFailed(f"{entry['name']} is a folder; write a pattern, such as {entry['name']}/*.csv")
    size = int(entry.get("size") or 0)
    return RemoteFile(str(entry["name"]), size, json.dumps([size, *(str(entry.get(name)) for name in _VERSION)]))
