"""Every simulated company: named after its catalogue, the same bytes each time, and loaded by one command only."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from exporter.catalogue.loading import shipped_file
from exporter.demo.registry import COMPANIES, Write

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def test_each_extends_the_catalogue_of_its_name(tmp_path: Path) -> None:
    assert {"email-infrastructure", "managed-kubernetes", "unit-economics", "vmcloud"} == COMPANIES.keys()
    for name, write in COMPANIES.items():
        assert shipped_file(name).is_file()
        document = yaml.safe_load(write(tmp_path / name, NOW).read_text("utf-8"))
        assert document["extends"] == document["company"] == name


@pytest.mark.parametrize("write", COMPANIES.values(), ids=COMPANIES)
def test_the_same_moment_and_seed_are_the_same_bytes(write: Write, tmp_path: Path) -> None:
    one, two, other = (write(tmp_path / name, NOW, seed).parent for name, seed in (("a", 3), ("b", 3), ("c", 4)))
    contents = {path.relative_to(one): path.read_bytes() for path in one.rglob("*") if path.is_file()}
    assert contents == {path.relative_to(two): path.read_bytes() for path in two.rglob("*") if path.is_file()}
    assert any((other / path).read_bytes() != content for path, content in contents.items())


@pytest.mark.parametrize("write", COMPANIES.values(), ids=COMPANIES)
def test_now_needs_an_offset(write: Write, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="now needs an offset"):
        write(tmp_path, NOW.replace(tzinfo=None))


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
