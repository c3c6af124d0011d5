"""The base of every model of what people write: closed to unknown keys, unchanging, and silent about secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class StrictModel(BaseModel):
    """Refuses unknown keys, cannot be changed, and repeats no value in an error, since it may be a secret.

    The text below a field is what editors show.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)


def secret_texts(value: object) -> Iterator[str]:
    """Yield the text of every secret in a model and in what it holds; of an address, its password and parameters."""
    match value:
        case SecretStr():
            yield from _secret_parts(value.get_secret_value())
        case BaseModel():
            for name in type(value).model_fields:
                yield from secret_texts(getattr(value, name))
        case Mapping():
            yield from chain.from_iterable(map(secret_texts, value.values()))
        case list() | tuple() | set() | frozenset():
            yield from chain.from_iterable(map(secret_texts, value))


def _secret_parts(text: str) -> Iterator[str]:
    if not _ADDRESS.match(text):
        yield text
        return
    try:
        parts = urlsplit(text)
        yield from filter(None, (parts.password, unquote(parts.password or "")))
    except ValueError:
        return
    yield from (value for _, value in parse_qsl(parts.query))
