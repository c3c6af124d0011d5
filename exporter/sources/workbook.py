"""The rows of a sheet of a workbook: Excel's .xlsx, .xls and .xlsb, and OpenDocument's .ods."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from pathlib import Path

from exporter.records.batch import SourceFailed
from exporter.sources import workbook_process
from exporter.sources.cell_range import CellRange
from exporter.sources.file_row import FileRow

MOST_SECONDS = 90


def sheet_rows(
    path: Path, sheet: str | None, cells: str | None, skip_rows: int
) -> tuple[Sequence[str], Iterator[FileRow]]:
    """Return the names in the header, and each row below it that is not empty, by these names.

    Args:
        path: The workbook.
        sheet: The name of the sheet; the first if None.
        cells: The range that holds header and rows; all of the sheet if None.
        skip_rows: Rows above the header, counted within the range.

    Raises:
        SourceFailed: If the file cannot be read, or has no such sheet or header.
    """
    rows, first_row = _range(path, sheet, cells)
    where = f"{path.name}, sheet {sheet}" if sheet else path.name
    if len(rows) <= skip_rows or not any(cell not in ("", None) for cell in rows[skip_rows]):
        raise SourceFailed(f"{where} has no header in row {first_row + skip_rows}; write `skip_rows` or `cells`")
    header = [str(cell).strip() for cell in rows[skip_rows]]
    while header and not header[-1]:
        header.pop()
    return header, _named(rows[skip_rows + 1 :], header, where, first_row + skip_rows + 1)


def _named(rows: Sequence[Sequence[object]], header: Sequence[str], where: str, first: int) -> Iterator[FileRow]:
    for number, row in enumerate(rows, first):
        values = [_value(cell) for cell in row[: len(header)]]
        if any(value is not None for value in values):
            yield FileRow(
                f"{where}, row {number}", {name: value for name, value in zip(header, values, strict=False) if name}
            )


def read_sheets(path: Path, only: str | None = None) -> Mapping[str, Sequence[Sequence[object]]]:
    """Return the cells of each sheet by its name, in the workbook's order; of `only` one if it is named.

    An empty cell is an empty text, or is missing at the end of its row. Every sheet begins with its cell A1. The file
    is read in a process of its own, so that whatever it holds costs its source a poll at most.

    Raises:
        SourceFailed: If the file cannot be read, takes too much to be read, or has no such sheet.
    """
    command = [sys.executable, "-I", workbook_process.__file__, str(path), *([] if only is None else [only])]
    try:
        process = subprocess.run(command, capture_output=True, timeout=MOST_SECONDS, check=False)  # noqa: S603 - a script of this package, which no shell starts
    except subprocess.TimeoutExpired:
        raise SourceFailed(f"{path.name} cannot be read within {MOST_SECONDS} seconds") from None
    if process.returncode:
        raise SourceFailed(
            f"{path.name} takes more than {workbook_process.MEMORY / 1e9:g} GB of memory or "
            f"{workbook_process.CPU_SECONDS} seconds to be read; delete the empty rows and columns up to its last "
            "cell, or export the sheet as CSV"
        )
    answer: Mapping[str, Sequence[Sequence[object]]] | str = pickle.loads(process.stdout)  # noqa: S301 - written by that script, from texts and numbers of the file
    if isinstance(answer, str):
        raise SourceFailed(f"{path.name} {answer}")
    return answer


def _range(path: Path, sheet: str | None, cells: str | None) -> tuple[Sequence[Sequence[object]], int]:
    """Return the rows of a sheet or of a range of it, and the number of the first."""
    rows = next(iter(read_sheets(path, sheet).values()))
    if cells is None:
        return rows, 1
    area = CellRange.parse(cells)
    return [row[area.left : area.right + 1] for row in rows[area.top - 1 : area.bottom or len(rows)]], area.top


def _value(cell: object) -> object:
    """Return what a cell holds: a number exactly as it is shown in full, a day without a time as a date."""
    match cell:
        case "":
            return None
        case bool() | str() | date():
            return cell
        case float():
            return int(cell) if cell.is_integer() else Decimal(repr(cell))
        case time() | timedelta():
            return str(cell)
        case _:
            return cell
