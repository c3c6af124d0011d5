"""`kpi-exporter backfill`: the past for a new Prometheus; asks the running exporter or reads its store."""

from __future__ import annotations

import gc
import shlex
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import click
import requests

from exporter.analysis.backfill.backfill import backfill
from exporter.analysis.backfill.blocks import BLOCKS, DOCUMENTS, Incomplete, block_command, make_block, write_documents
from exporter.analysis.backfill.request import INSTANCE, RECENT, STEP, BackfillRequest, span
from exporter.catalogue.loading import load_all
from exporter.cli._client import request
from exporter.cli.run import listen_option
from exporter.records.store import Store

TIMEOUT = 300.0
"""Between two pieces: two months of a large company take a while."""
_PIECE = 1 << 20


@click.command("backfill")
@click.argument("companies", nargs=-1, metavar="[COMPANY]...")
@click.option("--since", required=True, metavar="DATE", help="Where the past begins, in UTC.")
@click.option("--until", metavar="DATE", help="Where it ends; three hours ago if not given.")
@click.option("--step", default=STEP, show_default=True, metavar="DURATION", help="How far apart the moments are.")
@click.option(
    "--recent",
    default=RECENT,
    show_default=True,
    metavar="DURATION",
    help="The latest stretch, in which values and states are repeated every 5 minutes, so that `offset` finds them.",
)
@click.option(
    "--instance", default=INSTANCE, show_default=True, help="The exporter's address as Prometheus's targets have it."
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A new folder for what is written.")
@click.option(
    "--file", "files", multiple=True, type=click.Path(path_type=Path), help="A catalogue, for --store. May be repeated."
)
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    help="Read this store instead of asking an exporter; needs the catalogues of --file.",
)
@listen_option
def command(
    companies: tuple[str, ...],
    since: str,
    until: str | None,
    step: str,
    recent: str,
    instance: str,
    out: Path,
    files: tuple[Path, ...],
    store: Path | None,
    address: str,
) -> None:
    """Write the past of each COMPANY, or of all, as OpenMetrics and, where promtool is there, as blocks for Prometheus.

    Every series is as a scrape would have given it, by the records that are known today.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise click.ClickException(f"{out} is there already; name a new folder")
    asked, now = BackfillRequest(since, until, step, recent, instance, companies), datetime.now(UTC)
    try:
        windows = list(span(asked, now).windows())
        pieces = _ask(address, asked) if store is None else _read(store, files, asked, now)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    promtool = shutil.which("promtool")
    try:
        with (
            ThreadPoolExecutor(1) as pool,
            click.progressbar(
                write_documents(pieces, out / DOCUMENTS, windows), len(windows), label=f"{since} to {until or 'now'}"
            ) as documents,
        ):
            for each in [pool.submit(make_block, promtool, path, out / BLOCKS) for path in documents if promtool]:
                each.result()
    except Incomplete:
        raise click.ClickException("the exporter stopped in the middle of its answer; its log says why") from None
    except RuntimeError as error:
        raise click.ClickException(str(error)) from None
    click.echo(_told(out, made=bool(promtool)))


def _ask(address: str, asked: BackfillRequest) -> Iterable[bytes]:
    question = {"since": asked.since, "until": asked.until, "step": asked.step}
    more = {"recent": asked.recent, "instance": asked.instance}
    named = [("company", each) for each in asked.companies]
    answer = request(address, "backfill", [*question.items(), *more.items(), *named], TIMEOUT, stream=True)
    return _pieces(answer)


def _pieces(answer: requests.Response) -> Iterator[bytes]:
    try:
        yield from answer.iter_content(_PIECE)
    except requests.RequestException:
        raise Incomplete from None


def _read(store: Path, files: tuple[Path, ...], asked: BackfillRequest, now: datetime) -> Iterable[bytes]:
    if not files:
        raise click.UsageError("--store needs --file, the company's catalogue")
    companies = list(load_all(files, not_set=[]).values())
    # Of the millions of objects that follow none refers to itself, and to look for such takes a fifth of the time.
    gc.disable()
    return (piece.encode() for piece in backfill(companies, Store(store, read_only=True), now, asked))


def _told(out: Path, *, made: bool) -> str:
    """What there is, and what to do with it."""
    if made:
        return f"blocks are in {out / BLOCKS}; move them into the folder that --storage.tsdb.path of Prometheus names"
    each = shlex.join(block_command("promtool", Path("FILE"), out / BLOCKS)).replace("FILE", '"$file"')
    return (
        f"documents are in {out / DOCUMENTS}; promtool is not on the PATH, so no blocks were made. Where it is:\n"
        f"  for file in {shlex.quote(str(out / DOCUMENTS))}/*.om; do {each}; done"
    )
