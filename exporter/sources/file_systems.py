"""Makes the file systems of fsspec from the options of a source; each library is imported where a source needs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from exporter.sources.interface import Deadline
from exporter.sources.storage import Storage

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_CONNECT_SECONDS = 10
_READ_SECONDS = 30


def open_file_system(system: str, host: str, storage: Storage, deadline: Deadline) -> AbstractFileSystem:
    """Return the files of a bucket, a container or a server; it keeps nothing of one call for the next."""
    return _MAKERS[system](host, storage, deadline)


def _s3(host: str, storage: Storage, deadline: Deadline) -> AbstractFileSystem:
    from s3fs import S3FileSystem

    client = {"region_name": storage.region, "verify": str(storage.tls.ca) if storage.tls.ca else None}
    limits = {
        "connect_timeout": _CONNECT_SECONDS,
        "read_timeout": _READ_SECONDS,
        "retries": {"max_attempts": 2},
    }
    return S3FileSystem(
        anon=storage.anonymous,
        key=storage.reveal("key"),
        secret=storage.reveal("secret"),
        token=storage.reveal("token"),
        endpoint_url=storage.endpoint_url,
        client_kwargs={name: value for name, value in client.items() if value is not None},
        config_kwargs=limits,
        use_listings_cache=False,
        skip_instance_cache=True,
    )


def _gcs(host: str, storage: Storage, deadline: Deadline) -> AbstractFileSystem:
    from gcsfs import GCSFileSystem

    token = storage.reveal("token")
    optional = {"project": storage.project, "endpoint_url": storage.endpoint_url}
    return GCSFileSystem(
        token="anon" if storage.anonymous else json.loads(token) if token else None,
        access="read_only",
        use_listings_cache=False,
        skip_instance_cache=True,
        **{name: value for name, value in optional.items() if value is not None},
    )


def _azure(host: str, storage: Storage, deadline: Deadline) -> AbstractFileSystem:
    from adlfs import AzureBlobFileSystem

    account = host.partition("@")[2].partition(".")[0] or storage.account_name
    names = ("account_key", "sas_token", "connection_string", "client_secret")
    return AzureBlobFileSystem(
        account_name=account,
        **{name: storage.reveal(name) for name in names},
        tenant_id=storage.tenant_id,
        client_id=storage.client_id,
        anon=storage.anonymous,
        connection_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        use_listings_cache=False,
        skip_instance_cache=True,
    )


def _sftp(host: str, storage: Storage, deadline: Deadline) -> AbstractFileSystem:
    from exporter.sources.sftp import connected

    return connected(host, storage, deadline)


_MAKERS: Mapping[str, Callable[[str, Storage, Deadline], AbstractFileSystem]] = {
    "s3": _s3,
    "gcs": _gcs,
    "azure": _azure,
    "sftp": _sftp,
}
