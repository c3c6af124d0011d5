"""The definition of an analysis: how it is requested, computed and written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from exporter.analysis.parameters import Parameter, RequestContext, RequestRefused, Texts, parameters
from exporter.records.store import Store

R = TypeVar("R")
A = TypeVar("A")

JSON = "application/json"


@dataclass(frozen=True)
class Content:
    """An answer as it is sent: whole, or in pieces as they are computed.

    `style_hash` names the style sheet within an HTML document for a content security policy; it is empty for none.
    """

    media_type: str
    body: bytes | Iterator[bytes]
    style_hash: str = ""

    @property
    def pieces(self) -> Iterator[bytes]:
        """The body piece by piece."""
        return iter([self.body]) if isinstance(self.body, bytes) else self.body

    @property
    def text(self) -> str:
        """The whole body as text."""
        return b"".join(self.pieces).decode()


def json_content(document: Mapping[str, Any]) -> Content:
    """Return a JSON document as content; raise `ValueError` for a number that JSON cannot hold."""
    return Content(JSON, json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())


@dataclass(frozen=True)
class Analysis(Generic[R, A]):
    """One analysis: `request` is a dataclass with a `Parameter` for each field, `compute` returns the answer to it.

    `compute` and `write` raise `ValueError` for a request that cannot be answered. `text` renders a JSON document for
    people. What is `costly` computes for seconds. `hint` and `example` make up the message for a request without a
    required parameter; `timeout` is how many seconds a client waits.
    """

    name: str
    description: str
    hint: str
    example: str
    request: type[R]
    compute: Callable[[R, Store, datetime], A]
    write: Callable[[R, A], Content]
    text: Callable[[dict[str, Any]], str] | None = None
    streamed: bool = False
    costly: bool = False
    timeout: float = 60.0

    @property
    def path(self) -> str:
        """The path of its address."""
        return f"/api/v1/{self.name}"

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """Its parameters by the names of the request's fields, in their order."""
        return parameters(self.request)

    @cached_property
    def defaults(self) -> Mapping[str, Any]:
        """The defaults of the request's fields that have one."""
        return {each.name: each.default for each in fields(self.request) if each.default is not MISSING}  # type: ignore[arg-type] # a request is a dataclass

    def read(self, texts: Texts, context: RequestContext) -> R:
        """Return the request that some texts make; raise `RequestRefused` with what is wrong with them."""
        if any(each.required and not each.is_written(texts) for each in self.parameters.values()):
            raise RequestRefused(f"{self.hint}: {self.path}?{self.example}")
        values: dict[str, Any] = {}
        for field, parameter in self.parameters.items():
            has_default = self.defaults.get(field) is not None
            if not (parameter.repeated or parameter.is_written(texts, empty=has_default)):
                continue
            try:
                written = texts.get(parameter.name, ())
                values[field] = parameter.read(written, replace(context, company=values.get("company")))
            except RequestRefused:
                raise
            except ValueError as error:
                raise RequestRefused(f"{parameter.name}: {error}") from None
        return self.request(**values)
