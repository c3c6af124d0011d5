"""Reads a workbook in a process of its own: a file of a few kilobytes may claim to have billions of cells.

It is run as a script, and imports nothing of this program, so that it starts in a moment.
"""

import pickle
import resource
import sys
from collections.abc import Sequence

MEMORY = 1_000_000_000
"""Bytes that the process may take; a million cells take about a tenth of it."""

CPU_SECONDS = 60


def main(path: str, only: str | None = None) -> None:
    """Write the cells of each sheet by its name, or a sentence, to standard output, in Python's own format.

    Args:
        path: The workbook.
        only: The only sheet to be read.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineError, CalamineWorkbook  # within the limits

    answer: dict[str, Sequence[Sequence[object]]] | str
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            names = workbook.sheet_names
            if only is not None and only not in names:
                answer = f"has no sheet {only!r}; it has {', '.join(names)}"
            else:
                wanted = names if only is None else [only]
                sheets = {name: workbook.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in wanted}
                answer = {name: [_without_empty_end(row) for row in rows] for name, rows in sheets.items()}
    except (CalamineError, OSError):
        answer = "is not a workbook that can be read"
    sys.stdout.buffer.write(pickle.dumps(answer))


def _without_empty_end(row: Sequence[object]) -> Sequence[object]:
    end = len(row)
    while end and row[end - 1] == "":
        end -= 1
    return row[:end]


if __name__ == "__main__":
    main(*sys.argv[1:])
