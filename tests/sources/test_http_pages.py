"""Lists that HTTP servers give in pages: all of them are read, and one that cannot end is noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exporter.records.batch import Records, SourceFailed
from exporter.sources.interface import Deadline
from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.sources.http_sources import LEADS, TOKEN, always, ids, leads, numbered, one_after_the_other
from tests.support.source_polls import Clock, context, poll


def with_cursor(request: HttpRequest) -> HttpResponse:
    """Give a list in pages of three items, each with the cursor of the next."""
    start = int(request.params.get("after", "c0")[1:])
    following = f"c{start + 3}" if start + 3 < len(LEADS) else None
    return HttpResponse({"data": LEADS[start : start + 3], "paging": {"next": following}})


def linked(request: HttpRequest) -> HttpResponse:
    """Give a list in pages of three items, each with a Link header that has a relative link to the next."""
    start = int(request.params.get("offset", 0))
    links = f'</leads?offset={start + 3}&kind=new>; rel="next", </leads?offset=6>; rel="last"'
    return HttpResponse(LEADS[start : start + 3], headers={"Link": links} if start + 3 < len(LEADS) else {})


@pytest.mark.parametrize(
    ("answer", "table", "requests"),
    [
        (numbered, {"paginate": {"kind": "page"}}, 5),
        (numbered, {"paginate": {"kind": "page", "size": 2}}, 4),
        (numbered, {"paginate": {"kind": "page", "size": 5, "size_param": "per_page"}}, 2),
        (with_cursor, {"select": "data", "paginate": {"kind": "cursor", "next": "paging.next", "param": "after"}}, 3),
        (linked, {"params": {"kind": "new"}, "paginate": {"kind": "link"}}, 3),
    ],
)
def test_all_pages_are_read(answer: Callable[[HttpRequest], HttpResponse], table: Any, requests: int) -> None:
    with Standin(answer) as server:
        assert ids(leads(server, **table)) == [f"l{number}" for number in range(7)]
        assert len(server.requests) == requests
        assert all(request.params.get("kind", "new") == "new" for request in server.requests)


@pytest.mark.parametrize("address", ["{url}/leads?from=1", "/leads?from=1", "?from=1"])
def test_the_cursor_may_be_the_address_of_the_next_page(address: str) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        if "from" in request.params:
            return HttpResponse({"items": LEADS[1:2], "next": ""})
        return HttpResponse({"items": LEADS[:1], "next": address.format(url=server.url)})

    with Standin(answer) as server:
        source = leads(server, select="items", paginate={"kind": "cursor", "next": "next"})
        assert ids(source) == ["l0", "l1"]


@pytest.mark.parametrize("link", [True, False])
def test_a_next_page_on_another_server_is_not_asked_for(link: bool) -> None:
    with Standin(always(HttpResponse([]))) as other:
        elsewhere = f"{other.url}/leads?page=2"
        response = (
            HttpResponse({"items": []}, headers={"Link": f'<{elsewhere}>; rel="next"'})
            if link
            else HttpResponse({"items": [], "next": elsewhere})
        )
        with Standin(always(response)) as server:
            how = {"kind": "link"} if link else {"kind": "cursor", "next": "next"}
            with pytest.raises(SourceFailed, match=f"an address elsewhere \\({other.url}\\)"):
                poll(leads(server, select="items", paginate=how, auth=TOKEN))
        assert other.requests == []


def test_pages_in_a_circle_are_noticed() -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        step = {None: "a", "a": "b", "b": "a"}[request.params.get("after")]
        return HttpResponse({"items": [{"lead_id": step}], "next": step})

    with Standin(answer) as server:
        source = leads(server, select="items", paginate={"kind": "cursor", "next": "next", "param": "after"})
        with pytest.raises(SourceFailed, match=r"^table leads: the pages go round in a circle"):
            poll(source)
        assert len(server.requests) == 3


def test_a_page_parameter_that_the_server_does_not_know_is_noticed() -> None:
    with Standin(numbered) as server:
        with pytest.raises(SourceFailed, match="a page repeats the one before it"):
            poll(leads(server, paginate={"kind": "page", "param": "p"}))
        assert len(server.requests) == 2


@pytest.mark.slow
def test_a_list_without_end_ends_after_a_thousand_pages() -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse([{"lead_id": request.params["page"]}])

    with Standin(answer) as server:
        with pytest.raises(SourceFailed, match="the list has more than 1000 pages"):
            poll(leads(server, paginate={"kind": "page"}))
        assert len(server.requests) == 1000


def test_a_page_that_fails_fails_the_poll() -> None:
    answer = one_after_the_other(HttpResponse(LEADS[:2]), HttpResponse({"error": "no such page"}, 404))
    with (
        Standin(answer) as server,
        pytest.raises(SourceFailed, match=r'^table leads: http.* answered 404 Not Found: {"error": "no such page"}'),
    ):
        poll(leads(server, paginate={"kind": "page"}))


def test_a_poll_ends_at_its_deadline_between_pages() -> None:
    clock = Clock()
    with Standin(numbered) as server:
        records = next(leads(server, paginate={"kind": "page"}).poll(context(deadline=Deadline(30, clock))))
        assert isinstance(records, Records)
        next(iter(records.rows))
        clock.seconds += 30
        with pytest.raises(SourceFailed, match="timed out after 30s"):
            list(records.rows)
        assert len(server.requests) == 1
