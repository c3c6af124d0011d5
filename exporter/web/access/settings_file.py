"""A file of settings: read into a model with every mistake at its place, and read again when it changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from exporter.catalogue.reading.document import YamlDocument
from exporter.catalogue.reading.problems import CatalogueError, Problem, dotted
from exporter.catalogue.reading.yaml_file import PathRules, read
from exporter.mistakes import Keys, did_you_mean

Model = TypeVar("Model", bound=BaseModel)
T = TypeVar("T")

_Signature = tuple[tuple[int, ...] | None, ...]
_NOTHING_IS_PUBLIC = PathRules(
    is_public=lambda _: False, is_path=lambda _: False, may_be_missing=lambda _: False
)  # a password or a key may stand anywhere by mistake

_log = logging.getLogger(__name__)


def read_model(file: Path, model: type[Model]) -> tuple[Model, YamlDocument]:
    """Read a file into a model; a key without a value counts as left out.

    Raises:
        CatalogueError: With every mistake.
    """
    document = read(file, {}, _NOTHING_IS_PUBLIC)
    if document.problems:
        raise CatalogueError(document.problems)
    value = _without_empty(document.value) if document.value is not None else {}
    try:
        return model.model_validate(value), document
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        problems = [_problem(document, each["loc"], each["type"], each["msg"], model) for each in details]
        raise CatalogueError(problems) from None


def _without_empty(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {key: _without_empty(part) for key, part in value.items() if part is not None}


def _problem(document: YamlDocument, path: Keys, kind: str, message: str, model: type[BaseModel]) -> Problem:
    if kind == "extra_forbidden":
        message = f"unknown key{did_you_mean(str(path[-1]), _keys(model, path[:-1]))}"
    elif kind == "missing":
        path, message = path[:-1], f"the key `{path[-1]}` is missing"
    elif kind in ("model_type", "dict_type"):
        message = "should be a mapping of keys to values"
    message = message.removeprefix("Value error, ").replace("Input should be", "should be")
    of_key = kind == "extra_forbidden" or path[-1:] == ("[key]",)
    path = path[:-1] if path[-1:] == ("[key]",) else path
    place = document.keys.get(path, document.place(path)) if of_key else document.place(path)
    return Problem(place, dotted(path, document.secret_keys), message)


def _keys(model: type[BaseModel], path: Keys) -> Sequence[str]:
    fields: Mapping[str, Any] = model.model_fields
    for part in path:
        inner = fields[str(part)].annotation if str(part) in fields else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return ()
        fields = inner.model_fields
    return list(fields)


class WatchedFile(Generic[T]):
    """The content of a file, read again when the file, or one that it names, changes.

    A change that cannot be used is logged and leaves the content as it was. Only one thread may use it.

    Args:
        file: The file.
        load: Reads it; returns the content and the files that it names.

    Raises:
        CatalogueError: The file cannot be used as it is now.
    """

    def __init__(self, file: Path, load: Callable[[Path], tuple[T, Sequence[Path]]]) -> None:
        self._file = file
        self._load = load
        self.loaded = True
        """Whether the content is that of the file as it is now, and not of before a change that cannot be used."""
        self._signature = _signature([file])
        self._content, self._named = load(file)
        self._signature = self._signed()

    @property
    def current(self) -> T:
        """The content as it was when it could last be used."""
        signature = self._signed()
        if signature != self._signature:
            self._signature = signature
            self._read_again()
        return self._content

    def _read_again(self) -> None:
        try:
            self._content, self._named = self._load(self._file)
            self.loaded = True
        except CatalogueError as refused:
            self.loaded = False
            _log.error("%s was changed and cannot be used, the old one stays:\n%s", self._file, refused)
        else:
            self._signature = self._signed()
            _log.info("%s was read again", self._file)

    def _signed(self) -> _Signature:
        return _signature([self._file, *self._named])


def _signature(files: Sequence[Path]) -> _Signature:
    return tuple(_state(file) for file in files)


def _state(file: Path) -> tuple[int, ...] | None:
    """Return what changes when a file does, or its rights; None where it is not there."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
