"""The command line: one module per command, and one for all analyses."""

from __future__ import annotations

import os

import click

from exporter import __version__
from exporter.analysis.registry import ANALYSES
from exporter.catalogue.reading.problems import CatalogueError
from exporter.cli import accept, analysis, check, demo, generate, init, run, trial
from exporter.records.health import StoreFailed
from exporter.records.store_file import StoreRefused
from exporter.web.listening import CannotListen

COMMANDS: tuple[click.Command, ...] = (
    accept.command,
    check.command,
    demo.command,
    generate.command,
    init.command,
    run.command,
    trial.command,
    *(analysis.command(each) for each in ANALYSES),
)


@click.group(
    help="A company's numbers, by written definitions, as Prometheus gauges with tested alerts.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="kpi-exporter")
def commands() -> None:
    """Group the commands."""


for _command in COMMANDS:
    commands.add_command(_command)


def main() -> None:
    """Run the command line; a user's mistake ends with exit code 2 and a sentence, never with a traceback.

    A store that cannot be read or written now ends it with 75, after which it is to be started anew.
    """
    try:
        commands(prog_name="kpi-exporter")
    except (CatalogueError, StoreRefused, CannotListen) as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
    except StoreFailed as failed:
        click.echo(str(failed), err=True)
        raise SystemExit(os.EX_TEMPFAIL) from None
