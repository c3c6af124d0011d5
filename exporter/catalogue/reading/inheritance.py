"""Merges a catalogue over the one that it extends, key by key, and remembers the file and line of each value."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from exporter.catalogue.reading.document import YamlDocument
from exporter.catalogue.reading.problems import CatalogueError, Place, Problem, dotted
from exporter.catalogue.reading.yaml_file import PathRules, read
from exporter.mistakes import Keys, TextError, did_you_mean
from exporter.quantities.units import ForeignAmountError

_Result = TypeVar("_Result")

_SHORTEST_SECRET = 4
"""Characters. A shorter text stays in messages, since it would match parts of words that have nothing to do with it."""


@dataclass
class MergedCatalogue:
    """A catalogue merged from the files that extend each other, and the problems in them.

    `documents` are the files, the extending one before the one that it extends. `foreign` are the amounts in another
    currency than the company's, by path. `shipped` are the catalogues that come with this program.
    """

    value: Any
    documents: list[YamlDocument]
    problems: list[Problem] = field(default_factory=list)
    foreign: dict[Keys, ForeignAmountError] = field(default_factory=dict)
    shipped: Collection[Path] = ()

    def is_written(self, path: Keys) -> bool:
        """Return true if some file has a value at this path, rather than the format's default."""
        return any(path in document.values for document in self.documents)

    def is_shipped(self, path: Keys) -> bool:
        """Return true if the value at this path is inherited from a catalogue that ships, and no file of the user's."""
        source = next((document for document in self.documents if path in document.values), None)
        return source is not None and source is not self.documents[0] and source.file in self.shipped

    def currency_at(self, path: Keys) -> str | None:
        """Return the currency of the file that a value stands in: what it names, else what the file it extends does."""
        start = next((index for index, each in enumerate(self.documents) if path in each.values), 0)
        named = (each.value.get("currency") for each in self.documents[start:] if isinstance(each.value, dict))
        return next((currency for currency in named if isinstance(currency, str)), None)

    def from_outside(self, path: Keys) -> bool:
        """Return true if the text at this path comes from a variable or a file."""
        source = next((document for document in self.documents if path in document.values), None)
        return source is not None and path not in source.nodes

    @property
    def not_set(self) -> Mapping[Keys, Problem]:
        """The problem of each variable or file that is missing, by the path of its value."""
        return self._in_force(lambda document: document.not_set)

    @property
    def files(self) -> Mapping[Keys, Path]:
        """The file that each value by `!file` was read from, by path."""
        return self._in_force(lambda document: document.files)

    def _in_force(self, notes_of: Callable[[YamlDocument], Mapping[Keys, _Result]]) -> Mapping[Keys, _Result]:
        """Merge the notes of all files by path; a note about a value that an extending file replaces is dropped."""
        return {
            path: note
            for document in reversed(self.documents)
            for path, note in notes_of(document).items()
            if next(other for other in self.documents if path in other.values) is document
        }

    def is_unreadable(self, path: Keys) -> bool:
        """Return true if a value at, above or below this path could not be read."""
        unreadable = (broken for document in self.documents for broken in document.broken)
        return any(broken[: len(path)] == path or path[: len(broken)] == broken for broken in unreadable)

    def topmost(self, *paths: Keys) -> Keys:
        """Choose among values that contradict each other the one in the most extending file; else the first."""
        return next((path for document in self.documents for path in paths if path in document.values), paths[0])

    def place(self, path: Keys, *, key: bool = False, offset: int = 0) -> Place:
        """Return where a value or key stands, in the first file that has it; else its nearest enclosing one.

        `offset` is a number of characters into a text.
        """
        for end in range(len(path), -1, -1):
            for document in self.documents:
                if offset and path[:end] in document.nodes:
                    return document.within(path[:end], offset)
                places = document.keys if key and end else document.values
                if path[:end] in places:
                    return places[path[:end]]
        return Place(self.documents[0].file, 0, 0, "")

    def problem(self, path: Keys, message: str, *, at_key: bool = False, offset: int = 0, details: str = "") -> None:
        """Note a mistake in a value, or with `at_key` in a key; `offset` is a number of characters into a text.

        `details` are lines to print after it.

        A value that could not be read has its problem already, and gets no other. For a value whose variable or file
        is missing, that is the problem.
        """
        if missing := next((missing for start, missing in self.not_set.items() if path[: len(start)] == start), None):
            self.problems.append(missing)
            return
        if any(path[: len(broken)] == broken for document in self.documents for broken in document.broken):
            return
        secret = {key for document in self.documents for key in document.secret_keys}
        place = self.place(path, key=at_key, offset=offset)
        texts = (self._without_secrets(text, self._words_from_outside(path)) for text in (message, details))
        self.problems.append(Problem(place, dotted(path, secret), *texts))

    def parsed_or_noted(self, path: Keys, parse: Callable[[], _Result]) -> _Result | None:
        """Return what `parse` returns; None where it raises `ValueError`, which is noted as a problem of the value.

        Amounts in another currency are noted in `foreign`, to be told together.
        """
        try:
            return parse()
        except ForeignAmountError as error:
            self.foreign[path] = error
            return None
        except ValueError as error:
            self.problem(path, str(error), offset=error.column if isinstance(error, TextError) else 0)
            return None

    def _words_from_outside(self, path: Keys) -> Collection[str]:
        """Return the words of a value that comes from a variable or a file: a message may repeat a part of it."""
        value = self.value
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return re.findall(r"\w+", value) if isinstance(value, str) and self.from_outside(path) else ()

    def _without_secrets(self, message: str, words: Collection[str]) -> str:
        """Replace each text that may be secret by the name of the variable or file it came from, or by stars."""
        hidden = {text: name for document in self.documents for text, name in document.hidden.items()}
        hidden |= {word: "***" for word in words if word not in hidden}
        forms = {
            form: name for text, name in hidden.items() for form in (text, repr(text)[1:-1], " ".join(text.split()))
        }
        secrets = sorted((form for form in forms if len(form) >= _SHORTEST_SECRET), key=len, reverse=True)
        if not secrets:
            return message
        pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, secrets))})(?!\w)"
        return re.sub(pattern, lambda secret: forms[secret[0]], message)


