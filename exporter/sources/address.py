"""Names the files that a source reads: a path or a pattern of this machine, or an address elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema

from exporter.sources.interface import NOT_SET, beside_the_catalogue, is_url

SYSTEMS: Mapping[str, str] = {
    "s3": "s3",
    "gs": "gcs",
    "gcs": "gcs",
    "az": "azure",
    "abfs": "azure",
    "abfss": "azure",
    "sftp": "sftp",
    "https": "http",
    "http": "http",
}
"""What the scheme of an address leads to."""
MODULES: Mapping[str, str] = {"s3": "s3fs", "gcs": "gcsfs", "azure": "adlfs", "sftp": "paramiko"}
"""The module that an extra of the same name as the system brings; HTTP needs none."""
_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True)
class Address:
    """An address of a file, or a pattern of them. As text it is without parameters, which may be secrets."""

    url: str = field(repr=False)

    @property
    def system(self) -> str:
        """The system that holds the files: s3, gcs, azure, sftp or http."""
        return SYSTEMS[urlsplit(self.url).scheme.lower()]

    @property
    def host(self) -> str:
        """The bucket, the container or the server, with a port if there is one."""
        return urlsplit(self.url).netloc

    @property
    def key(self) -> str:
        """The path below the host, without the slash between them; in a bucket `?` and `#` are signs of it."""
        if self.system == "http":
            return urlsplit(self.url).path.lstrip("/")
        return self.url.split("://", 1)[1].partition("/")[2]

    @property
    def parameters(self) -> str:
        """What follows the `?` of an HTTP address."""
        return urlsplit(self.url).query if self.system == "http" else ""

    @property
    def name(self) -> str:
        """The last part of the path."""
        return PurePosixPath(self.key).name or self.host

    @property
    def suffix(self) -> str:
        """The ending of the name, such as `.csv`."""
        return PurePosixPath(self.name).suffix

    @property
    def is_pattern(self) -> bool:
        """Whether the address names several files by wildcards."""
        return not _WILDCARDS.isdisjoint(self.key)

    def __str__(self) -> str:
        scheme = urlsplit(self.url).scheme
        if self.system != "http":
            return f"{scheme}://{self.host}/{self.key}"
        # Whoever has the long path of a published document can read it.
        within = "…/" if "/" in self.key else ""
        return f"{scheme}://{self.host}/{within}{self.name if self.key else ''}"


def _location(value: object, info: ValidationInfo) -> Path | Address:
    if isinstance(value, Path | Address):
        return value
    if not isinstance(value, str):
        raise ValueError("is not a path; write that of a file, or an address such as s3://bucket/folder/*.csv")
    if value == NOT_SET:
        return Path(NOT_SET)
    if not is_url(value):
        return beside_the_catalogue(Path(value), info)
    return _checked(value)


def _checked(url: str) -> Address:
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        raise ValueError("is not an address that can be read; write s3://bucket/folder/*.csv") from None
    if scheme not in SYSTEMS:
        raise ValueError(f"begins with {scheme}://; there are {', '.join(f'{name}://' for name in SYSTEMS)}")
    address = Address(url)
    if not host or port == 0:
        raise ValueError(f"has no host; write {scheme}://, then its name and the path of a file")
    if "@" in parts.netloc and address.system != "azure":
        raise ValueError("holds a user or a password; write them under `storage` of the source")
    if not address.key.strip("/") and not address.parameters:
        raise ValueError("names no file; write its path or a pattern behind the host")
    if address.system == "http" and "*" in address.key:
        raise ValueError("is a pattern, and HTTP lists no folder; write the address of one file")
    if (module := MODULES.get(address.system)) is not None and find_spec(module) is None:
        raise ValueError(f"needs the package {module}; install kpi-exporter[{address.system}]")
    return address


def _dumped(location: Path | Address) -> str:
    return location.url if isinstance(location, Address) else str(location)


FileLocation = Annotated[
    Path | Address,
    PlainValidator(_location),
    PlainSerializer(_dumped, return_type=str),
    WithJsonSchema({"type": "string"}),
]
"""A file or a pattern of files; a relative path is below `folder` of the validation context, the catalogue's folder."""
