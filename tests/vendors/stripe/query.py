"""The parameters of a request as Stripe writes them: `created[gte]`, `types[]`, `expand[0]`."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

_KEY = re.compile(r"(\w+)((?:\[\w*\])?)")
_BOUNDS = {"gt": 1, "gte": 0, "lt": 0, "lte": 1}
MAX_DEPTH = 4
"""How many levels an entry of `expand` may have."""
MAX_TYPES = 20


class Refused(Exception):
    """A request that is answered by an error: its status, and what the error says of itself."""

    def __init__(self, status: int, message: str, kind: str = "invalid_request_error", **more: str) -> None:
        super().__init__(message)
        self.status = status
        self.document = {"error": {"message": message, "type": kind, **more}}


@dataclass(frozen=True)
class Query:
    """What a request asks for; `created` is half-open, in seconds."""

    values: dict[str, str] = field(default_factory=dict)
    expand: Sequence[str] = ()
    types: Sequence[str] = ()
    ids: Sequence[str] = ()
    created: tuple[int, int] = (0, 2**62)

    def flag(self, name: str) -> bool | None:
        """Return a parameter that is `true` or `false`."""
        text = self.values.get(name)
        return None if text is None else text == "true"

    @property
    def limit(self) -> int:
        """How many entries of a list are wanted."""
        text = self.values.get("limit", "10")
        if not text.isdigit() or not 1 <= int(text) <= 100:
            raise Refused(400, f"Invalid limit: {text}; it is from 1 to 100", param="limit")
        return int(text)


def parsed(text: str, names: Collection[str]) -> Query:
    """Return the parameters of a query string; what Stripe would refuse is refused."""
    values: dict[str, str] = {}
    lists: dict[str, list[str]] = {"expand": [], "types": [], "ids": []}
    first, end = 0, 2**62
    for key, value in parse_qsl(text, keep_blank_values=True):
        match = _KEY.fullmatch(key)
        name, index = match.groups() if match else (key, "")
        if name not in names:
            raise Refused(400, f"Received unknown parameter: {key}", code="parameter_unknown", param=key)
        if name in lists:
            if not index:
                raise Refused(400, f"Invalid array: {key}; write {name}[]", param=name)
            lists[name].append(value)
        elif name == "created":
            bound = index.strip("[]")
            if not value.isdigit() or (bound and bound not in _BOUNDS):
                raise Refused(400, f"Invalid timestamp: {key}={value}", param="created")
            second = int(value) + _BOUNDS.get(bound, 0)
            if bound in ("gt", "gte", ""):
                first = max(first, second)
            if bound in ("lt", "lte", ""):
                end = min(end, second + (not bound))
        else:
            values[name] = value
    if len(lists["types"]) > MAX_TYPES:
        raise Refused(400, f"You may only specify up to {MAX_TYPES} types", param="types")
    for path in lists["expand"]:
        if path.count(".") >= MAX_DEPTH:
            message = f"You cannot expand more than {MAX_DEPTH} levels of a property. You tried to expand {path}"
            raise Refused(400, message, code="property_expansion_max_depth", param="expand")
    return Query(values, lists["expand"], lists["types"], lists["ids"], (first, end))
