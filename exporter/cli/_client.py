"""What commands that tell of a company share: they ask the running exporter, or read the store of a stopped one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import click
import requests

from exporter.catalogue.loading import load_all
from exporter.catalogue.model import Company
from exporter.cli.run import listen_option
from exporter.mistakes import did_you_mean

Command = TypeVar("Command", bound=Callable[..., object])

TIMEOUT = 60.0


def client_options(command: Command) -> Command:
    """`--listen`, `--store` and `--file`, which the command gets as `address`, `store` and `file`."""
    for option in (
        click.option("--file", type=click.Path(path_type=Path), help="The company's catalogue, for --store."),
        click.option(
            "--store",
            type=click.Path(path_type=Path),
            help="Read this store instead of asking an exporter; needs the catalogue of --file.",
        ),
        listen_option,
    ):
        command = option(command)
    return command


def request(
    address: str,
    what: str,
    question: Iterable[tuple[str, str | None]],
    timeout: float = TIMEOUT,
    *,
    stream: bool = False,
    method: str = "GET",
) -> requests.Response:
    """What the exporter at `address` says to `/api/v1/<what>`; parts of the question that are None are left out.

    With `stream` the content is read as it comes.

    Raises `click.ClickException` with what is wrong, and for a question that the exporter refuses with its words.
    """
    given = [(name, value) for name, value in question if value is not None]
    try:
        url = f"http://{address}/api/v1/{what}"
        answer = requests.request(method, url, params=given, timeout=timeout, stream=stream)
    except requests.RequestException:
        raise click.ClickException(
            f"no exporter answers on {address}; name it with --listen, or give --store and --file"
        ) from None
    if not answer.ok:
        raise click.ClickException(answer.text.strip())
    return answer


def named(file: Path | None) -> Path:
    """The file that `--store` needs beside it. Raises `click.UsageError` without."""
    if file is None:
        raise click.UsageError("--store needs --file, the company's catalogue")
    return file


def company_of(file: Path, name: str) -> Company:
    """The company of a catalogue file. Raises `CatalogueError`, and `click.ClickException` if it has another name."""
    companies = load_all([file], not_set=[])
    if name not in companies:
        raise click.ClickException(f"{file} is not about {name!r}{did_you_mean(name, companies)}")
    return companies[name]
