"""The running exporter as commands ask it, or the store of a stopped one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from exporter.analysis.analyses import Analyses, LocalAnalyses
from exporter.analysis.remote import RemoteAnalyses, Unreachable
from exporter.calendar.clock import utc_now
from exporter.catalogue.loading import load_all
from exporter.catalogue.model import Company
from exporter.conventions import DEFAULT_ADDRESS
from exporter.mistakes import did_you_mean
from exporter.records.store import Store

Decorator = Callable[[click.Command], click.Command]
"""Adds an option or an argument to a command."""

listen_option = click.option(
    "--listen",
    "address",
    default=DEFAULT_ADDRESS,
    show_default=True,
    help="Address of the exporter: host:port, or a URL.",
)

ONE_COMPANY: Sequence[Decorator] = (
    listen_option,
    click.option(
        "--store",
        type=click.Path(path_type=Path),
        help="Read this store instead of asking an exporter; needs the catalogue of --file.",
    ),
    click.option("--file", "files", type=click.Path(path_type=Path), help="The company's catalogue, for --store."),
)
"""The options of a command about one company."""

SEVERAL_COMPANIES: Sequence[Decorator] = (
    click.option(
        "--file",
        "files",
        multiple=True,
        type=click.Path(path_type=Path),
        help="A catalogue, for --store. May be repeated.",
    ),
    click.option(
        "--store",
        type=click.Path(path_type=Path),
        help="Read this store instead of asking an exporter; needs the catalogues of --file.",
    ),
    listen_option,
)
"""The options of a command about several companies."""


def analyses(
    address: str, store: Path | None, files: Path | Sequence[Path] | None, company: str | None = None
) -> Analyses:
    """Return the analyses of the exporter on `address` or, with `store`, those of a stopped one.

    Raises `click.UsageError` for a store without files, `CatalogueError` for files that cannot be used, and
    `click.ClickException` if none is about `company`.
    """
    if store is None:
        return RemoteAnalyses(address)
    if not files:
        raise click.UsageError("--store needs --file, the company's catalogue")
    companies = _companies([files] if isinstance(files, Path) else files, company)
    return LocalAnalyses(Store(store, read_only=True), lambda: companies, utc_now)


def _companies(files: Sequence[Path], company: str | None) -> Mapping[str, Company]:
    companies = load_all(files, not_set=[])
    if company is not None and company not in companies:
        raise click.ClickException(f"{files[0]} is not about {company!r}{did_you_mean(company, companies)}")
    return companies


@contextmanager
def refusals(address: str) -> Iterator[None]:
    """Raise what an exporter refuses, or that none answers on `address`, as `click.ClickException`."""
    try:
        yield
    except Unreachable:
        raise click.ClickException(
            f"no exporter answers on {address}; name it with --listen, or give --store and --file"
        ) from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None
