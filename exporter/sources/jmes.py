"""JMESPath over JSON with exact numbers: where a value, a list or the next page is in a document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

import jmespath
from jmespath.exceptions import JMESPathError, LexerError, ParseError
from jmespath.functions import Functions, signature
from pydantic import AfterValidator

from exporter.sources.interface import SourceFailed


class _Exact(Functions):
    """The standard functions, which know only float and int, for Decimal too; and `from_epoch(seconds)`."""

    def _get_allowed_pytypes(self, types: list[str]) -> tuple[list[str], list[tuple[str, ...]]]:
        allowed, parts = super()._get_allowed_pytypes(types)  # type: ignore[misc] # not in its stubs
        return (
            [*allowed, "Decimal"] if "float" in allowed else allowed,
            [(*part, "Decimal") if "float" in part else part for part in parts],
        )

    @signature({"types": ["array-number"]})
    def _func_avg(self, numbers: list[int | float | Decimal]) -> Decimal | None:
        return sum(Decimal(str(number)) for number in numbers) / Decimal(len(numbers)) if numbers else None

    @signature({"types": ["number", "null"]})
    def _func_from_epoch(self, seconds: int | float | Decimal | None) -> str | None:
        return None if seconds is None else datetime.fromtimestamp(float(seconds), UTC).isoformat()


_OPTIONS = jmespath.Options(custom_functions=_Exact())


def check(expression: str) -> str:
    """The expression, if it is one; `ValueError` with the place where it goes wrong."""
    try:
        jmespath.compile(expression)
    except (LexerError, ParseError) as error:
        position = getattr(error, "lex_position", None)
        where = len(expression) if position is None else position
        raise ValueError(f"{expression!r} is not a JMESPath expression: wrong at character {where + 1}") from None
    except JMESPathError as error:
        raise ValueError(f"{expression!r} is not a JMESPath expression: {error}") from None
    return expression


Expression = Annotated[str, AfterValidator(check)]
"""A JMESPath expression, checked when the catalogue loads."""


def finder(expression: str) -> Callable[[object], object]:
    """What `expression` finds in a document; `SourceFailed` when it cannot be applied to it."""
    compiled = jmespath.compile(expression)

    def find(document: object) -> object:
        try:
            return compiled.search(document, options=_OPTIONS)
        except (JMESPathError, ValueError, TypeError, ArithmeticError, OSError) as error:
            raise SourceFailed(f"`{expression}` does not fit the answer ({type(error).__name__})") from None

    return find


def picker(paths: Iterable[str]) -> Callable[[object], Mapping[str, object]]:
    """What each of these expressions finds in an item, under the expression's own text."""
    finders = {path: finder(path) for path in paths}
    return lambda item: {path: find(item) for path, find in finders.items()}


def kind(found: object) -> str:
    """What was found, in the words of JSON."""
    match found:
        case None:
            return "nothing"
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return "a text"
        case bool():
            return "true or false"
        case _:
            return "a number"
