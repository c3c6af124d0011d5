"""The content of one YAML file: its values, where each stands, and what no message may show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from exporter.catalogue.reading.problems import Place, Problem
from exporter.catalogue.reading.yaml_errors import place_in
from exporter.mistakes import Keys

_UNITS: Mapping[str | None, re.Pattern[str]] = {
    '"': re.compile(r"\\x..|\\u.{4}|\\U.{8}|\\\S|[^\s\\]"),
    "'": re.compile(r"''|\S"),
}
"""What stands for one visible character in a quoted text; elsewhere it stands for itself."""


@dataclass
class YamlDocument:
    """A file's content. Paths are tuples of keys and indexes; `()` is the document itself.

    `values` and `keys` are the places of values and keys, `nodes` those texts that stand in the file itself.
    `hidden` are texts that no message may repeat, each with its replacement. `broken` are the paths of values that
    could not be read, `secret_keys` those of keys that may be a secret. `not_set` are the problems of missing
    variables and files, for which `NOT_SET` stands; `files` are the files that values were read from.
    """

    file: Path
    text: str = ""
    value: Any = None
    values: dict[Keys, Place] = field(default_factory=dict)
    keys: dict[Keys, Place] = field(default_factory=dict)
    nodes: dict[Keys, yaml.ScalarNode] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    hidden: dict[str, str] = field(default_factory=dict)
    broken: set[Keys] = field(default_factory=set)
    not_set: dict[Keys, Problem] = field(default_factory=dict)
    files: dict[Keys, Path] = field(default_factory=dict)
    secret_keys: set[Keys] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: Keys) -> Place:
        """Return where a value stands; the beginning of the file for an empty document."""
        return self.values.get(path, Place(self.file, 0, 0, ""))

    def within(self, path: Keys, offset: int) -> Place:
        """Return where a character of a text stands; `offset` does not count the text's outer spaces."""
        node = self.nodes[path]
        visible = len("".join(str(node.value).strip()[:offset].split()))
        start, end = node.start_mark.index, node.end_mark.index
        while self.text[start : start + 1] in ("!", "&"):  # a tag or an anchor before the text
            start = re.compile(r"\S+\s*").match(self.text, start, end).end()  # type: ignore[union-attr] # it begins so
        if node.style in ("|", ">"):
            start = self.text.find("\n", start) + 1
        elif node.style:
            start, end = start + 1, end - 1
        units = list(_UNITS.get(node.style, re.compile(r"\S")).finditer(self.text, start, end))
        if visible >= len(units):
            return self.values[path]
        line, column = place_in(self.text, units[visible].start())
        return Place(self.file, line, column, self.lines[line])
