"""JMESPath over JSON with exact numbers: where a value, a list or the next page is in a document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import ArityError, JMESPathError, JMESPathTypeError, LexerError, ParseError
from jmespath.visitor import TreeInterpreter
from pydantic import AfterValidator

from exporter.mistakes import did_you_mean
from exporter.records.batch import SourceFailed, Unreadable
from exporter.sources.exact import shown
from exporter.sources.functions import Exact, NotFit

_OPTIONS = jmespath.Options(custom_functions=Exact())
_PROJECTIONS = ("projection", "filter_projection", "value_projection")


def check(expression: str) -> str:
    """The expression, if it is one; `ValueError` with the place where it goes wrong."""
    try:
        parsed = jmespath.compile(expression).parsed
    except (LexerError, ParseError) as error:
        position = getattr(error, "lex_position", None)
        where = len(expression) if position is None else position
        raise ValueError(f"{expression!r} is not a JMESPath expression: wrong at character {where + 1}") from None
    except JMESPathError as error:
        raise ValueError(f"{expression!r} is not a JMESPath expression: {error}") from None
    for node in _nodes(parsed):
        if node["type"] == "function_expression":
            _check_call(expression, node["value"], len(node["children"]))
    return expression


Expression = Annotated[str, AfterValidator(check)]
"""A JMESPath expression, checked when the catalogue loads."""


def finder(expression: str) -> Callable[[object], object]:
    """What `expression` finds in a document; `SourceFailed` when it cannot be applied to it."""
    return _applied(expression, jmespath.compile(expression).parsed)


def picker(paths: Iterable[str]) -> Callable[[object], Mapping[str, object]]:
    """What each of these expressions finds in an item, under the expression's own text.

    Where one cannot be applied, its value is `Unreadable`, and the others are found all the same.
    """
    finders = {path: finder(path) for path in paths}

    def found(find: Callable[[object], object], item: object) -> object:
        try:
            return find(item)
        except SourceFailed as failure:
            return Unreadable(str(failure))

    return lambda item: {path: found(find, item) for path, find in finders.items()}


def whole(expression: str) -> Callable[[object], object]:
    """What `expression` finds before it leaves out or reshapes any items: the list as the server gave it."""
    node = jmespath.compile(expression).parsed
    while node["type"] in (*_PROJECTIONS, "pipe") or _is_slice(node):
        node = node["children"][0]
    return _applied(expression, node)


def reads_a_list(expression: str) -> bool:
    """Whether what it finds may depend on how many items a list has: it goes through one, or computes."""
    kinds = {node["type"] for node in _nodes(jmespath.compile(expression).parsed)}
    return not kinds.isdisjoint((*_PROJECTIONS, "flatten", "slice", "function_expression"))


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


def _applied(expression: str, parsed: Any) -> Callable[[object], object]:
    interpreter = TreeInterpreter(_OPTIONS)

    def find(document: object) -> object:
        try:
            return interpreter.visit(parsed, document)
        except JMESPathTypeError as error:
            takes = " or ".join(_words(each) for each in error.expected_types)
            why = f"{error.function_name}(...) takes {takes}, not {shown(error.current_value)}"
        except NotFit as error:
            why = str(error)
        except RecursionError:
            why = "what it reads is nested too deeply"
        except (JMESPathError, ValueError, TypeError, ArithmeticError):
            why = "it cannot be computed from what is there"
        raise SourceFailed(f"`{expression}` does not fit the answer: {why}")

    return find


def _is_slice(node: Mapping[str, Any]) -> bool:
    return bool(node["type"] == "index_expression" and node["children"][-1]["type"] == "slice")


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for child in node["children"]:
        yield from _nodes(child)


def _check_call(expression: str, function: str, given: int) -> None:
    spec = Exact.FUNCTION_TABLE.get(function)
    if spec is None:
        raise ValueError(
            f"{expression!r}: JMESPath has no function {function}{did_you_mean(function, Exact.FUNCTION_TABLE)}"
        )
    wanted = spec["signature"]
    if given < len(wanted) or (given > len(wanted) and not wanted[-1].get("variadic")):
        raise ValueError(f"{expression!r}: {ArityError(len(wanted), given, function)}")


def _words(type_: str) -> str:
    """A type of JMESPath with its article: `array-number` is a list of numbers."""
    whole, _, parts = type_.partition("-")
    names = {
        "array": "a list",
        "object": "an object",
        "string": "a text",
        "boolean": "true or false",
        "null": "nothing",
    }
    found = names.get(whole, f"a {whole}")
    return f"{found} of {names.get(parts, parts).removeprefix('a ')}s" if parts else found
