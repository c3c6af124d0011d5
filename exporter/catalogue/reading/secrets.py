"""Masking what an error's line may not show: texts that may be secret, logins and parameters in URLs, and comments."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from exporter.mistakes import Keys

LOGIN = re.compile(r"//.*@|https?://\S*\?", re.DOTALL)
"""What may be the login of a URL, whose password is anything, however badly it is quoted; or its parameters."""
_SHOWN_KEY = re.compile(r"[\w.-]+|<<")


class Masking:
    """Hides the texts of a file that may be secret, and records them and the paths of keys that may be secret."""

    def __init__(self, text: str, public: Callable[[Keys], bool]) -> None:
        self.texts: set[str] = set()
        self.secret_keys: set[Keys] = set()
        self._text = text
        self._public = public
        self._lines = text.splitlines()
        self._comments_after = [0] * len(self._lines)

    def hide(self, node: yaml.Node, path: Keys, seen: frozenset[int] = frozenset()) -> None:
        """Mask, in a node and below, whatever the format does not know to be harmless."""
        if id(node) in seen:
            return
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                below = (*path, _key(key))
                if not self._public(below) and not self._is_a_key(key):
                    self._mask(key)
                    self.secret_keys.add(below)
                self._cover(key)
                self.hide(value, below, seen | {id(node)})
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                self.hide(item, (*path, index), seen | {id(node)})
        else:
            named = node.tag in ("!env", "!file")
            if not named and (not self._public(path) or LOGIN.search(node.value)):
                self._mask(node)
                self.texts.add(node.value)
            self._cover(node)

    def lines(self) -> list[str]:
        """Return the lines without hidden texts, and without comments, since these may hold a former secret."""
        return [
            line[:after] + re.sub(r"(^|\s)\s*#.*", "", line[after:]).rstrip() if after < len(line) else line.rstrip()
            for line, after in zip(self._lines, self._comments_after, strict=True)
        ]

    def _is_a_key(self, node: yaml.Node) -> bool:
        """Return False for `bearer:TOKEN` and `{TOKEN}`, which YAML takes for keys without a value."""
        followed = self._text[node.end_mark.index :].lstrip()[:1] == ":"
        return isinstance(node, yaml.ScalarNode) and followed and bool(_SHOWN_KEY.fullmatch(node.value))

    def _mask(self, node: yaml.Node) -> None:
        """Stars instead of the node's text, as wide as it was, so that columns stay right."""
        start, end = node.start_mark, node.end_mark
        for number in range(start.line, min(end.line, len(self._lines) - 1) + 1):
            text = self._lines[number]
            first = start.column if number == start.line else 0
            last = end.column if number == end.line else len(text)
            width = last - first
            self._lines[number] = text[:first] + "***".ljust(width)[:width] + text[last:]

    def _cover(self, node: yaml.Node) -> None:
        """Remember up to where a `#` belongs to a text rather than beginning a comment."""
        for number in range(node.start_mark.line, min(node.end_mark.line, len(self._lines) - 1) + 1):
            last = node.end_mark.column if number == node.end_mark.line else len(self._lines[number])
            self._comments_after[number] = max(self._comments_after[number], last)


def _key(node: yaml.Node) -> str | int:
    # Numbers among the keys are those of `phases`, and a path through them is as public as one through a text.
    return str(node.value)
