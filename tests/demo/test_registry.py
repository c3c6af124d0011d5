"""The registry of the simulated companies, which one command only loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

from exporter.demo.registry import COMPANIES
from tests.demo.simulations import SIMULATE


def test_every_simulated_company_has_the_name_of_a_catalogue() -> None:
    assert COMPANIES.keys() == SIMULATE.keys()


@pytest.mark.process
def test_no_command_loads_the_simulation_when_it_is_imported() -> None:
    program = """
import sys
import click
from exporter.cli import commands
context = click.Context(commands)
assert all(commands.get_command(context, name) for name in commands.list_commands(context))
sys.exit(", ".join(name for name in sys.modules if name.startswith("exporter.demo")) or 0)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
