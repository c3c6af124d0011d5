"""From one page of a list to the next, in the ways that APIs know: Link header, cursor, page number."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Literal
from urllib.parse import urljoin

from pydantic import Field, model_validator

from exporter.sources.interface import Deadline, SourceFailed, Strict
from exporter.sources.jmes import Expression, finder
from exporter.sources.session import Reply, Request, Session

MOST = 1000
"""Pages of one list; more than that is taken for a mistake."""


class _Pages(Strict):
    def first(self, request: Request) -> Request:
        return request

    @abstractmethod
    def after(self, asked: Request, reply: Reply, items: Sequence[object]) -> Request | None:
        """The request for the page after this one; None if this was the last."""


class LinkedPages(_Pages):
    """The next page is in the Link header, as `rel="next"`."""

    kind: Literal["link"]

    def after(self, asked: Request, reply: Reply, items: Sequence[object]) -> Request | None:
        return Request(reply.next_link) if reply.next_link else None


class CursorPages(_Pages):
    """The document says where to go on; nothing, an empty text or false there ends the list."""

    kind: Literal["cursor"]
    next: Expression = Field(description="JMESPath to the cursor, or to the address of the next page")
    param: str | None = Field(default=None, description="parameter that takes the cursor; not needed for addresses")

    def after(self, asked: Request, reply: Reply, items: Sequence[object]) -> Request | None:
        found = finder(self.next)(reply.document)
        if not found:
            return None
        if isinstance(found, bool | list | dict):
            raise SourceFailed(f"`{self.next}` is neither a cursor nor an address")
        cursor = str(found)
        if self.param is None or cursor.startswith(("http://", "https://")):
            return Request(urljoin(asked.url, cursor))
        return asked.having(self.param, cursor)


class NumberedPages(_Pages):
    """Pages are counted; an empty one ends the list, and so does a short one where `size` is given."""

    kind: Literal["page"]
    param: str = Field(default="page", description="parameter that takes the page's number")
    start: int = Field(default=1, ge=0, description="number of the first page")
    size: int | None = Field(default=None, gt=0, description="items on a full page")
    size_param: str | None = Field(default=None, description="parameter that asks for `size` items")

    @model_validator(mode="after")
    def _something_to_ask_for(self) -> NumberedPages:
        if self.size_param and self.size is None:
            raise ValueError("`size_param` needs a `size` to ask for")
        return self

    def first(self, request: Request) -> Request:
        if self.size_param:
            request = request.having(self.size_param, str(self.size))
        return request.having(self.param, str(self.start))

    def after(self, asked: Request, reply: Reply, items: Sequence[object]) -> Request | None:
        if len(items) < (self.size or 1):
            return None
        return asked.having(self.param, str(int(dict(asked.params)[self.param]) + 1))


Paginate = Annotated[LinkedPages | CursorPages | NumberedPages, Field(discriminator="kind")]


def pages(
    session: Session,
    request: Request,
    how: Paginate | None,
    items: Callable[[object], Sequence[object]],
    deadline: Deadline,
) -> Iterator[Sequence[object]]:
    """The items of each page in turn.

    Raises `SourceFailed` for a list that turns in circles or has more than `MOST` pages.
    """
    asked: set[Request] = set()
    previous = b""
    following: Request | None = how.first(request) if how else request
    while following:
        if following in asked:
            raise SourceFailed("the pages go round in a circle: one names a page that was already read as the next")
        if len(asked) == MOST:
            raise SourceFailed(f"the list has more than {MOST} pages; ask for more items on a page, or for fewer items")
        asked.add(following)
        reply = session.fetch(following, deadline)
        found = items(reply.document)
        if found and reply.body == previous:
            raise SourceFailed("a page repeats the one before it; is the parameter under `paginate` the right one?")
        yield found
        previous = reply.body
        following = how.after(following, reply, found) if how else None
