"""`extends`: a catalogue laid over another, key by key, each value still knowing the file and line it came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from exporter.catalogue.reading.problems import CatalogueError, Place, Problem, dotted
from exporter.catalogue.reading.yaml_file import Document, read
from exporter.catalogue.schema.format import is_path, is_public
from exporter.mistakes import Keys, TextError, did_you_mean

_Result = TypeVar("_Result")

_SHORTEST_SECRET = 4
"""A shorter text is not taken out of messages: it would be found in words that have nothing to do with it."""


@dataclass
class MergedCatalogue:
    """The merged value, the documents it came from (the extending one first), and the problems found so far."""

    value: Any
    documents: list[Document]
    problems: list[Problem] = field(default_factory=list)

    def given(self, path: Keys) -> bool:
        """Whether a file gives this value itself."""
        return any(path in document.values for document in self.documents)

    def from_outside(self, path: Keys) -> bool:
        """Whether a text comes from a variable or a file."""
        given = next((document for document in self.documents if path in document.values), None)
        return given is not None and path not in given.nodes

    @property
    def not_set(self) -> Mapping[Keys, Problem]:
        """What stands in for a value that is not there, by path, and what is missing."""
        return self._given(lambda document: document.not_set)

    @property
    def files(self) -> Mapping[Keys, Path]:
        """The files that values were read from, by path."""
        return self._given(lambda document: document.files)

    def _given(self, noted: Callable[[Document], Mapping[Keys, _Result]]) -> Mapping[Keys, _Result]:
        """What is noted of values, by path, in the document that gives each."""
        return {
            path: found
            for document in reversed(self.documents)
            for path, found in noted(document).items()
            if next(each for each in self.documents if path in each.values) is document
        }

    def uppermost(self, *paths: Keys) -> Keys:
        """Of values that do not fit each other, the one in the file that extends the others'; else the first."""
        return next((path for document in self.documents for path in paths if path in document.values), paths[0])

    def broken(self, path: Keys) -> bool:
        """Whether a value at, above or below this path could not be read."""
        found = (each for document in self.documents for each in document.broken)
        return any(each[: len(path)] == path or path[: len(each)] == each for each in found)

    def place(self, path: Keys, *, key: bool = False, offset: int = 0) -> Place:
        """Where a value or key stands, in the first file that gives it; else its nearest enclosing one.

        `offset` is a place within a text.
        """
        for end in range(len(path), -1, -1):
            for document in self.documents:
                if offset and path[:end] in document.nodes:
                    return document.within(path[:end], offset)
                known = document.keys if key and end else document.values
                if path[:end] in known:
                    return known[path[:end]]
        return Place(self.documents[0].file, 0, 0, "")

    def problem(self, path: Keys, message: str, *, at_key: bool = False, offset: int = 0) -> None:
        """Note a mistake in a value, or with `at_key` in a key; `offset` is a place within a text.

        Nothing is noted for a value that could not be read, which is noted already. Of one that is not set, that is
        what is wrong.
        """
        if missing := next((each for at, each in self.not_set.items() if path[: len(at)] == at), None):
            self.problems.append(missing)
            return
        if any(path[: len(broken)] == broken for document in self.documents for broken in document.broken):
            return
        secret = {key for document in self.documents for key in document.secret_keys}
        place = self.place(path, key=at_key, offset=offset)
        self.problems.append(Problem(place, dotted(path, secret), self._clean(message)))

    def attempt(self, path: Keys, make: Callable[[], _Result]) -> _Result | None:
        """What `make` gives; None, with the problem noted, where it raises `ValueError`."""
        try:
            return make()
        except ValueError as error:
            self.problem(path, str(error), offset=error.column if isinstance(error, TextError) else 0)
            return None

    def _clean(self, message: str) -> str:
        """The message without what may be secret; what came from a variable or file is called by its name."""
        hidden = {text: name for document in self.documents for text, name in document.hidden.items()}
        forms = {
            form: name for text, name in hidden.items() for form in (text, repr(text)[1:-1], " ".join(text.split()))
        }
        known = sorted((form for form in forms if len(form) >= _SHORTEST_SECRET), key=len, reverse=True)
        if not known:
            return message
        pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)"
        return re.sub(pattern, lambda found: forms[found[0]], message)


def merged_catalogue(
    file: Path, environ: Mapping[str, str], shipped: Mapping[str, Path], optional: Callable[[Keys], bool]
) -> MergedCatalogue:
    """Read a file and all it extends, and merge them; `optional` tells where a variable or file may be missing.

    Raises `CatalogueError` where a file cannot be read at all.
    """
    merged = MergedCatalogue({}, [])
    following: Path | None = file
    while following is not None:
        document = read(following, environ, is_public, is_path, optional)
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


def _extended(merged: MergedCatalogue, document: Document, shipped: Mapping[str, Path]) -> Path | None:
    """The file that a document extends, if any."""
    name = document.value.get("extends")
    if name is None and ("extends",) not in document.broken:
        return None
    path = shipped.get(str(name)) or document.file.parent / str(name)
    here = MergedCatalogue(None, [document], merged.problems)
    if not isinstance(name, str):
        here.problem(("extends",), "should be the name of a catalogue or a file")
    elif any(path.resolve() == known.file.resolve() for known in merged.documents):
        chain = " -> ".join([*(known.file.name for known in merged.documents), path.name])
        here.problem(("extends",), f"the files extend each other: {chain}")
    elif not path.is_file():
        here.problem(("extends",), f"there is no catalogue or file {name!r}{did_you_mean(name, shipped)}")
    else:
        return path
    raise CatalogueError(merged.problems)


def _merge(under: Any, over: Any) -> Any:
    if isinstance(under, dict) and isinstance(over, dict):
        return under | {key: _merge(under.get(key), value) for key, value in over.items()}
    return over
