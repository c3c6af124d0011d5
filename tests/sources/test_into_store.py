"""What sources give, the store takes: types survive, and broken lines are set aside rather than lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter.records.store import Store
from tests.servers.postgres import Postgres
from tests.support.source_polls import options, poll_into_store, stored_texts


def test_broken_lines_are_set_aside_and_the_others_kept(store: Store, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text(
        'lead_id,created_at\na,2026-01-01 00:00\nb\nc,"2026-01-02\nd,2026-07-01T00:00:00Z\n'
    )
    poll_into_store(
        store, options("files", tmp_path, tables={"leads": {"path": "leads.csv", "may_reject": "50%"}}).build("source")
    )
    assert stored_texts(store, "SELECT lead_id, created_at FROM leads ORDER BY lead_id") == [
        ("a", "2025-12-31 23:00:00+00"),
        ("d", "2026-07-01 00:00:00+00"),
    ]
    (rejected,) = store.polls.rejected("acme")
    assert (rejected.table, rejected.count) == ("leads", 2)
    assert "leads.csv, line 3 has another number of fields (1) than the header (2): b" in {
        example.reason for example in rejected.examples
    }


@pytest.mark.integration
def test_what_a_database_gives_arrives_as_what_it_was(store: Store, postgres: Postgres) -> None:
    query = """SELECT 1 AS deal_id, 12345678901234567.10 AS amount, 'EUR' AS currency,
        timestamptz '2026-01-01 00:00:00.000001+02' AS created_at, timestamp '2026-07-01 00:00' AS closed_at,
        date '2026-02-01' AS expected_close_on, true AS won"""
    poll_into_store(store, options("sql", url=postgres.dsn(), tables={"deals": {"query": query}}).build("source"))
    columns = "deal_id, amount, created_at, closed_at, expected_close_on, won, kind, customer_id"
    assert stored_texts(store, f"SELECT {columns} FROM deals") == [
        (
            "1",
            "12345678901234567.10000000",
            "2025-12-31 22:00:00.000001+00",
            "2026-06-30 22:00:00+00",
            "2026-02-01",
            "true",
            "new",
            None,
        )
    ]
    assert store.polls.rejected("acme") == []
