"""Reading a list page by page to its end, and noticing where it does not end there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from exporter.records.batch import SourceFailed
from exporter.sources.continuation import said
from exporter.sources.interface import Deadline
from exporter.sources.paginate import NumberedPages, Page, Paginate, by_offset
from exporter.sources.session import Reply, Request, Session

MOST = 1000
"""Pages of one list; more than that is taken for a mistake."""


def pages(
    session: Session,
    request: Request,
    how: Paginate | None,
    items: Callable[[object], tuple[Sequence[object], int]],
    deadline: Deadline,
) -> Iterator[Sequence[object]]:
    """The items of each page in turn; `items` finds them in a document, and tells how many the page has.

    Raises `SourceFailed` for a list that turns in circles, has more than `MOST` pages, or goes on after the last one.
    """
    asked: set[Request] = set()
    before: Sequence[object] = ()
    following: Request | None = how.first(request) if how else request
    while following:
        if following in asked:
            raise SourceFailed("the pages go round in a circle: one names a page that was already read as the next")
        if len(asked) == MOST:
            raise SourceFailed(f"the list has more than {MOST} pages; ask for more items on a page, or for fewer items")
        asked.add(following)
        reply = session.fetch(following, deadline)
        found, count = items(reply.document)
        _check_progress(before, found, how)
        page = Page(following, reply, count, said(reply.document, reply.next_link))
        following = how.after(page) if how else None
        if following is None:
            _check_end(page, how)
        yield found
        before = found


def check_single(reply: Reply) -> None:
    """Raise `SourceFailed` if a document that was to hold all that is counted says there is more."""
    if (told := said(reply.document, reply.next_link)) and told.more:
        raise SourceFailed(
            f"the answer says there is more ({told.where}), and a measure reads one page; ask for all of it under "
            "`params`, read it as a table, or write `paginate: none` if one page is meant"
        )


def _check_progress(before: Sequence[object], found: Sequence[object], how: Paginate | None) -> None:
    if found and found == before:
        raise SourceFailed("a page repeats the one before it; is the parameter under `paginate` the right one?")
    if isinstance(how, NumberedPages) and len(found) > 1 and found[:-1] == before[1:]:
        raise SourceFailed(
            f"a page repeats all items but one of the page before it: `{how.param}` takes a number of items, not of a "
            f"page; {by_offset(how)}"
        )


def _check_end(page: Page, how: Paginate | None) -> None:
    if how is None and page.goes_on:
        assert page.said is not None
        cure = f"write {page.said.cure} under `paginate`" if page.said.cure else "say under `paginate` how to read it"
        raise SourceFailed(
            f"the answer says there is more ({page.said.where}), and one page was read; {cure}, or `paginate: none` if "
            "one page is meant"
        )
    if how is not None and (why := how.overlooks(page)):
        assert page.said is not None
        raise SourceFailed(
            f"the last page says there is more ({page.said.where}), but {why}; is `paginate` right for this API?"
        )
