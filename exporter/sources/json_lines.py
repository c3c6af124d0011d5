"""Reads the rows of JSON Lines files; a broken line costs no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from exporter.sources.exact_json import parse_json
from exporter.sources.file_row import FileRow, UnreadableRow
from exporter.sources.text_lines import Lines, has_invalid_bytes, open_text, preview


def jsonl_rows(path: Path, encoding: str | None) -> Iterator[FileRow | UnreadableRow]:
    """Yield the object on each line, with exact numbers."""
    with open_text(path, encoding) as file:
        for number, line in enumerate(Lines(file, path.name), 1):
            if line.strip():
                values = None if has_invalid_bytes(line) else _object(line)
                place = f"{path.name}, line {number}"
                if values is None:
                    yield UnreadableRow(f"{place} is not an object: {preview(line)}")
                else:
                    yield FileRow(place, values)


def _object(line: str) -> Mapping[str, object] | None:
    try:
        value = parse_json(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
