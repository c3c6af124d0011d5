"""The one transaction of a poll: read-only wherever the database can be told so, and over in time."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection

CANCELLED_WITHIN = 2.0
"""Seconds in which a server has to take the cancellation of a query."""

_REFUSED_BY_SQLITE = (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_PRAGMA)


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
    """Whether SQLite may do what a statement asks for: nothing that reaches beyond the file or undoes `query_only`.

    A full-text index asks by itself for `PRAGMA data_version`.
    """
    refused = (action in _REFUSED_BY_SQLITE and name != "data_version") or function == "load_extension"
    return sqlite3.SQLITE_DENY if refused else sqlite3.SQLITE_OK


def cancel(connection: Connection) -> None:
    """Stop what the connection is doing, from another thread, where the driver can do that."""
    if connection.closed or connection.invalidated:
        return
    driver: Any = connection.connection.driver_connection
    match connection.dialect.driver:
        case "psycopg":
            try:
                driver.cancel_safe(timeout=CANCELLED_WITHIN)
            except (connection.dialect.loaded_dbapi.Error, NotImplementedError):
                _hang_up(driver.fileno())  # what does not hear of it would be waited for
        case "pymysql" if driver.open:
            _hang_up(driver._sock.fileno())  # it cannot cancel; the server's own limit is as long
        case _:
            for name in ("cancel", "interrupt"):
                if stop := getattr(driver, name, None):
                    stop()
                    return


def _hang_up(descriptor: int) -> None:
    """End a connection whose other end may not answer; who waits for it is told that it is lost."""
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as end:
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def abandoning(connection: Connection) -> Iterator[None]:
    """Give up rows that are not read when what is inside ends; to close would first read them, were there no end."""
    driver = connection.connection.driver_connection
    try:
        yield
    finally:
        if connection.dialect.driver == "pymysql":
            _abandon(connection, driver)


def _abandon(connection: Connection, driver: Any) -> None:
    unread = driver._result
    if unread is not None and unread.unbuffered_active:
        unread.unbuffered_active = False
        if not connection.closed and not connection.invalidated:
            connection.invalidate()
