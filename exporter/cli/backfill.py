"""Writing a backfill: documents of OpenMetrics, and blocks for Prometheus where promtool is there."""

from __future__ import annotations

import gc
import shlex
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from exporter.analysis.backfill.blocks import BLOCKS, DOCUMENTS, Incomplete, block_command, make_block, write_documents
from exporter.analysis.backfill.definition import BACKFILL
from exporter.analysis.backfill.request import span
from exporter.analysis.definition import Content
from exporter.analysis.parameters import RequestContext, Texts
from exporter.analysis.remote import Interrupted
from exporter.calendar.clock import utc_now


def write(answer: Callable[[], Content], texts: Texts, out: Path) -> None:
    """Write the answer into a new folder, and show how far it is."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise click.ClickException(f"{out} is there already; name a new folder")
    now = utc_now()
    request = BACKFILL.read({**texts, "company": ()}, RequestContext({}, now))
    windows = list(span(request, now).windows())
    pieces = answer().pieces
    # Of the millions of objects that follow none refers to itself, and to look for cycles takes a fifth of the time.
    gc.disable()
    promtool = shutil.which("promtool")
    label = f"{request.since} to {request.until or 'now'}"
    try:
        with (
            ThreadPoolExecutor(1) as pool,
            click.progressbar(
                write_documents(pieces, out / DOCUMENTS, windows), len(windows), label=label
            ) as documents,
        ):
            blocks = [pool.submit(make_block, promtool, path, out / BLOCKS) for path in documents if promtool]
            for block in blocks:
                block.result()
    except (Incomplete, Interrupted):
        raise click.ClickException("the exporter stopped in the middle of its answer; its log says why") from None
    except RuntimeError as error:
        raise click.ClickException(str(error)) from None
    click.echo(_next_step(out, with_blocks=bool(promtool)))


def _next_step(out: Path, *, with_blocks: bool) -> str:
    """Return where the files are, and what to do with them."""
    if with_blocks:
        return f"blocks are in {out / BLOCKS}; move them into the folder that --storage.tsdb.path of Prometheus names"
    block = shlex.join(block_command("promtool", Path("FILE"), out / BLOCKS)).replace("FILE", '"$file"')
    return (
        f"documents are in {out / DOCUMENTS}; promtool is not on the PATH, so no blocks were made. Where it is:\n"
        f"  for file in {shlex.quote(str(out / DOCUMENTS))}/*.om; do {block}; done"
    )
