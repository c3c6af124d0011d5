"""Rows of PostgreSQL that are copied as a set: the same texts as those of rows that are read singly."""

from __future__ import annotations

import pytest

from exporter.sources.row_sets import postgres_copy
from tests.servers.postgres import Postgres
from tests.support.source_polls import options, poll

VALUES = {
    "text": ["a", "", " x ", "a\tb\\n", "\\N", "line\nbreak\r\n", "ünï", "\u00a0", '"', "\x1f"],
    "bpchar(3)": ["a", "", " é"],
    "numeric": ["1.50", "0.00000000", "NaN", "-0.0000001", "1e30", "12345678901234567890.123"],
    "float8": ["1", "0.1", "1e20", "1e-7", "NaN", "-Infinity", "123456789012345680"],
    "float4": ["1", "0.1", "1e20"],
    "int8": ["-1", "0", "9223372036854775807"],
    "bool": ["true", "false"],
    "date": ["2026-01-31", "infinity", "0044-03-15 BC", "12026-01-01"],
    "timestamp": ["2026-01-31 10:00:00", "2026-01-31 10:00:00.5", "-infinity", "2026-01-31 24:00"],
    "timestamptz": ["2026-01-31 10:00:00+05:45", "2026-01-31 10:00:00.000001Z", "1850-01-01", "infinity"],
    "time": ["10:00", "24:00"],
    "interval": ["1 month", "1 day 02:00"],
    "uuid": ["A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    "jsonb": ['{"a": [1, 2.50, null]}', '"text"', "null", "12"],
    "text[]": ["{a,b}", "{}"],
    "bytea": ["\\x01", "\\xff00"],
    "inet": ["10.0.0.1"],
}
"""By type, values that it prints in one way or another."""

ZONES = ("UTC", "Asia/Kathmandu", "America/New_York")


@pytest.mark.parametrize("zone", ZONES)
def test_a_value_of_any_type_is_the_same_as_a_set_as_row_by_row(postgres: Postgres, zone: str) -> None:
    url = f"{postgres.dsn()}?options=-c%20TimeZone%3D{zone.replace('/', '%2F')}"
    for type_, values in VALUES.items():
        written = ", ".join("(E'" + value.replace("\\", "\\\\").replace("'", "''") + f"'::{type_})" for value in values)
        query = f"SELECT v AS lead_id, v AS source, v AS created_at FROM (VALUES {written}, (NULL)) AS given (v)"
        rows = poll(options("sql", url=url, tables={"leads": {"query": query}}).build("crm")).rows["leads"]
        assert len(rows) == len(values) + 1, type_


def test_many_parts_are_one_set_with_its_position(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_copy, "_PART", 1_000)
    query = "SELECT n AS lead_id, '2026-01-01' AS created_at, nullif(n, 2000) AS seen FROM generate_series(1, 2000) n"
    table = {"query": query, "cursor": "seen"}
    cursor: dict[str, str] = {}
    rows = poll(options("sql", url=postgres.dsn(), tables={"leads": table}).build("crm"), cursor).rows["leads"]
    assert len(rows) == 2000
    assert '"1999"' in cursor["leads"] or "1999" in cursor["leads"]


@pytest.mark.parametrize("length", [999_500, 1_000_100, 2_500_000])
def test_a_row_is_too_long_from_the_same_length(postgres: Postgres, length: int) -> None:
    query = f"SELECT repeat('x', n) AS lead_id, '2026-01-01' AS created_at FROM (VALUES (1), ({length}), (3)) AS v (n)"
    assert (
        len(poll(options("sql", url=postgres.dsn(), tables={"leads": {"query": query}}).build("crm")).rows["leads"])
        == 3
    )
