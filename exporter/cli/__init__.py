"""The command line: one module per command, found by its file."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import click

from exporter import __version__
from exporter.catalogue.reading.problems import CatalogueError
from exporter.records.store import StoreRefused
from exporter.web.server import CannotListen


class _Commands(click.Group):
    """A group whose commands are the modules of this package; what they share has a name that begins with `_`."""

    def list_commands(self, context: click.Context) -> list[str]:
        modules = (found.name for found in iter_modules(__path__) if not found.name.startswith("_"))
        return sorted(name.replace("_", "-") for name in modules)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(context):
            return None
        command: click.Command = import_module(f"{__name__}.{name.replace('-', '_')}").command
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kpi-exporter")
def commands() -> None:
    """A company's numbers, by written definitions, as Prometheus gauges with tested alerts."""


def main() -> None:
    """The console script. A user's mistake ends with exit code 2 and a sentence, never with a traceback."""
    try:
        commands(prog_name="kpi-exporter")
    except (CatalogueError, StoreRefused, CannotListen) as error:
        click.echo(str(error), err=True)
        raise SystemExit(2) from None
