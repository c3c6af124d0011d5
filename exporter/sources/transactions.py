"""Begins and ends the one transaction of a poll: read-only where the database has that, and bounded in time."""

from __future__ import annotations

import logging
import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, CursorResult
from sqlalchemy.exc import SQLAlchemyError

# It writes, with a traceback, how a connection that has ended cannot be closed.
logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)

CANCELLED_WITHIN = 2.0
"""Seconds in which a server has to accept the cancellation of a query."""

_REFUSED_BY_SQLITE = (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_PRAGMA)


def begin(connection: Connection, seconds: float) -> None:
    """Begin a transaction that cannot change the database and sees one instant; no statement exceeds `seconds`.

    That holds on PostgreSQL, MySQL, MariaDB and SQLite; on Oracle the transaction is only read-only. On others nothing
    is ever committed, and the rest is up to the rights of the user in the URL.
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
    """Allow SQLite what a statement asks for, unless it reaches beyond the file or undoes `query_only`.

    A full-text index asks by itself for `PRAGMA data_version`.
    """
    is_denied = (action in _REFUSED_BY_SQLITE and name != "data_version") or function == "load_extension"
    return sqlite3.SQLITE_DENY if is_denied else sqlite3.SQLITE_OK


@contextmanager
def closing(connection: Connection) -> Iterator[Connection]:
    """Close the connection at the end of the block; one that was ended meanwhile is dropped without a word.

    Closing rolls back, for which a connection that the deadline or the server has ended has no answer. The failure of
    the poll itself is what people have to know.
    """
    try:
        yield connection
    finally:
        with suppress(SQLAlchemyError, connection.dialect.loaded_dbapi.Error, OSError):
            connection.close()


@contextmanager
def closing_result(result: CursorResult[Any]) -> Iterator[None]:
    """Close a result at the end of the block, also on a connection that was ended meanwhile."""
    cursor, errors = result.cursor, result.dialect.loaded_dbapi.Error
    try:
        yield
    finally:
        result.close()
        if cursor is not None:
            with suppress(errors):
                cursor.close()  # psycopg closes one whose connection ended at the second attempt


def cancel(connection: Connection) -> None:
    """Stop what the connection is doing, from another thread, where the driver can do that."""
    with suppress(Exception):  # it may be closed at any moment, and nobody is there to be told
        _cancel(connection)


def _cancel(connection: Connection) -> None:
    if connection.closed or connection.invalidated:
        return
    driver: Any = connection.connection.driver_connection
    match connection.dialect.driver:
        case "psycopg":
            try:
                driver.cancel_safe(timeout=CANCELLED_WITHIN)
            except (connection.dialect.loaded_dbapi.Error, NotImplementedError):
                _shut_down(driver.fileno())  # else the poll would wait for a server that does not react
        case "pymysql" if driver.open:
            _shut_down(driver._sock.fileno())  # it cannot cancel; the server's own limit is as long
        case _:
            for name in ("cancel", "interrupt"):
                if stop := getattr(driver, name, None):
                    stop()
                    return


def _shut_down(descriptor: int) -> None:
    """End a connection whose other end may not answer; whoever waits for it gets an error."""
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as end:
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def discarding_unread(connection: Connection) -> Iterator[None]:
    """Discard unread rows at the end of the block; closing would first read them all, however many there are."""
    driver = connection.connection.driver_connection
    try:
        yield
    finally:
        if connection.dialect.driver == "pymysql":
            _discard_unread(connection, driver)


def _discard_unread(connection: Connection, driver: Any) -> None:
    unread = driver._result
    if unread is not None and unread.unbuffered_active:
        unread.unbuffered_active = False
        if not connection.closed and not connection.invalidated:
            connection.invalidate()
