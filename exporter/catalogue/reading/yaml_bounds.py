"""Bounds how deep a YAML file may nest and how large its aliases may make it, before anything walks through it.

libyaml overflows the stack of the process at some ten thousand levels, and ten lines of aliases stand for a billion
values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

DEEPEST = 50
"""Lists and mappings within each other; a catalogue has eight."""

MOST_VALUES = 100_000
"""Keys and values, those of aliases counted at each place; a large catalogue has three thousand."""


class TooMuch(Exception):
    """A file that nests too deeply or stands for too many values, with the place, from 0, where that shows."""

    def __init__(self, message: str, mark: Any) -> None:
        super().__init__(message)
        self.line: int = mark.line
        self.column: int = mark.column


def check_depth(text: str, loader: Any) -> None:
    """Raise `TooMuch` where a text nests too deeply; a text that is no YAML is left to its parser."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > DEEPEST:
                    raise TooMuch(_DEEP, event.start_mark)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError:
        return


def check_size(root: yaml.Node) -> None:
    """Raise `TooMuch` where the aliases of a document, written out, nest too deeply or are too many values."""
    _measured(root, {})


_DEEP = f"lists and mappings stand within each other more than {DEEPEST} deep"


def _measured(node: yaml.Node, sizes: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Return how many values a node stands for, and how deep they nest."""
    if id(node) in sizes:
        return sizes[id(node)]
    sizes[id(node)] = (1, 1)  # for an alias that leads back, which is told elsewhere
    values, depth = 1, 0
    for child in _children(node):
        inner, deeper = _measured(child, sizes)
        values, depth = values + inner, max(depth, deeper)
        if values > MOST_VALUES:
            raise TooMuch(f"with its aliases it is more than {MOST_VALUES:,} values; write them out", child.start_mark)
        if depth >= DEEPEST:
            raise TooMuch(_DEEP, child.start_mark)
    sizes[id(node)] = (values, depth + 1)
    return sizes[id(node)]


def _children(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value
