"""From documents to files, and from files to blocks of Prometheus's database, which promtool makes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from exporter.analysis.backfill.openmetrics import END
from exporter.analysis.backfill.request import WINDOW

BLOCKS = "blocks"
DOCUMENTS = "openmetrics"

_END = END.encode()


class Incomplete(Exception):
    """The text ended within a document."""


def write_documents(pieces: Iterable[bytes], folder: Path, windows: Iterable[Sequence[datetime]]) -> Iterator[Path]:
    """Write each document into a file that is called after its first day; the path of each as soon as it is whole."""
    folder.mkdir(parents=True)
    documents = _documents(pieces)
    for window, document in zip(windows, documents, strict=False):  # there are fewer where clocks differ
        path = folder / f"{window[0]:%Y-%m-%d}.om"
        with path.open("wb") as file:
            file.writelines(document)
        yield path


def _documents(pieces: Iterable[bytes]) -> Iterator[Iterator[bytes]]:
    """Yield the pieces of each document, which must be read before the next document is taken."""
    pending = iter(pieces)
    rest = next(pending, b"")

    def document() -> Iterator[bytes]:
        nonlocal rest
        while (end := rest.find(_END)) < 0:
            yield rest[: 1 - len(_END)]  # the mark may go on in the next piece
            following = next(pending, None)
            if following is None:
                raise Incomplete
            rest = rest[1 - len(_END) :] + following
        yield rest[: end + len(_END)]
        rest = rest[end + len(_END) :] or next(pending, b"")

    while rest:
        yield document()


def block_command(promtool: str, document: Path, blocks: Path) -> list[str]:
    """Return the command that makes blocks of a document.

    Without a length, blocks would be of two hours: thousands, in as many passes over the file.
    """
    length = f"--max-block-duration={int(WINDOW.total_seconds()) // 3600}h"
    return [promtool, "tsdb", "create-blocks-from", "openmetrics", length, str(document), str(blocks)]


def make_block(promtool: str, document: Path, blocks: Path) -> None:
    """Make the blocks of a document; raise `RuntimeError` with promtool's message."""
    command = block_command(promtool, document, blocks)
    process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - promtool from the user's PATH, which no shell starts
    if process.returncode:
        raise RuntimeError(f"promtool refuses {document}: {process.stderr.strip() or process.stdout.strip()}")
