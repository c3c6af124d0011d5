"""Reaches Apache Spark through Spark Connect, its own protocol: no maintained dialect of SQLAlchemy exists for it."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pydantic import SecretStr

from exporter.measures.pushdown.script import Script
from exporter.records.batch import SourceFailed
from exporter.sources.interface import Deadline
from exporter.sources.redaction import redactor
from exporter.sources.retry import TransientFailure, with_retries
from exporter.sources.watchdog import at_deadline

if TYPE_CHECKING:
    from pyspark.errors import PySparkException
    from pyspark.sql.connect.session import SparkSession

SCHEME = "sc://"
_REFUSED = ("StatusCode.UNAUTHENTICATED", "StatusCode.PERMISSION_DENIED")
_DETAILS = re.compile(r'details = "(.*)"')


def check_url(url: SecretStr) -> SecretStr:
    """Return the URL.

    Raises:
        ValueError: If it cannot be used; the message repeats nothing of it.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql.connect.client import DefaultChannelBuilder
    except ImportError:
        raise ValueError("needs Spark's client; install kpi-exporter[spark]") from None
    try:
        DefaultChannelBuilder(url.get_secret_value())
    except (PySparkException, ValueError):
        raise ValueError("is not a URL of Spark Connect; write sc://host:15002/;token=...;use_ssl=true") from None
    return url


class Spark:
    """A Spark server; each poll has a session of its own, which changes no table and leaves nothing behind."""

    dialect = "spark"

    def __init__(self, url: SecretStr, sleep: Callable[[float], None] = time.sleep) -> None:
        self._url = url
        self._sleep = sleep
        self._redact = redactor(secrets(url))

    @contextmanager
    def connected(self, deadline: Deadline) -> Iterator[_Session]:
        """Open a session that is interrupted at the deadline."""
        session = with_retries(lambda: self._connect(deadline), deadline, self._sleep)
        try:
            with at_deadline(deadline, lambda: _interrupt(session)):
                yield _Session(session, deadline, self._redact)
        finally:
            session.stop()

    def _connect(self, deadline: Deadline) -> SparkSession:
        """Open a session, and check that the server answers."""
        from pyspark.logger import PySparkLogger
        from pyspark.sql.connect.session import SparkSession

        # It would write every statement that fails, and how Spark got there, to standard error.
        PySparkLogger.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
        deadline.check()
        # Belongs to this thread until it is stopped, by which the client knows whose a checkpointed relation is.
        session = SparkSession.builder.remote(self._url.get_secret_value()).create()
        # By itself the client asks a server that does not answer for ten minutes.
        session.client.set_retry_policies([])
        try:
            with _short_failures("Spark did not answer", deadline, self._redact, TransientFailure):
                assert session.version
        except SourceFailed:
            session.stop()
            raise
        return session


class _Session:
    def __init__(self, session: SparkSession, deadline: Deadline, redact: Callable[[str], str]) -> None:
        self._session, self._deadline, self._redact = session, deadline, redact

    def run(self, statement: str) -> None:
        with _short_failures("Spark refused its settings", self._deadline, self._redact):
            self._session.sql(statement)

    def columns(self, query: str) -> Sequence[str]:
        with _short_failures("the query failed", self._deadline, self._redact):
            return list(self._session.sql(query).columns)

    def rows(self, script: Script) -> Sequence[Mapping[str, object]]:
        """Return the rows of a script; the workers hold its first relations until the session ends."""
        with _short_failures("the query failed", self._deadline, self._redact):
            for name, query in script.first:
                self._deadline.check()
                self._session.sql(query).localCheckpoint().createOrReplaceTempView(name)
            self._deadline.check()
            return [row.asDict() for row in self._session.sql(script.rows).collect()]


@contextmanager
def _short_failures(
    what: str, deadline: Deadline, redact: Callable[[str], str], failure: type[SourceFailed] = SourceFailed
) -> Iterator[None]:
    """Raise the errors of Spark, which go on for pages, as failures of one sentence."""
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        failure = SourceFailed if any(status in str(error) for status in _REFUSED) else failure
        raise deadline.failure() or failure(redact(f"{what}: {_message(error)}")) from None


def _message(error: PySparkException) -> str:
    """Return the first line of Spark's message, or that of the connection."""
    details = _DETAILS.search(str(error))
    return details[1] if details else str(error).partition("\n")[0]


def _interrupt(session: SparkSession) -> None:
    """Stop what the server does for the session, if it can be reached."""
    from pyspark.errors import PySparkException

    with suppress(PySparkException):
        session.interruptAll()


def secrets(url: SecretStr) -> Iterator[str]:
    """Yield every parameter of the URL: `sc://host:port/;token=...;user_id=...`."""
    for parameter in url.get_secret_value().split(";")[1:]:
        yield parameter.partition("=")[2]
