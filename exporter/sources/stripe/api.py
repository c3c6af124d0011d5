"""Asks Stripe's API: lists page by page, the newest first, and single objects by their ids."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from exporter.records.batch import HttpFailed, SourceFailed
from exporter.sources.exchange import Request
from exporter.sources.interface import Deadline
from exporter.sources.read_ahead import read_ahead
from exporter.sources.session import Session
from exporter.sources.stripe.prices import Object

PAGE = 100
"""Objects of a page, the most that Stripe gives."""

Params = tuple[tuple[str, str], ...]

Pages = Iterator[Sequence[Object]]
"""The pages of a list."""


class Api:
    """The API within one poll."""

    def __init__(self, session: Session, deadline: Deadline) -> None:
        self._session = session
        self._deadline = deadline

    def pages(self, path: str, params: Params = (), after: str | None = None) -> Pages:
        """Yield the pages of a list, from behind the object `after` on, where one is given."""
        while True:
            following = (("starting_after", after),) if after else ()
            document = self._get(path, (("limit", str(PAGE)), *params, *following))
            data = document.get("data")
            if not isinstance(data, list):
                raise SourceFailed("the answer is not a list of Stripe's; is `url` right?")
            yield data
            if not document.get("has_more") or not data:
                return
            after = data[-1]["id"]

    def all(self, path: str, params: Params = ()) -> list[Object]:
        """Return all objects of a list that is short."""
        return [each for page in self.pages(path, params) for each in page]

    def find(self, path: str, params: Params = ()) -> Object | None:
        """Return an object, None where there is no such."""
        try:
            return self._get(path, params)
        except HttpFailed as failure:
            if failure.status == 404:
                return None
            raise

    def _get(self, path: str, params: Params) -> dict[str, Any]:
        self._deadline.check()
        reply = self._session.fetch(Request(f"{self._session.url}/v1/{path}", params), self._deadline)
        try:
            document = json.loads(reply.body, parse_float=Decimal)
        except ValueError:
            raise SourceFailed("the server's answer is not JSON; is `url` right?") from None
        if not isinstance(document, dict):
            raise SourceFailed("the answer is not one of Stripe's; is `url` right?")
        return document


def long_list(pages: Callable[[str | None], Pages], after: str | None) -> Pages:
    """Yield the pages of a list from behind an object on, or from its beginning if that was deleted meanwhile.

    While the caller works with a page, the next one is on its way.
    """
    listed = read_ahead(pages(after))
    try:
        first = next(listed, None)
    except HttpFailed as failure:
        if after is None or failure.status not in (400, 404):
            raise
        yield from read_ahead(pages(None))
        return
    yield from listed if first is None else chain([first], listed)


def expanding(*paths: str) -> Params:
    """Return the parameters that ask for objects in the place of ids."""
    return tuple(("expand[]", path) for path in paths)


def error_message(body: bytes) -> str:
    """Return what Stripe says about an error, and nothing where it is not Stripe that answers."""
    try:
        error = json.loads(body)["error"]
        return str(error.get("message") or error.get("type") or "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
