"""scripts/check_words.py finds each kind of word that it refuses, and docs/glossary.md is in order."""

from __future__ import annotations

import ast
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
CHECK: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "check_words.py"))
WORDS = re.findall(r"^\| (?!word )([^|]+) \|", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE)


def problems(text: str) -> list[str]:
    """Return what the check says of a module, without the lines."""
    return [message for _, message in sorted(CHECK["problems"](ast.parse(text)))]


@pytest.mark.parametrize(
    "text",
    [
        "found = 1",
        "_found = 1",
        "for known in (): pass",
        "def rows(asked): pass",
        "class Keeper: pass",
        "def first_film(): pass",
        "self.lane_number = 1",
        "[told for told in ()]",
        "with open() as given: pass",
        "class Row:\n    kept: int",
    ],
)
def test_a_name_that_needs_a_dictionary_is_refused(text: str) -> None:
    [message] = problems(text)
    assert "write " in message


@pytest.mark.parametrize(
    "text", ["rows = found", "foundation = 1", "known_at = 1", "known_at.known.asked", "import asked"]
)
def test_a_noun_or_the_use_of_a_name_is_not(text: str) -> None:
    assert problems(text) == []


@pytest.mark.parametrize(
    ("docstring", "refused"),
    [
        ("Return the rows.", False),
        ("The rows.", True),
        ("Whether it is there.", True),
        ("`What` it is.", True),
    ],
)
def test_the_docstring_of_a_function_begins_with_a_verb(docstring: str, refused: bool) -> None:
    assert bool(problems(f'def rows():\n    """{docstring}"""')) == refused
    assert bool(problems(f'async def rows():\n    """{docstring}"""')) == refused
    assert problems(f'def test_rows():\n    """{docstring}"""') == []
    assert problems(f'class Rows:\n    """{docstring}"""') == []
    assert problems(f'class Rows:\n    @property\n    def first(self):\n        """{docstring}"""') == []


def test_a_public_class_stands_in_one_room() -> None:
    modules = {
        Path("exporter/kpis/reading.py"): ast.parse("class Reading: pass\nclass _Own: pass\nclass Level: pass"),
        Path("exporter/web/reading.py"): ast.parse("class Reading: pass\nclass _Own: pass"),
        Path("exporter/web/level.py"): ast.parse("class Reader: pass"),
        Path("exporter/demo/kit.py"): ast.parse("class Level: pass"),
    }
    assert list(CHECK["twins"](modules)) == ["class `Reading` stands in kpis and in web: rename one"]


def test_the_command_names_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = tmp_path / "module.py"
    module.write_text("rows = 1\nkept = 2\n")
    assert CHECK["main"]([str(module)]) == 1
    assert capsys.readouterr().out.startswith(f"{module}:2: `kept`: write ")
    module.write_text("rows = 1\n")
    assert CHECK["main"]([str(tmp_path)]) == 0


def test_the_glossary_has_each_word_once_in_the_order_of_the_alphabet() -> None:
    assert len(WORDS) > 50
    assert sorted(WORDS, key=str.lower) == WORDS
    assert len(set(WORDS)) == len(WORDS)
