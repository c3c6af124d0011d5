"""Whether the store keeps what it is given: what is wrong, since when, and which sources wait for it."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import duckdb

from exporter.records.condition_log import ConditionLog

_log = logging.getLogger(__name__)

FATAL = (duckdb.FatalException, duckdb.InternalException)
"""Errors after which the database answers nothing more until its file is opened anew."""

_DAMAGED = ("Corrupt database file", "Could not read enough bytes", "Could not read all bytes")
"""What the database says of a file that is not as it was written."""

_WORDS = sorted((os.strerror(number) for number in errno.errorcode), key=len, reverse=True)


class StoreFailed(Exception):
    """The store cannot be read or written now. The message is for people."""


def reason_of(error: Exception) -> str:
    """Return why the store failed: in the words of the system where they are there, else the first line."""
    return words_of_the_system(error) or (str(error).splitlines() or [type(error).__name__])[0][:300]


def words_of_the_system(error: Exception) -> str | None:
    """Return what the operating system said, such as `no space left on device`; None if it said nothing."""
    return next((each.lower() for each in _WORDS if each in str(error)), None)


def _is_of_the_file(error: duckdb.Error) -> bool:
    """Tell an error of the file from one of a statement; one of a commit is of the file where the system refused."""
    if isinstance(error, duckdb.TransactionException):
        return words_of_the_system(error) is not None
    return isinstance(error, (*FATAL, duckdb.IOException)) or _is_damage(error)


def _is_damage(error: Exception) -> bool:
    return any(words in str(error) for words in _DAMAGED)


@dataclass(frozen=True)
class StoreStatus:
    """The state of a store: what is wrong, if anything is, and bytes, None where they are not known.

    `size` is what it takes of its disk, `free` what is left there.
    """

    fault: str | None = None
    size: int | None = None
    free: int | None = None


class StoreHealth:
    """What is wrong with a store. All methods may be called from any thread.

    A failure lasts until the store was written again and each source whose poll it could not keep was read again; that
    of a damaged file until the process ends.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._conditions = ConditionLog(_log, level=logging.ERROR)
        self._fault: str | None = None
        self._damaged = False
        self._waiting: set[tuple[str, str]] = set()

    @property
    def fault(self) -> str | None:
        """A sentence for people about what is wrong; None while the store keeps what it is given."""
        return self._fault

    @property
    def waiting(self) -> Collection[tuple[str, str]]:
        """The company and name of each source whose last poll could not be kept."""
        with self._lock:
            return frozenset(self._waiting)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note a failure of the database in the block, and raise it as `StoreFailed`."""
        try:
            yield
        except duckdb.Error as error:
            if not _is_of_the_file(error):
                raise
            raise self.failed(error) from error

    @contextmanager
    def keeping(self, company: str, source: str) -> Iterator[None]:
        """Note whether a poll of a source can be kept in the block."""
        try:
            yield
        except StoreFailed as failed:
            with self._lock:
                self._waiting.add((company, source))
                self._fault = self._fault or str(failed)  # if the store was written since
            raise

    def note_kept(self, company: str, source: str) -> None:
        """Note that a poll of a source was kept."""
        with self._lock:
            self._waiting.discard((company, source))

    def note_damage(self, error: Exception) -> None:
        """Note an error that ended one measure, if it is one of a damaged file."""
        if _is_damage(error):
            self.failed(error)

    def failed(self, error: Exception) -> StoreFailed:
        """Note a failure, and return it for people."""
        reason = reason_of(error)
        with self._lock:
            if _is_damage(error) and not self._damaged:
                self._damaged = True
                self._fault = f"the record store is damaged: {reason}; stop the exporter and restore a copy of the file"
            elif not self._damaged:
                self._fault = f"the record store can keep nothing: {reason}"
            fault = self._fault or reason
            self._conditions.begin(str(self._path), fault)
        return StoreFailed(fault)

    def written(self, sources: Collection[tuple[str, str]]) -> None:
        """Note that the store can be written again; `sources` are those that are polled now."""
        with self._lock:
            self._waiting &= set(sources)
            if not self._waiting and not self._damaged and self._fault is not None:
                self._fault = None
                self._conditions.end(str(self._path), "the record store keeps what it is given again")
