"""Downloads one file over HTTP, if it is another than the one that is here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

from pydantic import ByteSize, SecretStr

from exporter.records.batch import SourceFailed
from exporter.sources.address import Address
from exporter.sources.endpoint import Tls
from exporter.sources.exact_json import MOST_VALUES
from exporter.sources.exchange import Request
from exporter.sources.interface import Deadline
from exporter.sources.session import Session
from exporter.sources.storage import Storage

_PAGE = (b"<!doctype html", b"<html")


_CONTENT_OF = {"docs.google.com": ("*.googleusercontent.com",)}
"""Hosts of which it is known where they keep the content that they redirect to."""


class WebFile:
    """One file of a server; credentials go to no other server."""

    def __init__(self, address: Address, storage: Storage, max_file: ByteSize) -> None:
        self._address = address
        self._session = Session(_Server(address, storage, max_file))

    def download(self, target: Path, version: str, deadline: Deadline) -> str | None:
        """Write the file, and return its version; None if the version is still the one that is given.

        Raises:
            SourceFailed: If the server does not give the file, or gives a web page in its place.
        """
        with target.open("wb") as file:
            request = Request(self._address.url, headers=(("Accept", "*/*"), *_conditions(version)))
            answer = self._session.download(request, file, deadline, "max_file")
        if answer is None:
            target.unlink()
            return None
        with target.open("rb") as file:
            start = file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip().lower()
            if start.startswith(_PAGE):
                raise SourceFailed(
                    f"{self._address} gives a web page, not a file; is it published, or does it ask for a login?"
                )
            file.seek(0)
            digest = sha256()
            while chunk := file.read(1 << 20):
                digest.update(chunk)
        return json.dumps({"etag": answer.etag, "modified": answer.modified, "digest": digest.hexdigest()[:16]})

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


class _Server:
    """The server of an address, as a session sees it."""

    def __init__(self, address: Address, storage: Storage, max_file: ByteSize) -> None:
        self.url = SecretStr(address.url)
        self.tls: Tls = storage.tls
        self.max_body = max_file
        self.max_values = MOST_VALUES  # no file is read as an answer
        self.redirects_to = (*storage.redirects_to, *_CONTENT_OF.get(address.host, ()))
        self._storage = storage
        self._parameters = address.parameters

    def all_headers(self) -> Mapping[str, str]:
        """Return the headers of every request, credentials included."""
        return self._storage.http_headers()

    def secrets(self) -> Iterator[str]:
        """Yield the credentials and the parameters of the address."""
        yield from self._storage.secrets()
        yield self._parameters


def _conditions(version: str) -> Iterator[tuple[str, str]]:
    """Yield the headers by which a server says that nothing changed."""
    try:
        marks = json.loads(version)
        etag, modified = marks["etag"], marks["modified"]
    except (ValueError, KeyError, TypeError):
        return
    if etag:
        yield "If-None-Match", etag
    elif modified:
        yield "If-Modified-Since", modified
