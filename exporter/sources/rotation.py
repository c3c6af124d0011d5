"""Secrets that are rotated: a source is built anew when a file that its options take a value from has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from exporter.records.batch import Answer, Records, Row, SourceFailed, Unchanged
from exporter.sources.interface import Context, Options, Source
from exporter.sources.redaction import hiding

Place = tuple[str | int, ...]
"""The keys and indexes that lead to a value within a source's section of a catalogue."""


def read_secret(path: Path) -> str:
    """What a file holds, without the spaces and line breaks around it. Raises `ValueError` with a reason."""
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
    except (OSError, ValueError) as error:
        raise ValueError(getattr(error, "strerror", None) or "it is not the name of a file") from None


@dataclass(frozen=True)
class SecretFiles:
    """The files behind a source's options: by the place of the value, with the section as it was loaded."""

    files: Mapping[Place, Path]
    folder: Path
    section: Mapping[str, Any] = field(repr=False)

    def read(self) -> Mapping[Place, str]:
        """What the files hold now. Raises `SourceFailed` for one that is gone or empty."""
        found: dict[Place, str] = {}
        for place, path in self.files.items():
            try:
                found[place] = read_secret(path)
            except ValueError as error:
                raise SourceFailed(
                    f"cannot read the file {path}, which `{_dotted(place)}` is taken from: {error}"
                ) from None
            if not found[place]:
                raise SourceFailed(f"the file {path}, which `{_dotted(place)}` is taken from, is empty")
        return found

    def loaded(self) -> Mapping[Place, str]:
        """What they held when the catalogue was loaded."""
        return {place: _at(self.section, place[:-1])[place[-1]] for place in self.files}

    def options(self, model: type[Options], texts: Mapping[Place, str]) -> Options:
        """The options with these texts. Raises `SourceFailed` if they no longer fit."""
        section = deepcopy(dict(self.section))
        for place, text in texts.items():
            _at(section, place[:-1])[place[-1]] = text
        try:
            return model.model_validate(section, context={"folder": self.folder})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            why = hiding(texts.values())(first["msg"].removeprefix("Value error, "))
            raise SourceFailed(f"a file has changed and does not fit: `{_dotted(first['loc'])}` {why}") from None


def built(name: str, options: Options, files: SecretFiles | None) -> Source:
    """The source of these options, which follows the files that they take values from, if any."""
    return Rotating(name, options, files) if files else options.build(name)


class Rotating(Source):
    """The source of these options, with what the files hold when a poll begins. No error tells what they held."""

    def __init__(self, name: str, options: Options, files: SecretFiles) -> None:
        self._name = name
        self._options = options
        self._files = files
        self._texts = files.loaded()
        self._source = options.build(name)
        self._hidden: set[str] = set()

    def poll(self, context: Context) -> Iterator[Records | Unchanged | Answer]:
        self._renew()
        clean = hiding(self._hidden)
        with _said(clean):
            for item in self._source.poll(context):
                yield (
                    replace(item, rows=_rows(item.rows, clean)) if self._hidden and isinstance(item, Records) else item
                )

    def close(self) -> None:
        self._source.close()

    def _renew(self) -> None:
        texts = self._files.read()
        if texts == self._texts:
            return
        options = self._files.options(type(self._options), texts)
        self._hidden.update(self._options.secrets())
        self._source.close()
        self._options, self._texts, self._source = options, texts, options.build(self._name)


@contextmanager
def _said(clean: Callable[[str], str]) -> Iterator[None]:
    try:
        yield
    except SourceFailed as failure:
        raise type(failure)(clean(str(failure))) from None


def _rows(rows: Iterator[Row], clean: Callable[[str], str]) -> Iterator[Row]:
    """The rows; what was secret once may be told by what fails while they are read."""
    with _said(clean):
        yield from rows


def _at(section: Any, place: Place) -> Any:
    for part in place:
        section = section[part]
    return section


def _dotted(place: Place) -> str:
    return ".".join(map(str, place))
