"""Reading a YAML file into plain values while remembering where each key and value stood, and what must not be shown.

Of YAML's implicit types only those of its version 1.2 are read: `20:1` is a text, not 1201 seconds, and `no` is not
false.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from exporter.catalogue.reading.document import YamlDocument
from exporter.catalogue.reading.problems import CatalogueError, Place, Problem, dotted
from exporter.catalogue.reading.secrets import Masking
from exporter.catalogue.reading.yaml_bounds import TooMuch, check_depth, check_size
from exporter.catalogue.reading.yaml_errors import place_in, syntax_problem
from exporter.mistakes import Keys
from exporter.sources.interface import NOT_SET, is_url
from exporter.sources.rotation import read_secret
from exporter.sources.small_file import read_small

LARGEST = 4_000_000
"""Bytes of a file; a large catalogue has fifty thousand."""


class _Plain(yaml.SafeLoader):
    """PyYAML's own parser, whose errors `syntax_problem` knows."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own declaration


class _Fast(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # PyYAML may be built without libyaml
    """libyaml, which gives the same nodes and places in a tenth of the time."""

    yaml_implicit_resolvers = _Plain.yaml_implicit_resolvers


for _tag, _form, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?", "-+0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    _Plain.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_form})\Z"), list(_first))


@dataclass(frozen=True)
class PathRules:
    """What a format says about the values at each path of a file.

    `is_public` is true where an error may show the text, `is_path` where the text names a file, and `may_be_missing`
    where a variable or file need not exist.
    """

    is_public: Callable[[Keys], bool]
    is_path: Callable[[Keys], bool]
    may_be_missing: Callable[[Keys], bool]


def read(file: Path, environ: Mapping[str, str], rules: PathRules) -> YamlDocument:
    """Read one file; `!env NAME` and `!file PATH` are replaced by what they name.

    What comes from outside loses its outer spaces and line breaks. A text that names a file is taken relative to this
    one. Repeated keys, missing variables and the like are noted in the document.

    Raises:
        CatalogueError: the file cannot be read at all.
    """
    text = _text(file)
    try:
        check_depth(text, _Fast)
        root = _compose(text)
        if root is not None:
            check_size(root)
    except TooMuch as error:
        raise CatalogueError([Problem(Place(file, error.line, error.column, ""), "", str(error))]) from None
    except yaml.YAMLError as error:
        raise CatalogueError([syntax_problem(file, text, error)]) from None
    masking = Masking(text, rules.is_public)
    if root is not None:
        masking.hide(root, ())
    document = YamlDocument(file, text, lines=masking.lines(), secret_keys=masking.secret_keys)
    document.hidden.update(dict.fromkeys(masking.texts, "***"))
    if root is not None:
        document.value = _Reader(document, environ, rules).build(root, (), ())
    return document


def _has_half_a_pair(text: str) -> bool:
    """Tell whether a text cannot be written as UTF-8; a variable that is no UTF-8 comes as such a text too."""
    return not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text)


def _compose(text: str) -> yaml.Node | None:
    """Parse a text into nodes; raise the errors of PyYAML's own parser, whose words `syntax_problem` knows."""
    if "\t" not in text:  # which libyaml takes for a space at some places
        with suppress(yaml.YAMLError):
            return yaml.compose(text, Loader=_Fast)
    return yaml.compose(text, Loader=_Plain)


def _text(file: Path) -> str:
    try:
        return read_small(file, LARGEST).decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        message, line, column = f"cannot read the file: {error.strerror}", 0, 0
    except UnicodeDecodeError as error:
        line, column = place_in(error.object[: error.start].decode("utf-8"), error.start)
        message = f"is not UTF-8 text: byte 0x{error.object[error.start]:02x} cannot stand here; save it as UTF-8"
    except ValueError as error:
        message, line, column = f"cannot read the file: {error}", 0, 0
    raise CatalogueError([Problem(Place(file, line, column, ""), "", message)])


