"""Writers of a company's files: CSV, JSON Lines or Parquet by the suffix, each put into place whole."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from string import Template

import duckdb

from exporter.demo.kit.rows import Rows

COMPANY_FILE = "company.yaml"


def write_company(folder: Path, tables: Mapping[str, Rows], package: str, **values: object) -> Path:
    """Write each table to its path below the folder, and the company file from the template in a package.

    `values` fill the template. Returns the path of the company file. A reader sees each file whole.
    """
    for path, rows in tables.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write_rows(folder / path, rows)
    template = Template((files(package) / f"{COMPANY_FILE}.template").read_text(encoding="utf-8"))
    company = folder / COMPANY_FILE
    unfinished = company.with_name(f".{COMPANY_FILE}.part")
    unfinished.write_text(template.substitute(values), encoding="utf-8")
    return unfinished.replace(company)


def write_rows(path: Path, rows: Rows) -> None:
    """Write rows of the same columns, of which there is at least one. A reader sees the old file or the new one."""
    unfinished = path.with_name(f".{path.name}.part")
    {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}[path.suffix](unfinished, rows)
    unfinished.replace(path)


def as_text(value: object) -> str | None:
    """Print a value as a system would: instants in UTC, to the second."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _csv(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows([as_text(value) for value in row.values()] for row in rows)


def _jsonl(path: Path, rows: Rows) -> None:
    lines = (json.dumps(row, default=_json, separators=(",", ":")) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _json(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else as_text(value)


def _parquet(path: Path, rows: Rows) -> None:
    """Write every column as text, as exports for a data lake often do."""
    columns = [[as_text(row[name]) for row in rows] for name in rows[0]]
    selected = ", ".join(f'unnest(?::VARCHAR[]) AS "{name}"' for name in rows[0])
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(f"CREATE TABLE rows AS SELECT {selected}", columns)
        connection.execute("COPY rows TO $path (FORMAT parquet, COMPRESSION zstd)", {"path": str(path)})
