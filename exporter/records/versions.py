"""Versions of rows: what a versioned table held, from when it was learnt until it was superseded."""

# ruff: noqa: S608 - names come from the schema and are quoted, values are parameters or quoted literals

from __future__ import annotations

from dataclasses import dataclass

from exporter.records.database_schema import DatabaseSchema
from exporter.records.schema import Table
from exporter.records.sql import name, names

_OWNED = "company = $company AND source = $source"


@dataclass(frozen=True)
class Versions:
    """The statements that merge one poll into a versioned table; they use $company, $source and $at.

    A version is believed from `recorded_at`, which is the row's `learnt_at` or else the time of the poll, until just
    before `superseded_at`. The last version is the record, earlier ones are history. Polls may deliver versions in any
    order: their times decide.
    """

    layout: DatabaseSchema
    table: Table

    def fresh(self, staged: str) -> str:
        """Return the query of the poll's new versions: other content, or a version learnt at another time.

        A row that was removed and is delivered again, with nothing learnt since, is believed again from now on.
        """
        present, past = self.layout.records(self.table.name), self.layout.history(self.table.name)
        newer = f"EXISTS (FROM {staged} AS later WHERE {self._same('later')} AND later.learnt_at > given.learnt_at)"
        known_before = f"EXISTS (FROM {past} AS past WHERE {_OWNED} AND {self._same('past', whole=True)})"
        current = f"EXISTS (FROM {present} AS present WHERE {_OWNED} AND {self._same('present')})"
        return (
            f"SELECT {names(self.table.column_names)}, "
            f"CASE WHEN learnt_at IS NULL OR {known_before} THEN make_timestamptz($at) ELSE learnt_at END "
            "AS recorded_at "
            f"FROM {staged} AS given WHERE reason IS NULL "
            f"AND NOT EXISTS (FROM {present} AS present WHERE {_OWNED} AND {self._same('present', whole=True)}) "
            f"AND (learnt_at IS NULL OR NOT {known_before} OR NOT ({newer} OR {current}))"
        )

    def follow(self, fresh: str) -> str:
        """Return the statement that dates new versions after the ones they replace, where the clock was set back."""
        present, past = self.layout.records(self.table.name), self.layout.history(self.table.name)
        key = names(self.table.key)
        return (
            f"UPDATE {fresh} AS given SET recorded_at = later.believed + INTERVAL 1 MICROSECOND FROM ("
            f"SELECT {key}, max(believed) AS believed FROM ("
            f"SELECT {key}, recorded_at AS believed FROM {present} WHERE {_OWNED} "
            f"UNION ALL SELECT {key}, superseded_at FROM {past} WHERE {_OWNED}) "
            "WHERE believed > make_timestamptz($at) GROUP BY ALL) AS later "
            f"WHERE {self._same('later')} AND given.recorded_at = make_timestamptz($at)"
        )

    def touch(self, fresh: str, gone: str | None) -> str:
        """Return the statement that records the customers whose rows are about to change, for the ledger's refresh."""
        present = self.layout.records(self.table.name)
        or_gone = "" if gone is None else f" OR ({gone})"
        return (
            f"INSERT INTO {self.layout.polls('changed_customers')} (company, customer_id) "
            f"SELECT $company, customer_id FROM (SELECT customer_id FROM {fresh} UNION SELECT customer_id "
            f"FROM {present} AS present WHERE {_OWNED} AND (EXISTS (FROM {fresh} AS given "
            f"WHERE {self._same('present')}){or_gone})) AS moved WHERE NOT EXISTS "
            f"(FROM {self.layout.polls('changed_customers')} AS noted WHERE noted.company = $company "
            "AND noted.customer_id = moved.customer_id)"
        )

    def remove(self, gone: str) -> tuple[str, str]:
        """Return the statements that move the rows which are gone from the records to the history.

        `gone` is the condition on a row called `present`.
        """
        present, past = self.layout.records(self.table.name), self.layout.history(self.table.name)
        gone = f"{_OWNED} AND {gone}"
        columns = f"company, source, {names(self.table.column_names)}, recorded_at"
        return (
            f"INSERT INTO {past} ({columns}, superseded_at) "
            f"SELECT {columns}, greatest(make_timestamptz($at), recorded_at + INTERVAL 1 MICROSECOND) "
            f"FROM {present} AS present WHERE {gone} AND recorded_at <> make_timestamptz($at)",
            f"DELETE FROM {present} AS present WHERE {gone}",
        )

    def earlier(self, fresh: str) -> str:
        """Return the relation of versions beside the first of a key in `fresh`; empty where each key is a new one."""
        present, past = self.layout.records(self.table.name), self.layout.history(self.table.name)
        has_key = f"EXISTS (FROM {fresh} AS given WHERE {self._same('version')})"
        return (
            f"FROM (SELECT 1 FROM {present} AS version WHERE {_OWNED} AND {has_key} "
            f"UNION ALL SELECT 1 FROM {past} AS version WHERE {_OWNED} AND {has_key} "
            f"UNION ALL SELECT 1 FROM {fresh} GROUP BY {names(self.table.key)} HAVING count(*) > 1)"
        )

    def begin(self, fresh: str) -> str:
        """Return the statement that stores the only version of each key in `fresh`."""
        columns = f"{names(self.table.column_names)}, recorded_at"
        return (
            f"INSERT INTO {self.layout.records(self.table.name)} (company, source, {columns}) "
            f"SELECT $company, $source, {columns} FROM {fresh}"
        )

    def timeline(self, fresh: str) -> str:
        """Return the query of every version of the keys in `fresh`, each until the next is learnt or it is removed."""
        present, past = self.layout.records(self.table.name), self.layout.history(self.table.name)
        columns = names(self.table.column_names)
        has_key = f"EXISTS (FROM {fresh} AS given WHERE {self._same('version')})"
        following = (
            f"lead(recorded_at) OVER (PARTITION BY {names(self.table.key)} ORDER BY recorded_at, place, "
            f"{names(self.table.column_names)})"
        )
        return (
            f"SELECT {columns}, recorded_at, least(superseded_at, {following}) AS superseded_at FROM ("
            f"SELECT {columns}, recorded_at, superseded_at, 1 AS place "
            f"FROM {past} AS version WHERE {_OWNED} AND {has_key} "
            f"UNION ALL SELECT {columns}, recorded_at, NULL, 2 FROM {present} AS version WHERE {_OWNED} AND {has_key} "
            f"UNION ALL SELECT {columns}, recorded_at, NULL, 3 FROM {fresh})"
        )

    def replace(self, fresh: str, timeline: str) -> tuple[str, ...]:
        """Return the statements that store the timeline of the keys in `fresh`, without versions of no duration."""
        present, past = self.layout.records(self.table.name), self.layout.history(self.table.name)
        columns = f"{names(self.table.column_names)}, recorded_at"
        delete = (
            f"DELETE FROM {where} AS version USING {fresh} AS given WHERE {_OWNED} AND {self._same('version')}"
            for where in (present, past)
        )
        return (
            *delete,
            f"INSERT INTO {present} (company, source, {columns}) "
            f"SELECT $company, $source, {columns} FROM {timeline} WHERE superseded_at IS NULL",
            f"INSERT INTO {past} (company, source, {columns}, superseded_at) "
            f"SELECT $company, $source, {columns}, superseded_at FROM {timeline} WHERE superseded_at > recorded_at",
        )

    def _same(self, of: str, whole: bool = False) -> str:
        """Return the condition that a row has the key, or the whole content, of the row called `given`."""
        if not whole:
            return " AND ".join(f"{of}.{name(part)} = given.{name(part)}" for part in self.table.key)
        return " AND ".join(
            f"{of}.{name(part)} IS NOT DISTINCT FROM given.{name(part)}" for part in self.table.column_names
        )
