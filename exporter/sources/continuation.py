"""Finds whether a page of an API says that there is more, by the names that vendors use for that.

Stripe, Recurly: `has_more`; Zendesk: `meta.has_more`, `links.next`, `next_page`; HubSpot: `paging.next`; PagerDuty:
`more`; Salesforce: `done`, `nextRecordsUrl`; Chargebee: `next_offset`; Google: `nextPageToken`; Microsoft:
`@odata.nextLink`; GraphQL: `pageInfo.hasNextPage`; Spring: `last`; Slack: `response_metadata.next_cursor`; Jira:
`startAt`, `maxResults`, `total`; Xero: `pagination.page`, `pagination.pageCount`; Laravel: `current_page`, `last_page`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

_MAX_DEPTH = 4
_ENVELOPES = frozenset(
    ("", "meta", "metadata", "paging", "pagination", "pager", "page", "pages", "pageinfo", "links", "responsemetadata")
)
"""Objects that describe a list rather than hold its items; the first is the document itself."""

_MORE: Mapping[str, bool] = {
    **dict.fromkeys(("hasmore", "hasnext", "hasnextpage", "hasmoreitems", "hasmorepages", "istruncated"), True),
    **dict.fromkeys(("islast", "islastpage", "endofstream"), False),
}
"""Flags by their bare names, with the value that says there is more."""

_MORE_IN_ENVELOPES: Mapping[str, bool] = {"more": True, "truncated": True, "last": False, "done": False}

_NEXT = re.compile(
    r"next(page(url|uri|link|token|cursor)?|url|uri|link|href|token|cursor|offset|marker|recordsurl)|odatanextlink|continuationtoken"
)
"""Fields that hold a cursor or an address, or nothing on the last page."""

_NEXT_IN_ENVELOPES = frozenset(("next", "continue", "continuation"))


_TOTAL = ("totalcount", "totalitems", "totalresults", "totalrecords", "totalelements", "totalentries", "total")
_SIZE = ("limit", "perpage", "pagesize", "maxresults", "itemsperpage", "resultsperpage", "size", "count")
_START = ("offset", "startat", "skip", "startindex", "start")
_PAGE = ("page", "currentpage", "pagenumber")
_PAGES = ("totalpages", "pagecount", "lastpage", "numpages", "nbpages", "pages")


@dataclass(frozen=True)
class Continuation:
    """What a page says about pages after it: whether there is more, where it says so, and what to write to read on.

    `suggestion` is None where that cannot be inferred. `explicit` means that a flag says so, rather than a link or a
    number, which some servers give on the last page too.
    """

    has_more: bool
    where: str
    suggestion: str | None = None
    explicit: bool = True


@dataclass(frozen=True)
class _Object:
    """An object of a document: its keys by their bare names, and its path in JMESPath."""

    path: str
    is_envelope: bool
    values: Mapping[str, Any]
    keys: Mapping[str, str]

    def path_to(self, field: str) -> str:
        key = self.keys[field]
        key = key if re.fullmatch(r"[A-Za-z_]\w*", key) else f'"{key}"'
        return f"{self.path}.{key}" if self.path else key

    def value(self, field: str) -> Any:
        return self.values[self.keys[field]]

    def is_scalar(self, field: str) -> bool:
        """Tell whether a field holds a text, a number or a flag."""
        return isinstance(self.value(field), str | int)

    def number(self, *names: str) -> tuple[str, int] | None:
        """Return the first of some fields that holds a whole number, perhaps in quotes, and the number."""
        for name in names:
            text = str(self.value(name)) if name in self.keys and self.is_scalar(name) else ""
            if text.isascii() and text.isdigit() and len(text) < 19:
                return name, int(text)
        return None


def continuation_of(document: object, next_link: str | None) -> Continuation | None:
    """Return what a page says about pages after it; None where it says nothing.

    A flag counts more than a link, and a link more than numbers. `next_link` is that of the Link header.
    """
    objects = list(_objects(document))
    linked = next((link for item in objects for link in _next_links(item)), None)
    if next_link:
        linked = Continuation(True, "its Link header has a `next`", "`{kind: link}`", explicit=False)
    for item in objects:
        if flag := _by_flags(item):
            return replace(flag, suggestion=linked.suggestion if linked else _by_offset(item))
    if linked:
        return linked
    counted = ((item, _by_counts(item)) for item in objects)
    return next((replace(counts, suggestion=_by_offset(item)) for item, counts in counted if counts), None)


def _objects(document: object) -> Iterator[_Object]:
    """Yield the document and the objects in it, the outer ones first, none of a list."""
    level: list[tuple[str, str, object]] = [("", "", document)]
    for _ in range(_MAX_DEPTH):
        objects = [(path, name, value) for path, name, value in level if isinstance(value, dict)]
        for path, name, values in objects:
            yield _Object(path, name in _ENVELOPES, values, {_bare(key): key for key in values})
        level = [
            (f"{path}.{key}" if path else key, _bare(key), value)
            for path, _, values in objects
            for key, value in values.items()
        ]


def _by_flags(item: _Object) -> Continuation | None:
    """Read the flags of an object; of several, one that says there is more decides."""
    more_if = {**_MORE, **(_MORE_IN_ENVELOPES if item.is_envelope else {})}
    texts = {field: str(item.value(field)).lower() for field in item.keys if field in more_if and item.is_scalar(field)}
    flags = [
        Continuation((text == "true") == more_if[field], f"`{item.path_to(field)}` is {text}")
        for field, text in texts.items()
        if text in ("true", "false")
    ]
    return next((flag for flag in flags if flag.has_more), flags[0] if flags else None)


def _next_links(item: _Object) -> Iterator[Continuation]:
    for field in item.keys:
        is_next = _NEXT.fullmatch(field) or (item.is_envelope and field in _NEXT_IN_ENVELOPES)
        if is_next and (link := _cursor(item.path_to(field), item.value(field))):
            path, cursor = link
            is_address = cursor.startswith(("http://", "https://", "/", "?"))
            rest = "}`" if is_address else ", param: ...}` with the parameter for it"
            yield Continuation(True, f"`{path}` is not empty", f"`{{kind: cursor, next: {path}{rest}", explicit=False)


def _cursor(path: str, value: object) -> tuple[str, str] | None:
    """Return the path to a cursor or an address, and its text: HubSpot and HAL put it into an object."""
    if isinstance(value, dict):
        texts = {key: text for key, text in value.items() if isinstance(text, str | int) and text}
        key = next((key for key in ("href", "url", "after", "cursor") if key in texts), next(iter(texts), None))
        return (f"{path}.{key}", str(texts[key])) if key is not None else None
    return (path, str(value)) if isinstance(value, str | int) and value else None


def _by_counts(item: _Object) -> Continuation | None:
    """Compare the numbers of items or pages that a page gives, where they leave no doubt."""
    total, size = item.number(*_TOTAL), item.number(*_SIZE)
    start, page, pages = item.number(*_START), item.number(*_PAGE), item.number(*_PAGES)
    if not item.is_envelope:
        return None
    number = max(page[1], 1) if page else 1  # some count from 0
    if total and size and size[1] > 0:
        read = start[1] + size[1] if start else number * size[1]
        where = f"`{item.path_to(total[0])}` is {total[1]}"
        return Continuation(read < total[1], where, explicit=False) if start or read < total[1] else None
    if pages and number < pages[1]:
        return Continuation(True, f"`{item.path_to(pages[0])}` is {pages[1]}", explicit=False)
    lists = [value for value in item.values.values() if isinstance(value, list)]
    if total and total[0] != "total" and len(lists) == 1 and len(lists[0]) < total[1]:
        where = f"`{item.path_to(total[0])}` is {total[1]}, and it has {len(lists[0])}"
        return Continuation(True, where, explicit=False)
    return None


def _by_offset(item: _Object) -> str | None:
    start, size = item.number(*_START), item.number(*_SIZE)
    if not start or not size:
        return None
    return f"`{{kind: offset, param: {item.keys[start[0]]}, size: {size[1]}, size_param: {item.keys[size[0]]}}}`"


def _bare(key: str) -> str:
    """Make `nextPageToken`, `next_page_token` and `NextPageToken` one name."""
    return re.sub(r"[^a-z0-9]", "", key.lower())
