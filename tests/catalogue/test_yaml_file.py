"""A file is read by libyaml where its nodes and places are those of PyYAML's own parser, which reads the others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from exporter.catalogue.loading import shipped, shipped_file
from exporter.catalogue.reading.document import YamlDocument
from exporter.catalogue.reading.problems import CatalogueError
from exporter.catalogue.reading.yaml_file import PathRules, read

HIDING = PathRules(lambda path: False, lambda path: False, lambda path: False)
MALFORMED = Path(__file__).parent / "malformed"
TEXTS = [shipped_file(name) for name in shipped()] + sorted(MALFORMED.glob("**/*.yaml"))


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.stem)
def test_a_tab_in_a_comment_changes_no_value_place_or_message(file: Path, tmp_path: Path) -> None:
    """PyYAML's own parser reads a text with a tab: it must say the same as libyaml does without."""
    copy = tmp_path / "copy.yaml"
    copy.write_bytes(file.read_bytes() + b"# \n")
    without = _read(copy)
    copy.write_bytes(file.read_bytes() + b"#\t\n")
    assert _read(copy) == without


@pytest.mark.parametrize("indented", ["\tarr: {title: x}", "  arr:\n\t  title: x", "  arr: \t{title: x\t}\n\tx: 1"])
def test_tabs_are_no_indentation(indented: str, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(f"kpis:\n{indented}\n")
    with pytest.raises(CatalogueError, match=r"indent.* with spaces"):
        read(tmp_path / "c.yaml", {}, HIDING)


def test_a_byte_order_mark_within_a_text_takes_a_column(tmp_path: Path) -> None:
    """Count it, as the line that a message shows does."""
    (tmp_path / "c.yaml").write_text("people: {a\ufeffb: x}\n", encoding="utf-8")
    document = read(tmp_path / "c.yaml", {}, replace(HIDING, is_public=lambda path: True))
    place = document.values["people", "a\ufeffb"]
    assert place.visible[place.column :] == "x}"


def _read(file: Path) -> object:
    try:
        document = read(file, {}, HIDING)
    except CatalogueError as error:
        return [(problem.place.line, problem.place.column, problem.message) for problem in error.problems]
    return document.value, document.values, document.keys, document.problems, _texts(document), document.hidden


def _texts(document: YamlDocument) -> object:
    """Return where each text begins and ends, by which carets within it are placed."""
    return {path: (node.start_mark.index, node.end_mark.index) for path, node in document.nodes.items()}