def merged_catalogue(
    file: Path, environ: Mapping[str, str], shipped: Mapping[str, Path], rules: PathRules
) -> MergedCatalogue:
    """Read a file and all that it extends, by name among the `shipped` or by path, and merge them.

    Raises:
        CatalogueError: a file cannot be read at all, or there is none of that name.
    """
    merged = MergedCatalogue({}, [], shipped=frozenset(shipped.values()))
    following: Path | None = file
    while following is not None:
        document = read(following, environ, rules)
        merged.documents.append(document)
        merged.problems.extend(document.problems)
        if not isinstance(document.value, dict):
            what = "the file is empty" if document.value is None else "this is not a catalogue"
            message = f"{what}; write keys and values, such as `extends: managed-kubernetes`"
            raise CatalogueError([*merged.problems, Problem(document.place(()), "", message)])
        following = _extended(merged, document, shipped)
    for document in reversed(merged.documents):
        merged.value = _merge(merged.value, document.value)
    return merged


def _extended(merged: MergedCatalogue, document: YamlDocument, shipped: Mapping[str, Path]) -> Path | None:
    """Return the file that a document extends; None if it extends none, `CatalogueError` if there is no such file."""
    name = document.value.get("extends")
    if name is None and ("extends",) not in document.broken:
        return None
    path = shipped.get(str(name)) or document.file.parent / str(name)
    here = MergedCatalogue(None, [document], merged.problems)
    if not isinstance(name, str):
        here.problem(("extends",), "should be the name of a catalogue or a file")
    elif not _is_file(path):
        here.problem(("extends",), f"there is no catalogue or file {name!r}{did_you_mean(name, shipped)}")
    elif any(path.samefile(other.file) for other in merged.documents):
        chain = " -> ".join([*(other.file.name for other in merged.documents), path.name])
        here.problem(("extends",), f"the files extend each other: {chain}")
    else:
        return path
    raise CatalogueError(merged.problems)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, for one
        return False


def _merge(under: Any, over: Any) -> Any:
    if isinstance(under, dict) and isinstance(over, dict):
        return under | {key: _merge(under.get(key), value) for key, value in over.items()}
    return over
