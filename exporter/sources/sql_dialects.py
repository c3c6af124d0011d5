"""What differs between databases: the URL, how a connection is made and bounded, how a query reads on from a value."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr, ValidationInfo
from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from exporter.records.batch import SourceFailed
from exporter.sources.drivers import adapt, pymysql_conversions
from exporter.sources.interface import NOT_SET

_PLACEHOLDERS = {
    "qmark": "?",
    "format": "%s",
    "pyformat": "%(since)s",
    "named": ":since",
    "numeric": ":1",
    "numeric_dollar": "$1",
}

_DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
"""The driver of a URL that names none."""

Parameters = tuple[object, ...] | dict[str, object]


def check_url(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    """Return the URL with its driver spelled out.

    Raises:
        ValueError: If it cannot be used; the message repeats nothing of it.
    """
    if secret.get_secret_value() == NOT_SET:
        return secret
    try:
        url = make_url(secret.get_secret_value())
    except (ArgumentError, ValueError):
        raise ValueError("is not a database URL; write postgresql://user:password@host/database") from None
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    try:
        url.get_dialect().import_dbapi()
    except NoSuchModuleError:
        raise ValueError(f"SQLAlchemy knows no database {url.drivername!r}; is its package installed?") from None
    except ImportError as error:
        raise ValueError(f"the driver for {url.drivername!r} is not installed: {error}") from None
    if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith((":", "file:")):
        folder: Path = (info.context or {}).get("folder", Path())
        url = url.set(database=str((folder / url.database).absolute()))
    return SecretStr(url.render_as_string(hide_password=False))


def connect(url: URL, seconds: float) -> Connection:
    """Open a connection within about `seconds`; no query has been sent over it yet."""
    arguments = dict(_connect_arguments(url, seconds))
    if url.get_backend_name() == "sqlite":
        url = _read_only(url)
    # Polls are minutes apart: a pool would leave sessions idle at the server and hand out broken ones later.
    connection = create_engine(url, poolclass=NullPool, connect_args=arguments).connect()
    adapt(connection)
    return connection


def _connect_arguments(url: URL, seconds: float) -> Mapping[str, Any]:
    backend, driver = url.get_backend_name(), url.get_driver_name()
    whole = max(2, math.ceil(seconds))
    if backend == "sqlite":
        return {"timeout": seconds}
    if backend == "postgresql" and driver in ("psycopg", "psycopg2"):
        # Keepalives notice a server that disappears in the middle of a query.
        alive = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
        return {"connect_timeout": whole, "application_name": "kpi-exporter", "client_encoding": "utf8", **alive}
    if backend in ("mysql", "mariadb") and driver == "pymysql":
        limits = {"connect_timeout": whole, "read_timeout": whole, "write_timeout": whole}
        # It would send a text in Latin-1, while the server's own client sends UTF-8.
        password = {"password": str(url.password).encode()} if url.password is not None else {}
        return {**limits, **password, "conv": pymysql_conversions()}
    return {}


def _read_only(url: URL) -> URL:
    """Return the URL of a SQLite file that opens it for reading only.

    Raises:
        SourceFailed: If there is no such file.
    """
    name = url.database or ":memory:"
    if name == ":memory:":
        return url
    if not name.startswith("file:"):
        if not Path(name).is_file():
            raise SourceFailed(f"there is no database file {name}")
        if "immutable" not in url.query:
            _check_shared_memory(Path(name))
        url = url.set(database=f"file:{quote(name)}")
    mode = "memory" if url.query.get("mode") == "memory" else "ro"
    return url.update_query_dict({"mode": mode, "uri": "true"})


def _check_shared_memory(file: Path) -> None:
    """Raise `SourceFailed` where SQLite could not create the file through which readers in WAL mode share memory."""
    with file.open("rb") as content:
        write_version = content.read(19)[18:]
    shared = file.with_name(f"{file.name}-shm")
    if write_version == b"\x02" and not shared.exists() and not os.access(file.parent, os.W_OK):
        raise SourceFailed(
            f"{file} is in WAL mode, and its folder cannot be written to; "
            "if nothing changes the file, write ?immutable=1 behind its name in `url`"
        )


def in_order(query: str, column: str, since: object | None, dialect: Dialect) -> tuple[str, Parameters]:
    """Return a query in the order of a column, from the value `since` on if there is one, and its bound parameters.

    A row without a value in the column may be new, so it is always among them.
    """
    name = dialect.identifier_preparer.quote(column)
    order = f"ORDER BY q.{name}"
    if since is None:
        return f"SELECT * FROM (\n{query}\n) q {order}", ()  # noqa: S608 - the catalogue's own query
    mark = _PLACEHOLDERS[dialect.paramstyle]
    query = query.replace("%", "%%") if "%" in mark else query
    newer = f"WHERE q.{name} >= {mark} OR q.{name} IS NULL"
    text = f"SELECT * FROM (\n{query}\n) q {newer} {order}"  # noqa: S608 - the catalogue's own query
    return text, {"since": since} if dialect.paramstyle in ("pyformat", "named") else (since,)
