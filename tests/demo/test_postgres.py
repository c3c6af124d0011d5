"""The same company in a PostgreSQL: read through SQL, every KPI is what it is when read from files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import sql

from exporter.demo.kit.files import as_text
from exporter.demo.kit.rows import Rows
from exporter.demo.managed_kubernetes.simulation import write
from exporter.kpis.reading import CompanyReading
from exporter.records.store import Store
from tests.demo.simulations import NOW, exports, read
from tests.servers.postgres import Postgres

SCHEMA = "demo"
QUERIES = {
    "crm/deals.jsonl": """
        SELECT id AS deal_id, properties->>'company_id' AS customer_id, properties->>'contact_id' AS lead_id,
               CASE properties->>'dealtype' WHEN 'newbusiness' THEN 'new' ELSE 'expansion' END AS kind,
               properties->>'amount' AS amount, properties->>'createdate' AS created_at,
               properties->>'demo_date' AS demo_at, properties->>'closedate' AS expected_close_on,
               properties->>'closed_at' AS closed_at, properties->>'is_closed_won' AS won
        FROM demo."crm/deals.jsonl"
    """,
    "velero/backups.jsonl": """
        SELECT metadata->>'name' AS backup_id, metadata->'labels'->>'cluster' AS asset_id,
               status->>'completionTimestamp' AS finished_at, status->>'phase' = 'Completed' AS succeeded
        FROM demo."velero/backups.jsonl"
    """,
}

pytestmark = pytest.mark.integration


@pytest.fixture
def database_url(postgres: Postgres) -> Iterator[str]:
    """Load each export into a table of its name, and return the URL of the database."""
    with psycopg.connect(postgres.socket_dsn, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA demo")
        for path, rows in exports("managed-kubernetes").items():
            _load(connection, path, rows)
        yield postgres.dsn()
        connection.execute("DROP SCHEMA demo CASCADE")


def _load(connection: psycopg.Connection, path: str, rows: Rows) -> None:
    """Load nested values as jsonb and all others as text, which holds the mistakes of a system too."""
    table = sql.Identifier(SCHEMA, path)
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL("jsonb" if isinstance(value, Mapping) else "text"))
        for name, value in rows[0].items()
    ]
    connection.execute(sql.SQL("CREATE TABLE {} ({})").format(table, sql.SQL(", ").join(columns)))
    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(table)) as copy:
        for row in rows:
            copy.write_row([_cell(value) for value in row.values()])


def _cell(value: object) -> str | None:
    return json.dumps(value, default=as_text) if isinstance(value, Mapping) else as_text(value)


def _from_database(document: dict[str, Any], url: str) -> dict[str, Any]:
    """Replace each path of a company file by a query of the table of that name."""
    for source in document["sources"].values():
        source.update(type="sql", url=url)
        for table in source["tables"].values():
            path = table.pop("path")
            table["query"] = QUERIES.get(path, f'SELECT * FROM demo."{path}"')
            if path in QUERIES:
                del table["columns"]
    return document


def _read(file: Path, folder: Path) -> CompanyReading:
    folder.mkdir()
    store = Store(folder / "records.duckdb")
    try:
        return read(file, store, NOW)
    finally:
        store.close()


def test_every_kpi_is_the_same_from_a_database(database_url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "files", NOW)
    other = tmp_path / "database.yaml"
    other.write_text(yaml.safe_dump(_from_database(yaml.safe_load(file.read_text()), database_url), sort_keys=False))
    expected, actual = _read(file, tmp_path / "a"), _read(other, tmp_path / "b")
    assert [source.rejected for source in actual.sources] == [source.rejected for source in expected.sources]
    for one, two in zip(expected.kpis, actual.kpis, strict=True):
        assert (two.value, two.status, two.previous, two.breakdowns, two.plan) == (
            one.value,
            one.status,
            one.previous,
            one.breakdowns,
            one.plan,
        ), one.kpi.id
