"""What vendors' answers say about pages after them, and what becomes of a list whose rest is not read."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.records.batch import SourceFailed
from exporter.sources.continuation import continuation_of
from tests.servers.standin import HttpRequest, HttpResponse, Standin
from tests.support.examples import examples
from tests.support.source_polls import LEAD_CONSTANTS, options, poll

ITEMS = [{"lead_id": f"l{number}"} for number in range(3)]
NEXT = "https://api.example.com/x?page=2"

# Each vendor's way: the place of the list, a document with more after it, the last document, and words of the message.
VENDORS: dict[str, tuple[str, dict[str, Any], dict[str, Any], str]] = {
    "Stripe": (
        "data",
        {"object": "list", "has_more": True},
        {"object": "list", "has_more": False},
        "`has_more` is true",
    ),
    "HubSpot": (
        "results",
        {"paging": {"next": {"after": "33452", "link": NEXT}}},
        {},
        "write `{kind: cursor, next: paging.next.after, param: ...}`",
    ),
    "Zendesk": (
        "tickets",
        {"meta": {"has_more": True, "after_cursor": "x"}, "links": {"prev": None, "next": NEXT}},
        {"meta": {"has_more": False, "after_cursor": "x"}, "links": {"prev": None, "next": NEXT}},
        "write `{kind: cursor, next: links.next}`",
    ),
    "Zendesk by offset": (
        "tickets",
        {"next_page": NEXT, "count": 9},
        {"next_page": None, "count": 9},
        "`{kind: cursor, next: next_page}`",
    ),
    "Zendesk's exports": (
        "tickets",
        {"end_of_stream": False, "next_page": NEXT},
        {"end_of_stream": True, "next_page": NEXT},
        "`end_of_stream` is false",
    ),
    "Jira": (
        "issues",
        {"startAt": 0, "maxResults": 3, "total": 7},
        {"startAt": 6, "maxResults": 3, "total": 7},
        "write `{kind: offset, param: startAt, size: 3, size_param: maxResults}`",
    ),
    "Jira's agile API": (
        "values",
        {"startAt": 0, "isLast": False},
        {"startAt": 6, "isLast": True},
        "`isLast` is false",
    ),
    "PagerDuty": (
        "incidents",
        {"limit": 3, "offset": 0, "total": None, "more": True},
        {"limit": 3, "offset": 6, "total": None, "more": False},
        "write `{kind: offset, param: offset, size: 3, size_param: limit}`",
    ),
    "Salesforce": (
        "records",
        {"totalSize": 7, "done": False, "nextRecordsUrl": "/services/q-2"},
        {"totalSize": 3, "done": True},
        "next: nextRecordsUrl}`",
    ),
    "Xero": (
        "Invoices",
        {"pagination": {"page": 1, "pageSize": 3, "pageCount": 3, "itemCount": 7}},
        {"pagination": {"page": 1, "pageSize": 3, "pageCount": 1, "itemCount": 3}},
        "`pagination.pageCount` is 3",
    ),
    "Chargebee": ("list", {"next_offset": '["1","2"]'}, {}, "`next_offset` is not empty"),
    "Recurly": (
        "data",
        {"has_more": True, "next": "/accounts?cursor=x"},
        {"has_more": False, "next": None},
        "`{kind: cursor, next: next}`",
    ),
    "Shopify's GraphQL": (
        "nodes",
        {"data": {"orders": {"pageInfo": {"hasNextPage": True, "endCursor": "x"}}}},
        {"data": {"orders": {"pageInfo": {"hasNextPage": False, "endCursor": "x"}}}},
        "`data.orders.pageInfo.hasNextPage` is true",
    ),
    "Google": ("items", {"nextPageToken": "x"}, {"nextSyncToken": "x"}, "next: nextPageToken, param: ...}`"),
    "Microsoft": ("value", {"@odata.nextLink": NEXT}, {}, 'next: "@odata.nextLink"}`'),
    "Slack": (
        "members",
        {"response_metadata": {"next_cursor": "x="}},
        {"response_metadata": {"next_cursor": ""}},
        "next: response_metadata.next_cursor",
    ),
    "Spring": (
        "content",
        {"last": False, "number": 0, "totalPages": 3},
        {"last": True, "number": 0, "totalPages": 1},
        "`last` is false",
    ),
    "Laravel": (
        "data",
        {"current_page": 1, "last_page": 3, "next_page_url": NEXT},
        {"current_page": 1, "last_page": 1, "next_page_url": None},
        "next: next_page_url}`",
    ),
    "HAL": (
        "items",
        {"_links": {"self": {"href": "/"}, "next": {"href": NEXT}}},
        {"_links": {"self": {"href": "/"}}},
        "next: _links.next.href}`",
    ),
    "Django": (
        "results",
        {"count": 7, "next": NEXT, "previous": None},
        {"count": 3, "next": None, "previous": None},
        "next: next}`",
    ),
    "Mailchimp": ("lists", {"total_items": 7}, {"total_items": 3}, "`total_items` is 7, and it has 3"),
    "Lago": (
        "plans",
        {"meta": {"current_page": 1, "next_page": 2, "total_pages": 3}},
        {"meta": {"current_page": 1, "next_page": None, "total_pages": 1}},
        "`meta.next_page` is not empty",
    ),
    "numbers as texts": (
        "data",
        {"page": "1", "per_page": "3", "total": "7"},
        {"page": "1", "per_page": "3", "total": "3"},
        "`total` is 7",
    ),
    "flags as texts": ("data", {"hasMore": "true"}, {"hasMore": "false"}, "`hasMore` is true"),
}
VENDOR = pytest.mark.parametrize("vendor", VENDORS)


def documents(vendor: str) -> tuple[str, dict[str, Any], dict[str, Any], str]:
    place, more, last, words = VENDORS[vendor]
    return place, {**more, place: ITEMS}, {**last, place: ITEMS}, words


def source(server: Standin, select: str, **table: Any) -> Any:
    return options("http", url=server.url, tables={"leads": {"select": select, **LEAD_CONSTANTS, **table}}).build("crm")


@VENDOR
def test_a_table_of_one_page_fails_where_there_is_more_and_not_else(vendor: str) -> None:
    place, more, last, words = documents(vendor)
    with Standin(lambda request: HttpResponse(more)) as server:
        with pytest.raises(SourceFailed) as failed:
            poll(source(server, place))
        assert str(failed.value).startswith("table leads: the answer says there is more (")
        assert words in str(failed.value)
        assert str(failed.value).endswith("or `paginate: none` if one page is meant")
        assert len(poll(source(server, place, paginate="none")).rows["leads"]) == 3
        assert len(poll(source(server, place, paginate={"kind": "none"})).rows["leads"]) == 3
    with Standin(lambda request: HttpResponse(last)) as server:
        assert len(poll(source(server, place)).rows["leads"]) == 3


@pytest.mark.slow
@VENDOR
def test_so_does_a_measure_that_is_computed_from_a_list(vendor: str) -> None:
    place, more, last, _ = documents(vendor)
    for select, by in ((f"length({place})", []), (f"{place}[].{{value: `1`, lead: lead_id}}", ["lead"])):
        measure = {"select": select, "by": by, "unit": "count"}
        with Standin(lambda request: HttpResponse(more)) as server:
            built = options("http", url=server.url, measures={"m": measure}).build("crm")
            with pytest.raises(SourceFailed, match=r"^measure m: the answer says there is more .* read it as a table"):
                poll(built)
            taken = options("http", url=server.url, measures={"m": {**measure, "paginate": "none"}}).build("crm")
            assert poll(taken).answers
        with Standin(lambda request: HttpResponse(last)) as server:
            assert poll(options("http", url=server.url, measures={"m": measure}).build("crm")).answers


@VENDOR
def test_a_number_beside_the_list_is_whole_on_any_page(vendor: str) -> None:
    _, more, _, _ = documents(vendor)
    with Standin(lambda request: HttpResponse({**more, "mrr": 7})) as server:
        measure = {"select": "mrr", "unit": "count"}
        assert poll(options("http", url=server.url, measures={"m": measure}).build("crm")).values() == {"m": 7}


@pytest.mark.parametrize("link", ['</x?page=2>; rel="next"', '<https://api.example.com/x>; rel=next, </x>; rel="last"'])
def test_a_link_to_the_next_page_says_so_too(link: str) -> None:
    with Standin(lambda request: HttpResponse(ITEMS, headers={"Link": link})) as server:
        with pytest.raises(
            SourceFailed, match=r"Link header has a `next`\), .* write `\{kind: link\}` under `paginate`"
        ):
            poll(source(server, "@"))
        assert len(poll(source(server, "@", paginate="none")).rows["leads"]) == 3
    with Standin(lambda request: HttpResponse(ITEMS, headers={"Link": '</x?page=1>; rel="prev"'})) as server:
        assert len(poll(source(server, "@")).rows["leads"]) == 3


@given(
    document=st.dictionaries(
        st.sampled_from(
            [
                "id",
                "amount",
                "next_payment_at",
                "customer",
                "moreover",
                "total_amount",
                "lasting",
                "pages_read",
                "limits",
            ]
        ),
        st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just(ITEMS),
    )
)
@examples(200)
def test_other_fields_say_nothing(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    assert continuation_of(document, None) is None
    assert continuation_of([document], None) is None
    assert continuation_of({"items": [{"has_more": True, "next": "x", **document}]}, None) is None
    assert document == before


@given(
    document=st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.text(max_size=4) | st.sampled_from(["next", "meta", "total", "limit", "page", "has_more", "links"]),
                inner,
            )
        ),
        max_leaves=12,
    )
)
@examples(300)
def test_any_document_can_be_asked(document: Any) -> None:
    continuation = continuation_of(document, None)
    assert continuation is None or continuation.where


def by_offset(request: HttpRequest) -> HttpResponse:
    """Answer as the incident APIs of many vendors do: of 1500 items, at most 100 at once."""
    offset, limit = int(request.params.get("offset", 0)), min(int(request.params.get("limit", 25)), 100)
    items = [{"lead_id": f"l{number}"} for number in range(offset, min(offset + limit, 1500))]
    return HttpResponse({"data": items, "limit": limit, "offset": offset, "more": offset + limit < 1500})


@pytest.mark.parametrize(
    ("paginate", "params", "requests"),
    [
        ({"kind": "offset", "size": 100}, {"limit": 100}, 15),
        ({"kind": "offset", "size": 100, "size_param": "limit"}, {}, 15),
        ({"kind": "offset", "size": 500, "size_param": "limit"}, {}, 15),  # it gives fewer than were asked for
        ({"kind": "offset", "size": 7}, {"limit": 70}, 22),
        ({"kind": "cursor", "next": "more && sum([offset, limit])", "param": "offset"}, {"limit": "100"}, 15),
    ],
)
@pytest.mark.parametrize("select", ["data", "data[?ends_with(lead_id, '0')]"])
def test_pages_by_offset_are_read_in_steps_of_a_page(paginate: Any, params: Any, requests: int, select: str) -> None:
    with Standin(by_offset) as server:
        rows = poll(source(server, select, params=params, paginate=paginate)).rows["leads"]
        wanted = [f"l{number}" for number in range(1500) if select == "data" or number % 10 == 0]
        assert [row["lead_id"] for row in rows] == wanted
        assert len(server.requests) == requests


@pytest.mark.parametrize(
    ("total", "size", "requests"),
    [(0, 5, 1), (4, 5, 1), (5, 5, 2), (6, 5, 2), (15, 5, 4)],  # a full page that says nothing may not be the last
)
def test_without_a_word_about_the_rest_a_short_page_ends_the_list(total: int, size: int, requests: int) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        skip = int(request.params["skip"])
        return HttpResponse([{"lead_id": f"l{number}"} for number in range(skip, min(skip + size, total))])

    with Standin(answer) as server:
        rows = poll(source(server, "@", paginate={"kind": "offset", "param": "skip", "size": size})).rows["leads"]
        assert (len(rows), len(server.requests)) == (total, requests)


def test_pages_by_number_go_on_after_a_page_that_filters_made_short() -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        page = int(request.params["page"])
        return HttpResponse({"data": ITEMS[page - 1 : page], "meta": {"has_more": page < 3}})

    with Standin(answer) as server:
        how = {"kind": "page", "size": 50}
        assert len(poll(source(server, "data[?lead_id == 'l2']", paginate=how)).rows["leads"]) == 1
        assert len(server.requests) == 3


@pytest.mark.parametrize("param", ["offset", "from_item"])
def test_a_parameter_that_counts_items_and_not_pages_is_noticed(param: str) -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        start = int(request.params[param])
        return HttpResponse([{"lead_id": f"l{number}"} for number in range(start, start + 100)])

    how = {"kind": "page", "param": param, "start": 0, "size": 100}
    with Standin(answer) as server:
        words = rf"{param}` takes a number of items.*write `\{{kind: offset, param: {param}, size: 100\}}`"
        with pytest.raises((SourceFailed, ValueError), match=words):
            poll(source(server, "@", paginate=how))
        assert len(server.requests) == (0 if param == "offset" else 2)


@pytest.mark.parametrize(
    ("paginate", "says"),
    [
        ({"kind": "page", "param": "startAt"}, "takes a number of items to leave out"),
        ({"kind": "page", "param": "skip", "size": 50}, "write `{kind: offset, param: skip, size: 50}`"),
        (
            {"kind": "offset", "param": "page", "size": 50},
            "takes the number of a page, not of items; write `kind: page`",
        ),
        ({"kind": "offset"}, "size"),
        ("one", "paginate"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_load(paginate: Any, says: str) -> None:
    with pytest.raises(ValueError, match="validation error") as refused:
        options("http", url="https://host", tables={"leads": {"paginate": paginate}})
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("paginate", "document", "says"),
    [
        ({"kind": "cursor", "next": "meta.nxt"}, {"meta": {"next": "x"}}, "`meta.nxt` finds nothing"),
        ({"kind": "cursor", "next": "next"}, {"has_more": True}, "`next` finds nothing"),
        ({"kind": "link"}, {"has_more": True}, "there is no `next` in the Link header"),
        ({"kind": "link"}, {"next": NEXT}, "there is no `next` in the Link header"),
    ],
)
def test_a_last_page_that_says_there_is_more_fails(paginate: Any, document: Any, says: str) -> None:
    with (
        Standin(lambda request: HttpResponse({**document, "data": ITEMS})) as server,
        pytest.raises(SourceFailed, match=f"the last page says there is more .* but {says}; is `paginate` right"),
    ):
        poll(source(server, "data", paginate=paginate))


def test_an_empty_page_that_says_there_is_more_fails() -> None:
    with (
        Standin(lambda request: HttpResponse({"more": True, "data": []})) as server,
        pytest.raises(SourceFailed, match=r"says there is more \(`more` is true\), but the page has no items"),
    ):
        poll(source(server, "data", paginate={"kind": "offset", "size": 10}))


def test_an_address_on_an_empty_page_says_nothing() -> None:
    def answer(request: HttpRequest) -> HttpResponse:
        page = int(request.params["page"])
        return (
            HttpResponse({"next_page": NEXT, "data": ITEMS if page < 3 else []})
            if page != 2
            else HttpResponse({"data": ITEMS[:1]})
        )

    with Standin(answer) as server:
        assert len(poll(source(server, "data", paginate={"kind": "page"})).rows["leads"]) == 4
