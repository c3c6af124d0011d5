"""The one transaction of a poll: read-only wherever the database can be told so, and over in time."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy import Connection

_OF_A_SELECT = (
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
    sqlite3.SQLITE_TRANSACTION,
)


def begin(connection: Connection, seconds: float) -> None:
    """Start it: it cannot change the database, sees one point in time, and no statement takes longer than `seconds`.

    So it is on PostgreSQL, MySQL, MariaDB and SQLite; Oracle is told only that nothing is written. On others nothing is
    ever committed, and the rest is up to the rights of the user in the URL.
    """
    dialect = connection.dialect.name
    if dialect == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    for statement in _statements(connection, seconds):
        connection.exec_driver_sql(statement)
    if dialect == "sqlite" and isinstance(driver := connection.connection.driver_connection, sqlite3.Connection):
        driver.set_authorizer(_authorized)


def _statements(connection: Connection, seconds: float) -> Iterator[str]:
    milliseconds = max(1, int(seconds * 1000))
    match connection.dialect.name:
        case "postgresql":
            # For drivers that, unlike psycopg, would run what a query has after a COMMIT.
            yield "SET default_transaction_read_only = on"
            yield f"SET LOCAL statement_timeout = {milliseconds}"
        case "mysql" | "mariadb":
            mariadb = getattr(connection.dialect, "is_mariadb", False)
            limit = f"max_statement_time = {milliseconds / 1000}" if mariadb else f"max_execution_time = {milliseconds}"
            yield f"SET SESSION {limit}"
            if connection.dialect.driver == "pymysql":
                yield "SET SESSION time_zone = '+00:00'"  # in which `drivers` reads a TIMESTAMP
            # Of the session too: statements such as DROP end a transaction, and what follows would be in another.
            yield "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
            yield "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
        case "sqlite":
            yield "PRAGMA query_only = ON"
            yield "BEGIN"
        case "oracle":
            yield "SET TRANSACTION READ ONLY"


def _authorized(action: int, name: str | None, function: str | None, *_: str | None) -> int:
    """Whether SQLite may do what a statement asks for: all that a SELECT does, and no ATTACH, PRAGMA or extension."""
    if action == sqlite3.SQLITE_PRAGMA:
        allowed = name == "data_version"  # which a full-text index asks by itself whether it was changed
    else:
        allowed = action in _OF_A_SELECT and function != "load_extension"
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def cancel(connection: Connection) -> None:
    """Stop what the connection is doing, from another thread, where the driver can do that."""
    driver = connection.connection.driver_connection
    for name in ("cancel_safe", "cancel", "interrupt"):
        if stop := getattr(driver, name, None):
            stop()
            return
    if connection.dialect.driver == "pymysql":
        # It has no other way; the server ends the statement by its own limit, which is as long.
        with suppress(OSError):
            driver._sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr] # PyMySQL's


def abandon(connection: Connection) -> None:
    """Give up rows that are not read yet, where to close would first read them to the end."""
    if connection.closed or connection.invalidated or connection.dialect.driver != "pymysql":
        return
    unread = getattr(connection.connection.driver_connection, "_result", None)
    if unread is not None and unread.unbuffered_active:
        unread.unbuffered_active = False
        connection.invalidate()
