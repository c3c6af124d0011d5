"""What the store knows of the polls of each source: outcomes and their dates, and what each table got from them."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TypeVar

import duckdb

from exporter.records.database_file import DatabaseFile
from exporter.records.database_schema import ANSWERS, DatabaseSchema
from exporter.records.poll_facts import PollFacts
from exporter.records.sql import literals, micros
from exporter.records.state import (
    EstimatedTable,
    Held,
    Rejected,
    SourceState,
    estimated,
    fillers,
    held,
    rejected,
    states,
)
from exporter.records.table_versions import Versions, note_loss, table_versions

_T = TypeVar("_T")
_STATES = "states"


class PollingState:
    """Reads and writes the tables of polls; what was read is kept until they change.

    All methods may be called from any thread.
    """

    def __init__(self, database: DatabaseFile, layout: DatabaseSchema) -> None:
        self._database = database
        self._layout = layout
        self._facts = PollFacts()
        self._doubted: dict[tuple[str, str], datetime | None] = {}

    @contextmanager
    def writing(self, company: str) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a cursor in a transaction that may change what is known of a company's polls, which wait for its end."""
        with self._database.writing() as cursor:
            yield cursor
        self.forget(company)

    def failed(self, company: str, source: str, at: datetime, message: str) -> None:
        """Record that a poll failed; the last success, the cursor and all records stay."""
        with self.writing(company) as cursor:
            cursor.execute(
                f"INSERT INTO {self._layout.polls('sources')} (company, source, last_attempt, error, cursor) "
                "VALUES (?, ?, make_timestamptz(?), ?, '{}') "
                "ON CONFLICT DO UPDATE SET last_attempt = excluded.last_attempt, error = excluded.error",
                [company, source, micros(at), message],
            )

    @property
    def doubted(self) -> Mapping[tuple[str, str], datetime | None]:
        """The successes that are ignored, by company and source."""
        return dict(self._doubted)

    def doubt(self, company: str, source: str, success: datetime | None) -> None:
        """Ignore a success of this date, which is in the future; with None, ignore none."""
        self._doubted[company, source] = success

    def redate(self, company: str, source: str, was: datetime, at: datetime) -> None:
        """Change the date of a poll and of its answers, after the clock was set.

        The dates of tables that are held back move with the last successful poll.
        """
        with self.writing(company) as cursor:
            cursor.execute(
                f"UPDATE {self._layout.polls('held')} SET as_of = make_timestamptz(epoch_us(as_of) + $shift), "
                "since = make_timestamptz(epoch_us(since) + $shift) WHERE company = $company AND source = $source "
                f"AND EXISTS (FROM {self._layout.polls('sources')} AS polled WHERE polled.company = $company "
                "AND polled.source = $source AND last_success = make_timestamptz($was))",
                {"company": company, "source": source, "was": micros(was), "shift": micros(at) - micros(was)},
            )
            for table, column in (("sources", "last_success"), ("sources", "last_attempt"), ("answers", "asked_at")):
                cursor.execute(
                    f"UPDATE {self._layout.polls(table)} SET {column} = make_timestamptz($at) "
                    f"WHERE company = $company AND source = $source AND {column} = make_timestamptz($was)",
                    {"company": company, "source": source, "was": micros(was), "at": micros(at)},
                )
            cursor.execute(
                f"UPDATE {self._layout.polls('table_versions')} SET changed_at = make_timestamptz($at), "
                f"number = number + CAST(\"table\" = '{ANSWERS}' AS INTEGER) "
                "WHERE company = $company AND source = $source AND changed_at = make_timestamptz($was)",
                {"company": company, "source": source, "was": micros(was), "at": micros(at)},
            )

    def state(self, company: str) -> Mapping[str, SourceState]:
        """Return the state of each source that was ever polled, by name."""
        stored = self.cached(company, _STATES, states).items()
        return {source: state.doubting(self._doubted.get((company, source))) for source, state in stored}

    def note(self, company: str, source: str, state: SourceState) -> None:
        """Note the state of a source after a poll that changed nothing else."""

        def noted(stored: Mapping[str, SourceState]) -> Mapping[str, SourceState]:
            return {**stored, source: state}

        self._facts.replace(company, _STATES, noted)

    def forget(self, company: str) -> None:
        """Forget what was read of a company, of which something changed."""
        self._facts.drop(company)

    def changes(self, company: str) -> int:
        """Return a number that rises when more has changed of a company than when its sources were read last."""
        return self._facts.changes(company)

    def fillers(self, company: str) -> Mapping[str, Mapping[str, int]]:
        """Return the sources that ever delivered each canonical table, with their present numbers of rows."""
        return self.cached(company, "fillers", fillers)

    def versions(self, company: str) -> Versions:
        """Return the versions of the tables of a company, by source and table."""
        return self.cached(company, "versions", table_versions)

    def cached(
        self, company: str, kind: str, read: Callable[[duckdb.DuckDBPyConnection, DatabaseSchema, str], _T]
    ) -> _T:
        """Return what the tables of polls have of a company, read anew only after they changed."""

        def anew() -> _T:
            with self._database.cursor() as cursor:
                return read(cursor, self._layout, company)

        return self._facts.get(company, kind, anew)

    def remembered(self, company: str, source: str, keys: Collection[str]) -> Mapping[str, str]:
        """Return the texts that a source remembers of these keys."""
        with self._database.cursor() as cursor:
            rows = cursor.execute(
                f"SELECT key, text FROM {self._layout.polls('remembered')} "
                "WHERE company = ? AND source = ? AND key IN (SELECT unnest(?::VARCHAR[]))",
                [company, source, list(keys)],
            ).fetchall()
        return dict(rows)

    def estimated(self, company: str) -> list[EstimatedTable]:
        """Return the tables of which rows before an instant are estimated."""
        return self.cached(company, "estimated", estimated)

    def rejected(self, company: str, examples: int = 20) -> list[Rejected]:
        """Return the bad rows that no later poll corrected, per source and table; `examples` is at least 1."""
        return self.cached(company, f"rejected {examples}", partial(rejected, examples=examples))

    def held(self, company: str) -> list[Held]:
        """Return the tables that are held back, by source and table."""
        return self.cached(company, "held", held)

    def accept(self, company: str, source: str, table: str | None = None) -> list[Held]:
        """Let the next poll remove as many rows as are missing now, from one table of a source or from all held back.

        Returns:
            The tables that it concerns.

        Raises:
            ValueError: No table of that source, or not that table, is held back.
        """
        waiting = self.held(company)
        chosen = [held for held in waiting if held.source == source and table in (None, held.table)]
        if not chosen:
            others = ", ".join(f"{held.source} {held.table}" for held in waiting) or "nothing"
            what = f"{source} {table}" if table else f"no table of {source}"
            raise ValueError(f"{company}: {what} is {'not ' if table else ''}held back; there is {others}")
        with self.writing(company) as cursor:
            cursor.execute(
                f"UPDATE {self._layout.polls('held')} SET accepted = true "
                f'WHERE company = ? AND source = ? AND "table" IN {literals(held.table for held in chosen)}',
                [company, source],
            )
        return chosen

    def thin_answers(self, company: str, source: str, oldest: datetime, before: datetime, step: float) -> None:
        """Drop a source's answers of before `oldest`, and thin those of before `before` to one per `step` seconds."""
        answers = self._layout.polls("answers")
        owned = "company = $company AND source = $source AND asked_at < make_timestamptz($before)"
        with self.writing(company) as cursor:
            cursor.execute(
                f"DELETE FROM {answers} WHERE {owned} AND (asked_at < make_timestamptz($oldest) "
                "OR (measure, asked_at) NOT IN (SELECT (measure, max(asked_at)) "
                f"FROM {answers} WHERE {owned} GROUP BY measure, floor(epoch(asked_at) / $step)))",
                {
                    "company": company,
                    "source": source,
                    "oldest": micros(oldest),
                    "before": micros(before),
                    "step": step,
                },
            )
            note_loss(cursor, self._layout, company, source, ANSWERS)
