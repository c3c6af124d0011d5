"""docs/architecture.md: every file that it names exists, and rooms and journeys go down as the import contract does."""

from __future__ import annotations

import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "exporter"
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
ROOMS, JOURNEYS = PAGE.partition("## Three journeys")[::2]

CONTRACT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0]
FLOORS = {
    room.strip(): floor for floor, rooms in enumerate(CONTRACT["layers"]) for room in re.split(r"[|:]", str(rooms))
}
"""The rooms of the import contract with their floors: 0 is the highest, and rooms beside each other share one."""

FILE = re.compile(r"`([\w/.-]+\.(?:py|sql|yaml|toml|md|csv))`")
ROW = re.compile(r"^\| `(?P<room>[\w.]+)/?` \| (?P<purpose>[^|]+) \| (?P<files>[^|]*)\|$", re.MULTILINE)
DESCENT = re.compile(r"^\*(?P<title>[^*]+)\*.*\n\n(?P<steps>(?:\d+\. .*\n)+)", re.MULTILINE)


def room_of(file: str) -> str:
    """Return the room in which a file of the package stands."""
    return file.split("/")[0].removesuffix(".py")


def descents() -> list[tuple[str, list[str]]]:
    """Return the title of each descent, and the file with which each of its steps begins."""
    return [
        (match["title"], [FILE.findall(step)[0] for step in match["steps"].splitlines()])
        for match in DESCENT.finditer(JOURNEYS)
    ]


def upward(files: list[str]) -> list[str]:
    """Return the files that the contract forbids after the one before: of a higher room, or of one beside it."""
    return [
        after
        for before, after in pairwise(files)
        if room_of(after) != room_of(before) and FLOORS[room_of(after)] <= FLOORS[room_of(before)]
    ]


def test_the_table_has_every_room_in_the_order_of_the_contract() -> None:
    rooms = [match["room"].removesuffix(".py") for match in ROW.finditer(ROOMS)]
    there = {path.stem for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"}
    assert set(rooms) == there - {"__init__", "__pycache__", "py"} == set(FLOORS)
    assert len(rooms) == len(set(rooms))
    assert rooms == sorted(rooms, key=FLOORS.__getitem__)


def test_each_room_names_where_to_begin() -> None:
    for match in ROW.finditer(ROOMS):
        place = PACKAGE / match["room"]
        files = FILE.findall(match["files"])
        assert bool(files) == place.is_dir()
        assert [file for file in files if not (place / file).is_file()] == []


@pytest.mark.parametrize(("title", "files"), descents())
def test_each_step_is_a_file_and_goes_down(title: str, files: list[str]) -> None:
    assert len(files) > 1
    assert upward(files) == []


def test_there_are_three_journeys_of_some_descents() -> None:
    journeys = re.findall(r"^### .*$", JOURNEYS.partition("\n## ")[0], re.MULTILINE)
    assert len(journeys) == 3
    assert len(descents()) == JOURNEYS.count("\n1. ")


def test_every_file_of_the_page_exists() -> None:
    files = FILE.findall(ROOMS.partition("| room |")[0] + ROOMS.partition("An extension")[2] + JOURNEYS)
    assert files
    assert [file for file in files if not (PACKAGE / file).is_file() and not (ROOT / file).is_file()] == []


def test_a_step_upwards_would_be_found() -> None:
    assert upward(["kpis/snapshot.py", "measures/engine.py", "web/app.py"]) == ["web/app.py"]
    assert upward(["alerts/kpi_alerts.py", "series/families.py"]) == ["series/families.py"]
    assert upward(["records/intake.py", "records/merge.py", "conventions.py"]) == []
