"""Reads a list page by page to its end, and notices where there is more after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from exporter.records.batch import SourceFailed
from exporter.sources.continuation import continuation_of
from exporter.sources.exchange import Reply, Request
from exporter.sources.interface import Deadline
from exporter.sources.pagination_options import NumberedPages, Page, Paginate, offset_suggestion
from exporter.sources.session import Session

MAX_PAGES = 1000
"""Pages of one list; more are taken for a mistake."""


def read_pages(
    session: Session,
    request: Request,
    how: Paginate | None,
    items: Callable[[object], tuple[Sequence[object], int]],
    deadline: Deadline,
) -> Iterator[Sequence[object]]:
    """Yield the items of each page in turn.

    Args:
        session: The connection to the server.
        request: The request for the first page, without the parameters of `how`.
        how: The options under `paginate`; None where there must be one page.
        items: Finds the items to yield in a document, and how many the server sent, which may be more.
        deadline: When the poll must be over.

    Raises:
        SourceFailed: If the list goes round in a circle, has more than `MAX_PAGES` pages, or goes on after the last.
    """
    sent: set[Request] = set()
    before: Sequence[object] = ()
    following: Request | None = how.first_request(request) if how else request
    while following:
        if following in sent:
            raise SourceFailed("the pages go round in a circle: one names a page that was already read as the next")
        if len(sent) == MAX_PAGES:
            raise SourceFailed(
                f"the list has more than {MAX_PAGES} pages; ask for more items on a page, or for fewer items"
            )
        sent.add(following)
        reply = session.fetch(following, deadline)
        selected, count = items(reply.document)
        _check_progress(before, selected, how)
        page = Page(following, reply, count, continuation_of(reply.document, reply.next_link))
        following = how.next_request(page) if how else None
        if following is None:
            _check_end(page, how)
        yield selected
        before = selected


def check_single(reply: Reply) -> None:
    """Raise `SourceFailed` if a document that should hold all items says there is more."""
    continuation = continuation_of(reply.document, reply.next_link)
    if continuation and continuation.has_more:
        raise SourceFailed(
            f"the answer says there is more ({continuation.where}), and a measure reads one page; ask for all of it "
            "under `params`, read it as a table, or write `paginate: none` if one page is meant"
        )


def _check_progress(before: Sequence[object], items: Sequence[object], how: Paginate | None) -> None:
    if items and items == before:
        raise SourceFailed("a page repeats the one before it; is the parameter under `paginate` the right one?")
    if isinstance(how, NumberedPages) and len(items) > 1 and items[:-1] == before[1:]:
        raise SourceFailed(
            f"a page repeats all items but one of the page before it: `{how.param}` takes a number of items, not of a "
            f"page; {offset_suggestion(how)}"
        )


def _check_end(page: Page, how: Paginate | None) -> None:
    if page.continuation is None:
        return
    where, suggestion = page.continuation.where, page.continuation.suggestion
    if how is None and page.has_more:
        remedy = f"write {suggestion} under `paginate`" if suggestion else "say under `paginate` how to read it"
        raise SourceFailed(
            f"the answer says there is more ({where}), and one page was read; {remedy}, or `paginate: none` if one "
            "page is meant"
        )
    if how is not None and (why := how.contradiction(page)):
        raise SourceFailed(f"the last page says there is more ({where}), but {why}; is `paginate` right for this API?")
