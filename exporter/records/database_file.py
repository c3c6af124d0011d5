"""The open file of the store: hands out cursors, and opens the file anew after an error that ended all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Condition, Lock

import duckdb

from exporter.calendar.clock import steady
from exporter.records.health import FATAL, StoreFailed, StoreHealth

MOST_SECONDS = 10.0
"""How long a store that is closed waits for what still reads it."""


class DatabaseFile:
    """Hands out cursors of one connection. All methods may be called from any thread.

    After a fatal error, such as no room for a checkpoint, DuckDB answers nothing until all of its connections are
    closed: those under way are interrupted, and the first cursor after the last of them opens the file anew.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        connect: Callable[[], duckdb.DuckDBPyConnection],
        health: StoreHealth,
    ) -> None:
        self._connect = connect
        self._health = health
        self._changing = Condition()
        self._writing = Lock()
        self._cursors: set[duckdb.DuckDBPyConnection] = set()
        self._lost_at: float | None = None
        self._connection: duckdb.DuckDBPyConnection | None = connection
        self._former: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a cursor. Whatever the store fails with in the block is raised as `StoreFailed`."""
        with self._health.watching():
            cursor = self._open()
            try:
                yield cursor
            except FATAL:
                self._lose()
                raise
            except duckdb.Error as error:
                if self._lost_at is not None:  # interrupted, or met the error after another cursor did
                    raise StoreFailed(self._health.fault) from error
                raise
            finally:
                self._close(cursor)

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a cursor in a transaction, which is rolled back on any error; everyone else who writes waits."""
        with self.hold_commits(), self.cursor() as cursor:
            cursor.begin()
            try:
                yield cursor
            except BaseException:
                cursor.rollback()
                raise
            cursor.commit()

    @contextmanager
    def hold_commits(self) -> Iterator[None]:
        """Let everyone else who writes wait until the end of the block."""
        with self._writing:
            yield

    @property
    def stuck(self) -> float:
        """The seconds for which cursors that do not end have kept the file from being opened anew; 0 if none do."""
        with self._changing:
            lost_at = self._lost_at if self._cursors else None
        return 0.0 if lost_at is None else steady() - lost_at

    def close(self) -> None:
        """Write everything into the file and release it; no cursor can be opened any more.

        Cursors that are open are interrupted, and waited for.
        """
        with self._changing:
            self._connect = _closed
            self._give_up()
            self._changing.wait_for(lambda: self._former is None, MOST_SECONDS)

    def _open(self) -> duckdb.DuckDBPyConnection:
        with self._changing:
            if self._connection is None:
                if self._cursors:
                    raise StoreFailed(self._health.fault or "the record store is being opened anew")
                try:
                    self._connection = self._connect()
                except duckdb.Error as error:
                    raise self._health.failed(error) from error
                self._lost_at = None
            cursor = self._connection.cursor()
            self._cursors.add(cursor)
        return cursor

    def _lose(self) -> None:
        with self._changing:
            if self._connection is not None:
                self._lost_at = steady()
                self._give_up()

    def _close(self, cursor: duckdb.DuckDBPyConnection) -> None:
        with suppress(duckdb.Error):
            cursor.close()
        with self._changing:
            self._cursors.discard(cursor)
            self._close_former()

    def _give_up(self) -> None:
        """Let no new cursor have the connection, and close it when those that it has have ended, which is soon."""
        if self._connection is not None:
            self._former, self._connection = self._connection, None
        for each in self._cursors:
            each.interrupt()
        self._close_former()

    def _close_former(self) -> None:
        if self._former is not None and not self._cursors:
            with suppress(duckdb.Error):
                self._former.close()
            self._former = None
            self._changing.notify_all()


def _closed() -> duckdb.DuckDBPyConnection:
    raise StoreFailed("the record store is closed")