class _Reader:
    """Walks a file's nodes once, collecting values, places and problems."""

    def __init__(self, document: YamlDocument, environ: Mapping[str, str], rules: PathRules) -> None:
        self._document = document
        self._environ = environ
        self._rules = rules
        self._constructor = yaml.constructor.SafeConstructor()

    def build(self, node: yaml.Node, path: Keys, above: tuple[yaml.Node, ...]) -> Any:
        """Build a node's value. `above` are the nodes that enclose it, to which an alias may lead back."""
        self._document.values[path] = self._place(node)
        if node in above:
            return self._unreadable(node, path, "an alias leads back to what it stands in; write the value out")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path, (*above, node))
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index), (*above, node)) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return self._scalar(node, path)

    def _scalar(self, node: yaml.ScalarNode, path: Keys) -> Any:
        if node.tag == "!env":
            return self._variable(node, path)
        if node.tag == "!file":
            return self._content(node, path)
        self._document.nodes[path] = node
        if node.style in (">", "|") and not node.value.strip():
            hint = f"YAML reads {node.style} as the beginning of a text on the next lines, and there is none"
            return self._unreadable(node, path, f'{hint}; put the value in quotes, such as "> 5%"')
        try:
            value = self._constructor.construct_object(node)
        except yaml.YAMLError:
            return self._unreadable(node, path, "this tag is not known; there are !env NAME and !file PATH")
        except ValueError:
            return self._unreadable(node, path, "is not what its tag says; leave the tag out")
        if isinstance(value, str) and _has_half_a_pair(value):
            return self._unreadable(node, path, "holds half of a pair of UTF-16, which is no character")
        if isinstance(value, str) and not value.startswith("~") and not is_url(value) and self._rules.is_path(path):
            return str(self._document.file.parent.absolute() / value)
        return value

    def _mapping(self, node: yaml.MappingNode, path: Keys, above: tuple[yaml.Node, ...]) -> dict[str | int, Any]:
        result: dict[str | int, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                self._unreadable(key_node, (*path, "?"), "a key is a text; put it in quotes")
                continue
            if key in result:
                first = self._document.keys[(*path, key)].line + 1
                message = f"this key was given before, in line {first}; keep one"
                self._note(key_node, (*path, key), message)
                continue
            self._document.keys[(*path, key)] = self._place(key_node)
            result[key] = self.build(value_node, (*path, key), above)
        return result

    def _key(self, node: yaml.Node) -> str | int | None:
        """Read a key; None for a node that cannot be one: a list, a mapping, true, null, a value from outside."""
        try:
            key = self._constructor.construct_object(node) if isinstance(node, yaml.ScalarNode) else None
        except (yaml.YAMLError, ValueError):
            return None
        return key if isinstance(key, str | int) and not isinstance(key, bool) else None

    def _variable(self, node: yaml.ScalarNode, path: Keys) -> str | None:
        name = node.value.strip()
        if not re.fullmatch(r"\w+", name):
            return self._unreadable(node, path, "!env is followed by the name of an environment variable")
        if name not in self._environ:
            return self._missing(node, path, f"the environment variable {name} is not set")
        if _has_half_a_pair(self._environ[name]):
            return self._unreadable(node, path, f"the environment variable {name} is not UTF-8 text")
        # Shells and secrets of Kubernetes often end a value with a line break.
        return self._from_outside(self._environ[name].strip(), f"!env {name}")

    def _content(self, node: yaml.ScalarNode, path: Keys) -> str | None:
        name = node.value.strip()
        try:
            file = self._document.file.parent.absolute() / Path(name).expanduser()
            content = read_secret(file)
        except (ValueError, RuntimeError) as error:
            return self._missing(node, path, f"cannot read the file {name}: {error}")
        self._document.files[path] = file
        return self._from_outside(content, f"!file {name}")

    def _missing(self, node: yaml.Node, path: Keys, message: str) -> str | None:
        """Return `NOT_SET` for a variable or file that may be missing; else note the problem and return None."""
        if not self._rules.may_be_missing(path):
            return self._unreadable(node, path, message)
        self._document.not_set[path] = self._problem(node, path, message)
        return NOT_SET

    def _from_outside(self, text: str, origin: str) -> str:
        """Register a text, and its parts, to be replaced by its origin in messages; return it."""
        parts = re.findall(r"[^\s,<>=()/]+", text)
        self._document.hidden.update(dict.fromkeys([*parts, " ".join(text.split()), text], origin))
        return text

    def _place(self, node: yaml.Node) -> Place:
        mark = node.start_mark
        visible = self._document.lines[mark.line] if mark.line < len(self._document.lines) else ""
        return Place(self._document.file, mark.line, mark.column, visible)

    def _unreadable(self, node: yaml.Node, path: Keys, message: str) -> str | None:
        """Note a mistake and return None; further problems of this value would only repeat it."""
        self._document.broken.add(path)
        self._note(node, path, message)
        return None

    def _note(self, node: yaml.Node, path: Keys, message: str) -> None:
        self._document.problems.append(self._problem(node, path, message))

    def _problem(self, node: yaml.Node, path: Keys, message: str) -> Problem:
        return Problem(self._place(node), dotted(path, self._document.secret_keys), message)
