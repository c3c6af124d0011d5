"""Rows of files that are read as a set: the same texts, faults and failures as those of rows that are read singly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records.batch import SourceFailed
from exporter.sources import csv_records
from tests.support.examples import examples
from tests.support.source_polls import options, poll

TABLE = "subscription_items"
COLUMNS = (
    "item_id",
    "customer_id",
    "subscription_id",
    "status",
    "quantity",
    "unit_amount",
    "interval_count",
    "starts_at",
)

NUMBERS = (
    "1",
    "0.00000000",
    "-12.50",
    "1,5",
    "1.234",
    "1 234,50",
    "1e5",
    "0.0000001",
    "1_000",
    "x",
    "٣",
    "true",
    "+.5",
)
TIMES = (
    *("2026-01-31", "2026-01-31T10:00:00Z", "31.01.2026", "20260131", "1767225600", "1767225600000", "1767225600123"),
    *("0000-00-00", "2026-02-30", "infinity", "Jan 5, 2026", "12345678901", "99999999999999", "0"),
)
TEXTS = (
    "a",
    "",
    " ",
    "\u00a0",
    "é",
    " é ",
    "x\x1fy",
    "active",
    "Aktiv",
    "Ünbekannt",
    "\u3000b",
    "🦆",
    "\x85",
    "a\x00b",
    "-",
)
SIGNS = ("", ",", ";", '"', "\n", "\r", "\r\n", '""', " ")

GOOD = ("i1", "c1", "s1", "active", "1.50", "2.50", "3", "2026-01-31")
"""A value of each of `COLUMNS`; one number in another dialect refuses the file, so most rows have none."""

odd_fields = st.sampled_from([*NUMBERS, *TIMES, *TEXTS]) | st.text(max_size=4)
rows = st.tuples(*(st.sampled_from([good] * 9 + [""]) for good in GOOD)).flatmap(
    lambda row: st.tuples(st.just(row), st.integers(-3, len(row) - 1), odd_fields).map(
        lambda drawn: [drawn[2] if place == drawn[1] else text for place, text in enumerate(drawn[0])]
    )
)


@st.composite
def written(draw: st.DrawFn, delimiter: str) -> str:
    """Return the text of a file of which most lines are good."""
    lines = [delimiter.join(COLUMNS)]
    for row in draw(st.lists(rows, max_size=6)):
        quoted = draw(st.booleans())
        texts = [f'"{field.replace(chr(34), chr(34) * 2)}"' if quoted else field for field in row]
        lines.append(delimiter.join(texts) + draw(st.sampled_from(["", "", "", *SIGNS])))
    return draw(st.sampled_from(["\n", "\r\n", "\r"])).join(lines) + draw(st.sampled_from(["", "\n", "\n\n"]))


dialects = st.fixed_dictionaries(
    {},
    optional={
        "encoding": st.sampled_from(["utf-8", "cp1252", "utf-16"]),
        "decimal": st.sampled_from([".", ","]),
        "date_format": st.sampled_from(["%d.%m.%Y", "epoch", "epoch_ms", "%Y-%m-%dT%H:%M:%SZ"[:-1]]),
    },
)
mappings = st.fixed_dictionaries(
    {},
    optional={
        "values": st.sampled_from([{"status": {"Aktiv": "active", "": "paused"}}, {"customer_id": {"a": "b"}}]),
        "constants": st.sampled_from([{"currency": "EUR"}, {"plan": " pro "}, {"product": ""}]),
        "columns": st.sampled_from([{"line_id": "item_id"}, {"ends_at": "starts_at", "tax_rate": "quantity"}]),
    },
)


def read(folder: Path, path: str, section: Mapping[str, Any]) -> None:
    """Poll, which compares both ways; a failure is the same for both."""
    try:
        poll(options("files", folder, tables={TABLE: {"path": path, **section}}).build("files"))
    except SourceFailed:
        return


@examples(40, shared_fixtures=True)
@given(data=st.data(), delimiter=st.sampled_from([",", ";", "\t"]), dialect=dialects, mapping=mappings)
def test_csv_is_the_same_in_blocks_as_row_by_row(
    tmp_path: Path, data: st.DataObject, delimiter: str, dialect: dict[str, str], mapping: dict[str, Any]
) -> None:
    text = data.draw(written(delimiter))
    encoding = data.draw(st.sampled_from(["utf-8", dialect.get("encoding", "utf-8")]))
    (tmp_path / "items.csv").write_bytes(text.encode(encoding, errors="replace"))
    length = csv_records.BLOCK
    csv_records.BLOCK = data.draw(st.sampled_from([1, 60, 500, length]))
    try:
        read(tmp_path, "items.csv", {"delimiter": delimiter, **dialect, **mapping})
    finally:
        csv_records.BLOCK = length


TYPES: Mapping[str, Sequence[object]] = {
    "VARCHAR": [*TEXTS, *NUMBERS, *TIMES, None],
    "DOUBLE": [1.0, 1e20, 1e-7, 0.1, 123456789012345678.0, float("nan"), float("inf"), 1767225600.0, None],
    "DECIMAL(38,10)": [0, 1, 12.5, 1e-10, None],
    "DECIMAL(10,2)": [0, 12.5, None],
    "BIGINT": [0, 7, 1767225600, 1767225600000, None],
    "TIMESTAMPTZ": ["2026-01-31 10:00:00.5+05", "infinity", "20000-01-01", None],
    "TIMESTAMP": ["2026-01-31 10:00:00", None],
    "DATE": ["2026-01-31", "0001-01-01", None],
    "BOOLEAN": [True, False, None],
    "BLOB": ["abc", "\\x00\\xFF", "", None],
    "VARCHAR[]": [["a"], [], [" "], None],
}


@examples(15, shared_fixtures=True)
@given(data=st.data(), dialect=dialects, mapping=mappings)
def test_parquet_of_any_types_is_the_same_as_a_set_as_row_by_row(
    tmp_path: Path, data: st.DataObject, dialect: dict[str, str], mapping: dict[str, Any]
) -> None:
    dialect.pop("encoding", None)
    kinds = {column: data.draw(st.sampled_from(sorted(TYPES))) for column in COLUMNS}
    rows = [[data.draw(st.sampled_from(TYPES[kind])) for kind in kinds.values()] for _ in range(3)]
    with duckdb.connect() as connection:
        columns = ", ".join(f"{column} {kind}" for column, kind in kinds.items())
        connection.execute(f"CREATE TABLE items ({columns})")
        for row in rows:
            connection.execute(f"INSERT INTO items VALUES ({', '.join('?' * len(row))})", row)
        connection.execute(f"COPY items TO '{tmp_path}/items.parquet' (FORMAT parquet)")
    read(tmp_path, "items.parquet", {**dialect, **mapping})


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("section", [{}, {"constants": {"currency": "EUR"}}, {"columns": {"line_id": "item_id"}}])
def test_columns_of_each_type_are_read_beside_a_mapping(tmp_path: Path, kind: str, section: dict[str, Any]) -> None:
    with duckdb.connect() as connection:
        columns = ", ".join(f"unnest($values::{kind}[]) AS {column}" for column in COLUMNS)
        connection.execute(f"CREATE TABLE items AS SELECT {columns}", {"values": TYPES[kind]})
        connection.execute(f"COPY items TO '{tmp_path}/items.parquet' (FORMAT parquet)")
    read(tmp_path, "items.parquet", section)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("length", [100_000, 166_000, 999_500, 1_000_100])
@pytest.mark.parametrize("sign", ["x", "é"])
def test_a_row_is_too_long_from_the_same_length(tmp_path: Path, suffix: str, length: int, sign: str) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE leads AS SELECT unnest(['a', repeat($sign, $length), 'b']) AS lead_id, "
            "'2026-01-01' AS created_at",
            {"sign": sign, "length": length},
        )
        connection.execute(f"COPY leads TO '{tmp_path}/leads.{suffix}' (FORMAT {suffix})")
    poll(options("files", tmp_path, tables={"leads": {"path": f"leads.{suffix}"}}).build("files"))
