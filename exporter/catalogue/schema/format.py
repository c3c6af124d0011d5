"""Looks up the format by path: which keys may stand there, and whether the text may be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr

from exporter.catalogue.schema.company import CompanyDocument
from exporter.mistakes import LONGEST_NAME, Keys
from exporter.sources.registry import kinds

_CLOSE = 0.75
"""How alike a mistyped key is to the one that was meant, from 0 to 1, for its text to be shown."""
_KEY = re.compile(r"[a-z_]+", re.IGNORECASE)
_SECRET = re.compile(r"key|pass|pw|secret|token|cred|auth|user|login|dsn|sig|bearer|pin|code", re.IGNORECASE)
"""What the names of secrets hold."""


def keys_at(path: Keys, source: str | None = None) -> list[str]:
    """Return the keys that may stand at a path, in alphabetical order.

    In a source, they are those of its kind, or of every kind if `source` is None.
    """
    return sorted({name for kind in _at(path, source) if _is_model(kind) for name in kind.model_fields})


def is_public(path: Keys) -> bool:
    """Return true if a text at this path may be shown: the format knows it, and no secret is at or below it.

    A mistyped key counts as the one that was meant; one that reads like the name of a secret is never public.
    """
    kinds_at = _at(path) or _at(_meant(path))
    return bool(kinds_at) and not any(_holds_a_secret(kind) for kind in kinds_at)


def is_path(path: Keys) -> bool:
    """Return true if the text at this path names a file."""
    return Path in _at(path)


@lru_cache(maxsize=1024)  # paths with mistyped keys, of which there are few
def _meant(path: Keys) -> Keys:
    """Return a path with the known key that is closest in the place of each mistyped one; itself where one has none."""
    meant: Keys = ()
    for part in path:
        if not _at((*meant, part)):
            word = str(part)
            is_odd = not _KEY.fullmatch(word) or _SECRET.search(word) or len(word) > LONGEST_NAME
            close = [] if is_odd else get_close_matches(word, keys_at(meant), n=1, cutoff=_CLOSE)
            if not close:
                return path
            part = close[0]
        meant = (*meant, part)
    return meant


@lru_cache(maxsize=16_384)  # the paths of a large catalogue, which are asked for several times, and at every reload
def _at(path: Keys, source: str | None = None) -> tuple[Any, ...]:
    """Return the types that the format allows at a path; in a source, those of the kind `source`, or of every kind."""
    kinds_at: list[Any] = [CompanyDocument]
    for depth, part in enumerate(path):
        if depth == 1 and path[0] == "sources":
            # The format of a source is that of its kind; which kind it is may be the very mistake.
            kinds_at = [kind for name, kind in kinds().items() if source in (None, name)]
        else:
            kinds_at = list(_below(kinds_at, part))
    return tuple(kinds_at)


def _below(kinds_at: Iterable[Any], part: str | int) -> Iterator[Any]:
    for kind in kinds_at:
        yield from _fields(kind).get(part, ()) if _is_model(kind) else _items(kind)


@cache
def _fields(model: type[BaseModel]) -> Mapping[str | int, tuple[Any, ...]]:
    return {name: tuple(_members(field.annotation)) for name, field in model.model_fields.items()}


@cache
def _items(kind: Any) -> tuple[Any, ...]:
    """Return the types of a mapping's values, or of the items of a tuple of any length."""
    arguments = get_args(kind)
    return tuple(_members(arguments[0] if arguments[1] is ... else arguments[1])) if len(arguments) == 2 else ()


def _members(annotation: Any) -> Iterator[Any]:
    """Yield the alternatives of a union, without None and without what `Annotated` adds."""
    if get_origin(annotation) is None:
        if annotation is not NoneType:
            yield annotation
    elif hasattr(annotation, "__metadata__"):
        yield from _members(annotation.__origin__)
    elif isinstance(get_origin(annotation), type) and issubclass(get_origin(annotation), Iterable):
        yield annotation
    else:
        for member in get_args(annotation):
            yield from _members(member)


@cache
def _holds_a_secret(kind: Any) -> bool:
    if kind in (SecretStr, Any):
        return True
    inner = [field.annotation for field in kind.model_fields.values()] if _is_model(kind) else get_args(kind)
    return any(_holds_a_secret(member) for each in inner for member in _members(each))


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
