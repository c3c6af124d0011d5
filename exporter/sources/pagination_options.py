"""The options under `paginate`: how an API leads to the next page, by Link header, cursor, page number or offset."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urljoin

from pydantic import BeforeValidator, Field, model_validator

from exporter.records.batch import SourceFailed
from exporter.sources.continuation import Continuation
from exporter.sources.exchange import Reply, Request
from exporter.sources.jmes import Expression, finder
from exporter.strict_model import StrictModel

MOST_ITEMS = 10**9
"""Beyond any list, and what every server can count."""

_OFFSET = re.compile(r"(offset|skip|start_?at|start_?index|start_?position)", re.IGNORECASE)
_PAGE = re.compile(r"(page|page_?number|page_?no|page_?num|current_?page)", re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """One page of a list; `count` is how many items the server sent, `continuation` what it says of pages after it."""

    request: Request
    reply: Reply
    count: int
    continuation: Continuation | None

    @property
    def has_more(self) -> bool:
        """Whether the page says that there is more."""
        return self.continuation is not None and self.continuation.has_more

    @property
    def is_last(self) -> bool:
        """Whether the page says that it is the last one."""
        return self.continuation is not None and not self.continuation.has_more


class _Pages(StrictModel):
    def first_request(self, request: Request) -> Request:
        """Return the request for the first page."""
        return request

    @abstractmethod
    def next_request(self, page: Page) -> Request | None:
        """Return the request for the page after this one; None if this was the last."""

    def contradiction(self, page: Page) -> str | None:
        """Explain why this page was taken for the last although it says there is more; None where it does not."""
        return None


class OnePage(_Pages):
    """The first page is all that is meant, whatever there is behind it."""

    kind: Literal["none"]

    def next_request(self, page: Page) -> Request | None:
        """Return None: there is one page."""
        return None


class LinkedPages(_Pages):
    """The next page is in the Link header, as `rel="next"`."""

    kind: Literal["link"]

    def next_request(self, page: Page) -> Request | None:
        """Follow the link."""
        return Request(page.reply.next_link) if page.reply.next_link else None

    def contradiction(self, page: Page) -> str | None:
        """Compare the header with the document."""
        return "there is no `next` in the Link header" if page.has_more else None


class CursorPages(_Pages):
    """The document says where to go on; nothing, an empty text or false there ends the list."""

    kind: Literal["cursor"]
    next: Expression = Field(description="JMESPath to the cursor, or to the address of the next page")
    param: str | None = Field(default=None, description="parameter that takes the cursor; not needed for addresses")

    def next_request(self, page: Page) -> Request | None:
        """Send the cursor in its parameter, or follow the address that it is."""
        value = finder(self.next)(page.reply.document)
        if not value:
            return None
        if isinstance(value, bool | list | dict):
            raise SourceFailed(f"`{self.next}` is neither a cursor nor an address")
        cursor = str(value)
        if self.param is None or cursor.startswith(("http://", "https://")):
            return Request(urljoin(page.request.url, cursor))
        return page.request.with_param(self.param, cursor)

    def contradiction(self, page: Page) -> str | None:
        """Compare the cursor with what else the document says."""
        return f"`{self.next}` finds nothing" if page.has_more else None


class _CountedPages(_Pages):
    """Pages by number. The list ends with an empty page, or a short one that does not say there is more."""

    param: str
    start: int
    size: int | None
    size_param: str | None

    @model_validator(mode="after")
    def _size_is_set(self) -> _CountedPages:
        if self.size_param and self.size is None:
            raise ValueError("`size_param` needs a `size` to ask for")
        return self

    @abstractmethod
    def step(self, count: int) -> int:
        """Return by how much the number grows after a page of so many items."""

    def first_request(self, request: Request) -> Request:
        """Add the number of the first page, and the size of pages if the API takes it."""
        if self.size_param:
            request = request.with_param(self.size_param, str(self.size))
        return request.with_param(self.param, str(self.start))

    def next_request(self, page: Page) -> Request | None:
        """Count on, unless the page is empty or short, or says that it is the last."""
        is_short = page.count < (self.size or 1) and not page.has_more
        if not page.count or is_short or page.is_last:
            return None
        number = int(dict(page.request.params)[self.param])
        return page.request.with_param(self.param, str(number + self.step(page.count)))

    def contradiction(self, page: Page) -> str | None:
        """Compare the end of the list with a flag that says there is more."""
        is_explicit = page.continuation is not None and page.continuation.explicit
        return "the page has no items" if page.has_more and is_explicit else None


class NumberedPages(_CountedPages):
    """Pages are counted; an empty one ends the list, and so does a short one where `size` is given."""

    kind: Literal["page"]
    param: str = Field(default="page", description="parameter that takes the page's number")
    start: int = Field(default=1, ge=0, le=MOST_ITEMS, description="number of the first page")
    size: int | None = Field(default=None, gt=0, le=MOST_ITEMS, description="items on a full page")
    size_param: str | None = Field(default=None, description="parameter that asks for `size` items")

    @model_validator(mode="after")
    def _counts_pages(self) -> NumberedPages:
        if _OFFSET.fullmatch(self.param):
            raise ValueError(
                f"`{self.param}` takes a number of items to leave out, not of a page; {offset_suggestion(self)}"
            )
        return self

    def step(self, count: int) -> int:
        """Count pages."""
        return 1


class OffsetPages(_CountedPages):
    """Items are counted: a page begins after so many. An empty page ends the list, and so does a short one."""

    kind: Literal["offset"]
    param: str = Field(default="offset", description="parameter that takes the number of items to leave out")
    start: int = Field(default=0, ge=0, le=MOST_ITEMS, description="what it is for the first page")
    size: int = Field(gt=0, le=MOST_ITEMS, description="items on a full page")
    size_param: str | None = Field(default=None, description="parameter that asks for `size` items, such as limit")

    @model_validator(mode="after")
    def _counts_items(self) -> OffsetPages:
        if _PAGE.fullmatch(self.param):
            raise ValueError(f"`{self.param}` takes the number of a page, not of items; write `kind: page`")
        return self

    def step(self, count: int) -> int:
        """Count items."""
        return count


def offset_suggestion(pages: NumberedPages) -> str:
    """Return what to write where a parameter counts items."""
    return f"write `{{kind: offset, param: {pages.param}, size: {pages.size or 100}}}`"


def _with_kind(value: object) -> object:
    return {"kind": "none"} if value == "none" else value


_Kind = Annotated[LinkedPages | CursorPages | NumberedPages | OffsetPages | OnePage, Field(discriminator="kind")]

Paginate = Annotated[
    _Kind,
    BeforeValidator(_with_kind, json_schema_input_type=_Kind | Literal["none"]),
]
