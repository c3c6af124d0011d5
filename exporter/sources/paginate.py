"""The ways that APIs know to come from one page of a list to the next: Link header, cursor, page number, offset."""

from __future__ import annotations

import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urljoin

from pydantic import BeforeValidator, Field, model_validator

from exporter.records.batch import SourceFailed
from exporter.sources.continuation import Said
from exporter.sources.interface import Strict
from exporter.sources.jmes import Expression, finder
from exporter.sources.session import Reply, Request

_OFFSET = re.compile(r"(offset|skip|start_?at|start_?index|start_?position)", re.IGNORECASE)
_PAGE = re.compile(r"(page|page_?number|page_?no|page_?num|current_?page)", re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """One page: how it was asked for, what came, how many items it has, and what it says about pages after it."""

    asked: Request
    reply: Reply
    count: int
    said: Said | None

    @property
    def goes_on(self) -> bool:
        return self.said is not None and self.said.more

    @property
    def ends(self) -> bool:
        """Whether it says that it is the last one."""
        return self.said is not None and not self.said.more


class _Pages(Strict):
    def first(self, request: Request) -> Request:
        return request

    @abstractmethod
    def after(self, page: Page) -> Request | None:
        """The request for the page after this one; None if this was the last."""

    def overlooks(self, page: Page) -> str | None:
        """What is wrong if this was taken for the last page and says there is more."""
        return None


class OnePage(_Pages):
    """The first page is all that is meant, whatever there is behind it."""

    kind: Literal["none"]

    def after(self, page: Page) -> Request | None:
        return None


class LinkedPages(_Pages):
    """The next page is in the Link header, as `rel="next"`."""

    kind: Literal["link"]

    def after(self, page: Page) -> Request | None:
        return Request(page.reply.next_link) if page.reply.next_link else None

    def overlooks(self, page: Page) -> str | None:
        return "there is no `next` in the Link header" if page.goes_on else None


class CursorPages(_Pages):
    """The document says where to go on; nothing, an empty text or false there ends the list."""

    kind: Literal["cursor"]
    next: Expression = Field(description="JMESPath to the cursor, or to the address of the next page")
    param: str | None = Field(default=None, description="parameter that takes the cursor; not needed for addresses")

    def after(self, page: Page) -> Request | None:
        found = finder(self.next)(page.reply.document)
        if not found:
            return None
        if isinstance(found, bool | list | dict):
            raise SourceFailed(f"`{self.next}` is neither a cursor nor an address")
        cursor = str(found)
        if self.param is None or cursor.startswith(("http://", "https://")):
            return Request(urljoin(page.asked.url, cursor))
        return page.asked.having(self.param, cursor)

    def overlooks(self, page: Page) -> str | None:
        return f"`{self.next}` finds nothing" if page.goes_on else None


class _CountedPages(_Pages):
    """Pages asked for by a number. The list ends with an empty one, or a short one that does not say there is more."""

    param: str
    start: int
    size: int | None
    size_param: str | None

    @model_validator(mode="after")
    def _something_to_ask_for(self) -> _CountedPages:
        if self.size_param and self.size is None:
            raise ValueError("`size_param` needs a `size` to ask for")
        return self

    @abstractmethod
    def step(self, count: int) -> int:
        """By how much the number grows after a page of so many items."""

    def first(self, request: Request) -> Request:
        if self.size_param:
            request = request.having(self.size_param, str(self.size))
        return request.having(self.param, str(self.start))

    def after(self, page: Page) -> Request | None:
        is_short = page.count < (self.size or 1) and not page.goes_on
        if not page.count or is_short or page.ends:
            return None
        number = int(dict(page.asked.params)[self.param])
        return page.asked.having(self.param, str(number + self.step(page.count)))

    def overlooks(self, page: Page) -> str | None:
        return "the page has no items" if page.goes_on and page.said and page.said.plain else None


class NumberedPages(_CountedPages):
    """Pages are counted; an empty one ends the list, and so does a short one where `size` is given."""

    kind: Literal["page"]
    param: str = Field(default="page", description="parameter that takes the page's number")
    start: int = Field(default=1, ge=0, description="number of the first page")
    size: int | None = Field(default=None, gt=0, description="items on a full page")
    size_param: str | None = Field(default=None, description="parameter that asks for `size` items")

    @model_validator(mode="after")
    def _counts_pages(self) -> NumberedPages:
        if _OFFSET.fullmatch(self.param):
            raise ValueError(f"`{self.param}` takes a number of items to leave out, not of a page; {by_offset(self)}")
        return self

    def step(self, count: int) -> int:
        return 1


class OffsetPages(_CountedPages):
    """Items are counted: a page begins after so many. An empty page ends the list, and so does a short one."""

    kind: Literal["offset"]
    param: str = Field(default="offset", description="parameter that takes the number of items to leave out")
    start: int = Field(default=0, ge=0, description="what it is for the first page")
    size: int = Field(gt=0, description="items on a full page")
    size_param: str | None = Field(default=None, description="parameter that asks for `size` items, such as limit")

    @model_validator(mode="after")
    def _counts_items(self) -> OffsetPages:
        if _PAGE.fullmatch(self.param):
            raise ValueError(f"`{self.param}` takes the number of a page, not of items; write `kind: page`")
        return self

    def step(self, count: int) -> int:
        return count


def by_offset(pages: NumberedPages) -> str:
    """What to write where a parameter counts items."""
    return f"write `{{kind: offset, param: {pages.param}, size: {pages.size or 100}}}`"


def _spelled_out(value: object) -> object:
    return {"kind": "none"} if value == "none" else value


_Kind = Annotated[LinkedPages | CursorPages | NumberedPages | OffsetPages | OnePage, Field(discriminator="kind")]

Paginate = Annotated[
    _Kind,
    BeforeValidator(_spelled_out, json_schema_input_type=_Kind | Literal["none"]),
]
