"""Follows secrets that are rotated: builds a source anew when a file that its options take a value from changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from exporter.records.batch import Item, Records, Removed, RowSet, SourceFailed
from exporter.sources.interface import Context, Deadline, Options, Permission, Source
from exporter.sources.redaction import secret_filter
from exporter.sources.small_file import read_small

LARGEST_SECRET = 1_000_000
"""Bytes of a file that a value is taken from."""

T = TypeVar("T")

Place = tuple[str | int, ...]
"""The keys and indexes that lead to a value within a source's section of a catalogue."""


def read_secret(path: Path) -> str:
    """Return what a file holds, without the spaces and line breaks around it.

    Raises:
        ValueError: If it cannot be read; the message is the reason.
    """
    try:
        return read_small(path, LARGEST_SECRET).decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
    except OSError as error:
        raise ValueError(error.strerror or "it is not the name of a file") from None
    except ValueError as error:
        raise ValueError("it is not the name of a file" if "null" in str(error) else str(error)) from None


@dataclass(frozen=True)
class SecretFiles:
    """The files that a source's options take values from, by the place of the value; `section` is as it was loaded."""

    files: Mapping[Place, Path]
    folder: Path
    section: Mapping[str, Any] = field(repr=False)

    def read(self) -> Mapping[Place, str]:
        """Return what the files hold now.

        Raises:
            SourceFailed: If one is gone or empty.
        """
        texts: dict[Place, str] = {}
        for place, path in self.files.items():
            try:
                texts[place] = read_secret(path)
            except ValueError as error:
                raise SourceFailed(
                    f"cannot read the file {path}, which `{_dotted(place)}` is taken from: {error}"
                ) from None
            if not texts[place]:
                raise SourceFailed(f"the file {path}, which `{_dotted(place)}` is taken from, is empty")
        return texts

    def loaded(self) -> Mapping[Place, str]:
        """Return what the files held when the catalogue was loaded."""
        return {place: _at(self.section, place[:-1])[place[-1]] for place in self.files}

    def options(self, model: type[Options], texts: Mapping[Place, str]) -> Options:
        """Return the options with other texts.

        Raises:
            SourceFailed: If they no longer fit.
        """
        section = deepcopy(dict(self.section))
        for place, text in texts.items():
            _at(section, place[:-1])[place[-1]] = text
        try:
            return model.model_validate(section, context={"folder": self.folder})
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            why = secret_filter(texts.values())(first["msg"].removeprefix("Value error, "))
            raise SourceFailed(f"a file has changed and does not fit: `{_dotted(first['loc'])}` {why}") from None


def build_source(name: str, options: Options, files: SecretFiles | None) -> Source:
    """Build the source of some options; it follows the files that they take values from, if any."""
    return RotatingSource(name, options, files) if files else options.build(name)


class RotatingSource(Source):
    """Polls with what the files hold when the poll begins. No error repeats what they hold or held."""

    def __init__(self, name: str, options: Options, files: SecretFiles) -> None:
        self._name = name
        self._options = options
        self._files = files
        self._texts = files.loaded()
        self._source = options.build(name)
        self._hidden: set[str] = set()

    def poll(self, context: Context) -> Iterator[Item]:
        """Build the source anew if a file changed, and poll it."""
        self._rebuild_if_changed()
        hide = secret_filter([*self._hidden, *self._options.secrets()])
        with _redacting_failures(hide):
            for item in self._source.poll(context):
                yield _hiding(item, hide) if isinstance(item, Records | Removed) else item

    def permissions(self, deadline: Deadline) -> Iterator[Permission]:
        """Build the source anew if a file changed, and ask what its credentials may read."""
        self._rebuild_if_changed()
        yield from self._source.permissions(deadline)

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def _rebuild_if_changed(self) -> None:
        texts = self._files.read()
        if texts == self._texts:
            return
        options = self._files.options(type(self._options), texts)
        self._hidden.update(self._options.secrets())
        self._source.close()
        self._options, self._texts, self._source = options, texts, options.build(self._name)


@contextmanager
def _redacting_failures(hide: Callable[[str], str]) -> Iterator[None]:
    try:
        yield
    except SourceFailed as failure:
        raise type(failure)(hide(str(failure))) from None


def _hiding(item: Records | Removed, hide: Callable[[str], str]) -> Item:
    """Return the rows; a failure while they are read may repeat what was secret before."""
    if isinstance(item, Records) and isinstance(rows := item.rows, RowSet):
        hidden = RowSet(lambda: _read(rows.one_by_one(), hide), lambda folder: _read(rows.write(folder), hide))
        return replace(item, rows=hidden)
    return replace(item, rows=_read(iter(item.rows), hide))


def _read(items: Iterator[T], hide: Callable[[str], str]) -> Iterator[T]:
    with _redacting_failures(hide):
        yield from items


def _at(section: Any, place: Place) -> Any:
    for part in place:
        section = section[part]
    return section


def _dotted(place: Place) -> str:
    return ".".join(map(str, place))
