"""from an empty store to MRR with a million customers, against DuckDB reading the same files, and the ledger."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import duckdb
import psycopg
import yaml

from exporter.records.sql import literal, name
from tests.bench.result import NotMeasured, Result
from tests.measures.population import QUERIES, populate
from tests.servers.postgres import Postgres

CUSTOMERS = 1_000_000
ITEMS = 1_000_000
CHANGES = 10_000

LIMITS: Mapping[str, float] = {"parquet": 4, "csv": 5}
"""How many times the floor each format may take."""


def measure() -> Iterator[Result]:
    """Measure each kind of source in a process that does nothing else."""
    with TemporaryDirectory() as folder:
        for suffix, limit in LIMITS.items():
            yield from _files(Path(folder, suffix), suffix, limit)
        yield from _database(Path(folder, "postgresql"))


def _files(folder: Path, suffix: str, limit: float) -> Iterator[Result]:
    folder.mkdir()
    with duckdb.connect() as database:
        populate(database, CUSTOMERS)
        for table in QUERIES:
            target = literal(str(folder / f"{table}.{suffix}"))
            database.execute(f"COPY (SELECT {_filled(database, table)} FROM {table}) TO {target} (FORMAT {suffix})")
    tables = {table: {"path": f"{table}.{suffix}"} for table in QUERIES}
    taken = _taken(folder, {"type": "files", "timeout": "10m", "tables": tables}, suffix)
    floor = taken["floor"] + taken["ledger"]
    whole = taken["poll"] + taken["ledger"] + taken["evaluation"]
    yield Result(f"{suffix}: floor, the same files into typed tables, and the ledger", floor, "s")
    yield Result(f"{suffix}: the poll", taken["poll"], "s")
    yield Result(f"{suffix}: the evaluation of all KPIs", taken["evaluation"], "s")
    yield Result(f"{suffix}: from an empty store to MRR / floor", whole / floor, "", at_most=limit)
    yield Result(f"{suffix}: resident memory of the process at most", taken["memory"] / 1e6, "MB", at_most=1200)


def _database(folder: Path) -> Iterator[Result]:
    folder.mkdir()
    with Postgres() as server:
        _fill(server)
        query = "SELECT * FROM items"
        start = perf_counter()
        with psycopg.connect(server.dsn()) as connection, connection.cursor("fetched") as cursor:
            cursor.itersize = 1000
            for _ in cursor.execute(query):
                pass
        driver = perf_counter() - start
        table = {"query": query, "cursor": "updated_at"}
        source = {"type": "sql", "url": server.dsn(), "timeout": "10m", "tables": {"subscription_items": table}}
        taken = _taken(folder, source, "")
        yield Result(f"postgresql: {ITEMS:,} items fetched by the driver alone", driver, "s")
        yield Result("postgresql: the poll / the driver alone", taken["poll"] / driver, "", at_most=2)
        server.execute(f"UPDATE items SET quantity = quantity + 1, updated_at = now() WHERE number <= {CHANGES}")
        taken = _taken(folder, source, "")
        seconds = taken["poll"] + taken["ledger"] + taken["evaluation"]
        yield Result(f"postgresql: {CHANGES:,} changed items, from their poll to KPIs", seconds, "s", at_most=3)
        yield Result("postgresql: the evaluation of all KPIs, of it", taken["evaluation"], "s")


def _fill(server: Postgres) -> None:
    with duckdb.connect() as database, TemporaryDirectory() as folder:
        populate(database, ITEMS // 2)
        path = Path(folder, "items.csv")
        columns = _filled(database, "subscription_items")
        selected = f"SELECT {columns} FROM subscription_items LIMIT {ITEMS}"
        database.execute(f"COPY ({selected}) TO {literal(str(path))} (FORMAT csv, HEADER false)")
        described = database.execute(f"DESCRIBE {selected}").fetchall()
        types = ", ".join(f"{name(str(column))} {kind}" for column, kind, *_ in described)
        server.execute(f"CREATE TABLE items ({types}, number bigserial, updated_at timestamptz)")
        copied = f"COPY items ({columns}) FROM STDIN (FORMAT csv)".encode()
        with (
            psycopg.connect(server.dsn()) as connection,
            connection.cursor() as cursor,
            cursor.copy(copied) as copy,
            path.open("rb") as file,
        ):
            while block := file.read(1_000_000):
                copy.write(block)
        server.execute("UPDATE items SET updated_at = timestamptz '2025-01-01' + number * interval '1 second'")


def _filled(database: duckdb.DuckDBPyConnection, table: str) -> str:
    """Return the columns of a table that have values."""
    columns = [str(column) for column, *_ in database.execute(f"DESCRIBE {table}").fetchall()]
    counted = database.execute(f"SELECT {', '.join(f'count({column})' for column in columns)} FROM {table}").fetchone()
    return ", ".join(column for column, count in zip(columns, counted or (), strict=True) if count)


def _taken(folder: Path, source: Mapping[str, object], suffix: str) -> dict[str, float]:
    document = {"extends": "managed-kubernetes", "company": "acme", "title": "Acme", "sources": {"billing": source}}
    (folder / "company.yaml").write_text(yaml.safe_dump(document))
    command = [sys.executable, "-m", "tests.bench.take_in", str(folder), suffix]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotMeasured(f"the process failed: {done.stderr.strip().splitlines()[-1:]}")
    seconds: dict[str, float] = json.loads(done.stdout)
    return seconds
