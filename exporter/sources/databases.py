"""What differs between databases: drivers, how a session is bounded, made read-only and stopped."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationInfo
from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.engine import URL, Dialect
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from exporter.sources.interface import NOT_SET, SourceFailed

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
    """The URL with its driver spelled out; `ValueError`, without a word of it, if it cannot be used."""
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
    """A connection of its own, made within about `seconds`, with no query sent over it yet."""
    # Polls are minutes apart: a pool would keep sessions idle at the server and hand out broken ones later.
    return create_engine(url, poolclass=NullPool, connect_args=dict(_connect_arguments(url, seconds))).connect()


def _connect_arguments(url: URL, seconds: float) -> Mapping[str, Any]:
    backend, driver = url.get_backend_name(), url.get_driver_name()
    if backend == "sqlite":
        if url.database and not url.database.startswith((":", "file:")) and not Path(url.database).is_file():
            raise SourceFailed(f"there is no database file {url.database}")  # SQLite would make an empty one
        return {"timeout": seconds}
    if backend == "postgresql" and driver in ("psycopg", "psycopg2"):
        # Keepalives notice a server that is gone without a word in the middle of a query.
        alive = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
        return {"connect_timeout": max(2, math.ceil(seconds)), "application_name": "kpi-exporter", **alive}
    return {}


def begin(connection: Connection, seconds: float) -> None:
    """Start the one transaction of a poll: it cannot change the database, and sees one point in time.

    So it is on PostgreSQL and SQLite. On others the transaction is never committed, and the rest is up to the
    rights of the user in the URL.
    """
    if connection.dialect.name == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        # For drivers that, unlike psycopg, would run what a query has after a COMMIT.
        connection.exec_driver_sql("SET default_transaction_read_only = on")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}")
    elif connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")


def cancel(connection: Connection) -> None:
    """Stop what the connection is doing, from another thread, where the driver can do that."""
    driver = connection.connection.driver_connection
    for name in ("cancel_safe", "cancel", "interrupt"):
        if stop := getattr(driver, name, None):
            stop()
            return


def said(error: SQLAlchemyError) -> str:
    """The driver's own words, without the statement that SQLAlchemy adds."""
    return str(error.orig if isinstance(error, DBAPIError) else error)


def refused(error: SQLAlchemyError) -> bool:
    """Whether the server said no to the user: asking again could lock the account."""
    return "authentication failed" in said(error)


def in_order(query: str, column: str, since: object | None, dialect: Dialect) -> tuple[str, Parameters]:
    """`query` in the order of `column`, from the value `since` on if there is one, with what is to be bound.

    Rows without a value in that column cannot be told to be old, so they are always among them.
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
