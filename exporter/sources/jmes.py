"""Evaluates JMESPath over JSON with exact numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import ArityError, JMESPathError, JMESPathTypeError, LexerError, ParseError
from jmespath.visitor import TreeInterpreter
from pydantic import AfterValidator, ValidationError
from pydantic_core import InitErrorDetails

from exporter.mistakes import did_you_mean
from exporter.records.batch import SourceFailed, Unreadable
from exporter.sources.exact_json import preview
from exporter.sources.jmes_functions import ExactFunctions, FunctionError

_OPTIONS = jmespath.Options(custom_functions=ExactFunctions())
_PROJECTIONS = ("projection", "filter_projection", "value_projection")


def check_expression(expression: str) -> str:
    """Return an expression.

    Raises:
        ValueError: If it is not JMESPath; the message names the character at fault.
    """
    try:
        parsed = jmespath.compile(expression).parsed
        nodes = list(_nodes(parsed))
    except RecursionError:
        raise ValueError(f"{expression[:60]!r}... is nested too deeply") from None
    except (LexerError, ParseError) as error:
        position = getattr(error, "lex_position", None)
        where = len(expression) if position is None else position
        raise ValueError(f"{expression!r} is not a JMESPath expression: wrong at character {where + 1}") from None
    except JMESPathError as error:
        raise ValueError(f"{expression!r} is not a JMESPath expression: {error}") from None
    for node in nodes:
        if node["type"] == "function_expression":
            _check_call(expression, node["value"], len(node["children"]))
    return expression


def check_expressions(columns: Mapping[str, str], place: tuple[str, ...] = ()) -> Mapping[str, str]:
    """Return expressions by column.

    Raises:
        ValidationError: With each that cannot be read, at its place below `place`.
    """
    mistakes: list[InitErrorDetails] = []
    for name, expression in columns.items():
        try:
            check_expression(expression)
        except ValueError as error:
            details = InitErrorDetails(type="value_error", loc=(*place, name), input=expression, ctx={"error": error})
            mistakes.append(details)
    if mistakes:
        raise ValidationError.from_exception_data("columns", mistakes, hide_input=True)
    return columns


Expression = Annotated[str, AfterValidator(check_expression)]
"""A JMESPath expression, checked when the catalogue loads."""


def finder(expression: str) -> Callable[[object], object]:
    """Return a function that finds what an expression selects in a document; it may raise `SourceFailed`."""
    return _applied(expression, jmespath.compile(expression).parsed)


def picker(paths: Iterable[str]) -> Callable[[object], Mapping[str, object]]:
    """Return a function that evaluates several expressions on an item, and gives their values by expression.

    The value of an expression that cannot be applied is `Unreadable`, and the others are found all the same.
    """
    finders = {path: finder(path) for path in paths}

    def value_of(find: Callable[[object], object], item: object) -> object:
        try:
            return find(item)
        except SourceFailed as failure:
            return Unreadable(str(failure))

    return lambda item: {path: value_of(find, item) for path, find in finders.items()}


def unfiltered_finder(expression: str) -> Callable[[object], object]:
    """Return a function that finds the list an expression starts from, before it leaves out or reshapes items."""
    node = jmespath.compile(expression).parsed
    while node["type"] in (*_PROJECTIONS, "pipe") or _is_slice(node):
        node = node["children"][0]
    return _applied(expression, node)


def reads_a_list(expression: str) -> bool:
    """Tell whether the result may depend on how many items a list has: the expression goes through one, or computes."""
    kinds = {node["type"] for node in _nodes(jmespath.compile(expression).parsed)}
    return not kinds.isdisjoint((*_PROJECTIONS, "flatten", "slice", "function_expression"))


def json_type(value: object) -> str:
    """Name the type of a value in the words of JSON."""
    match value:
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
            takes = " or ".join(map(_type_text, error.expected_types))
            why = f"{error.function_name}(...) takes {takes}, not {preview(error.current_value)}"
        except FunctionError as error:
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


def _check_call(expression: str, function: str, arguments: int) -> None:
    functions = ExactFunctions.FUNCTION_TABLE
    spec = functions.get(function)
    if spec is None:
        raise ValueError(f"{expression!r}: JMESPath has no function {function}{did_you_mean(function, functions)}")
    wanted = spec["signature"]
    if arguments < len(wanted) or (arguments > len(wanted) and not wanted[-1].get("variadic")):
        raise ValueError(f"{expression!r}: {ArityError(len(wanted), arguments, function)}")


def _type_text(type_: str) -> str:
    """Name a type of JMESPath: `array-number` is a list of numbers."""
    outer, _, parts = type_.partition("-")
    names = {
        "array": "a list",
        "object": "an object",
        "string": "a text",
        "boolean": "true or false",
        "null": "nothing",
    }
    name = names.get(outer, f"a {outer}")
    return f"{name} of {names.get(parts, parts).removeprefix('a ')}s" if parts else name
