"""Connects to an SFTP server whose key is known; imported only where a source names one."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from io import StringIO
from typing import Any, NoReturn
from urllib.parse import urlsplit

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from exporter.records.batch import SourceFailed
from exporter.sources.interface import Deadline
from exporter.sources.storage import Storage

_PORT = 22


class _Unknown(paramiko.MissingHostKeyPolicy):
    """Refuses a server whose key is not known, and says which key it shows."""

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> NoReturn:
        """Refuse the server."""
        raise SourceFailed(
            f"the SFTP server {hostname} is not known; if it is its key, write under `storage` "
            f"`host_key: {key.get_name()} {key.get_base64()}`"
        )


class _Files(SFTPFileSystem):  # type: ignore[misc] # fsspec ships no type hints, so its class is `Any`
    """The files of a connected client; a path is taken as it is written, whatever signs are in it."""

    cachable = False

    def __init__(self, client: paramiko.SSHClient) -> None:
        self.client = client
        super().__init__("")

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path

    def _connect(self) -> None:
        self.ftp = self.client.open_sftp()


def connected(host: str, storage: Storage, deadline: Deadline) -> SFTPFileSystem:
    """Return the files of a server, after it has shown its key and taken the user's.

    Raises:
        SourceFailed: If the server's key is another, or not known, or a key of the options cannot be read.
    """
    parts = urlsplit(f"//{host}")
    name, port = parts.hostname or host, parts.port or _PORT
    client = paramiko.SSHClient()
    if storage.host_key:
        _add_host_key(client, name if port == _PORT else f"[{name}]:{port}", storage.host_key)
    else:
        client.load_system_host_keys()
    client.set_missing_host_key_policy(_Unknown())
    seconds = max(deadline.remaining(), 0.001)
    key = _private_key(storage)
    try:
        client.connect(
            name,
            port,
            username=storage.username,
            password=storage.reveal("password"),
            pkey=key,
            timeout=seconds,
            banner_timeout=seconds,
            auth_timeout=seconds,
            allow_agent=False,
            look_for_keys=key is None and storage.password is None,
        )
        return _Files(client)
    except paramiko.BadHostKeyException:
        client.close()
        raise SourceFailed(f"the SFTP server {name} shows another key than it had; check `host_key`") from None
    except BaseException:
        client.close()
        raise


def _add_host_key(client: paramiko.SSHClient, name: str, line: str) -> None:
    kind, text = line.split()
    try:
        key = paramiko.PKey.from_type_string(kind, b64decode(text, validate=True))
    except (NotBase64, ValueError, paramiko.SSHException):
        raise SourceFailed("`host_key` is not a key that can be read") from None
    client.get_host_keys().add(name, kind, key)


def _private_key(storage: Storage) -> paramiko.PKey | None:
    text, passphrase = storage.reveal("private_key"), storage.reveal("passphrase")
    if text is None:
        return None
    kinds: tuple[Any, ...] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
    for kind in kinds:
        try:
            key: paramiko.PKey = kind.from_private_key(StringIO(f"{text.strip()}\n"), password=passphrase)
            return key
        except paramiko.PasswordRequiredException:
            raise SourceFailed("`private_key` has a passphrase; write it as `passphrase`") from None
        except (paramiko.SSHException, ValueError):
            continue
    raise SourceFailed("`private_key` is not a key that can be read; it is text in PEM or OpenSSH form")
