"""Whether a page of an API says that there is more: what vendors call that, in the document and in the Link header.

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

_DEEPEST = 4
_ENVELOPES = frozenset(
    ("", "meta", "metadata", "paging", "pagination", "pager", "page", "pages", "pageinfo", "links", "responsemetadata")
)
"""Objects that tell about a list rather than hold its items; the first is the document itself."""

_MORE: Mapping[str, bool] = {
    **dict.fromkeys(("hasmore", "hasnext", "hasnextpage", "hasmoreitems", "hasmorepages", "istruncated"), True),
    **dict.fromkeys(("islast", "islastpage", "endofstream"), False),
}
"""Flags by their names without underscores and capitals, with the value that says there is more."""

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
class Said:
    """What a page says: whether there is more, where it says so, and what reads the rest, if that can be told.

    It is `plain` where a flag says so, rather than a link or a number that some servers give on the last page too.
    """

    more: bool
    where: str
    cure: str | None = None
    plain: bool = True


@dataclass(frozen=True)
class _Object:
    """An object of a document: its fields by their plain names, and how JMESPath reaches them."""

    path: str
    is_envelope: bool
    given: Mapping[str, Any]
    fields: Mapping[str, str]

    def path_to(self, field: str) -> str:
        key = self.fields[field]
        key = key if re.fullmatch(r"[A-Za-z_]\w*", key) else f'"{key}"'
        return f"{self.path}.{key}" if self.path else key

    def value(self, field: str) -> Any:
        return self.given[self.fields[field]]

    def is_small(self, field: str) -> bool:
        """Whether the field holds a text, a number or a flag."""
        return isinstance(self.value(field), str | int)

    def number(self, *names: str) -> tuple[str, int] | None:
        """The first of these fields that holds a whole number, perhaps in quotes, and the number."""
        for name in names:
            text = str(self.value(name)) if name in self.fields and self.is_small(name) else ""
            if text.isascii() and text.isdigit() and len(text) < 19:
                return name, int(text)
        return None


def said(document: object, next_link: str | None) -> Said | None:
    """What the page says about pages after it; None where it says nothing. A flag counts more than all else."""
    objects = list(_objects(document))
    following = next((found for each in objects for found in _following(each)), None)
    if next_link:
        following = Said(True, "its Link header has a `next`", "`{kind: link}`", plain=False)
    for each in objects:
        if flag := _flag(each):
            return replace(flag, cure=following.cure if following else _by_offset(each))
    if following:
        return following
    return next((replace(told, cure=_by_offset(each)) for each in objects if (told := _counted(each))), None)


def _objects(document: object) -> Iterator[_Object]:
    """The document and the objects in it, the outer ones first, none of a list."""
    level: list[tuple[str, str, object]] = [("", "", document)]
    for _ in range(_DEEPEST):
        found = [(path, name, each) for path, name, each in level if isinstance(each, dict)]
        for path, name, each in found:
            yield _Object(path, name in _ENVELOPES, each, {_plain(key): key for key in each})
        level = [
            (f"{path}.{key}" if path else key, _plain(key), value)
            for path, _, each in found
            for key, value in each.items()
        ]


def _flag(each: _Object) -> Said | None:
    """What its flags say; of several, one that says there is more decides."""
    known = {**_MORE, **(_MORE_IN_ENVELOPES if each.is_envelope else {})}
    given = [
        (field, str(each.value(field)).lower()) for field in each.fields if field in known and each.is_small(field)
    ]
    told = [
        Said((value == "true") == known[field], f"`{each.path_to(field)}` is {value}")
        for field, value in given
        if value in ("true", "false")
    ]
    return next((flag for flag in told if flag.more), told[0] if told else None)


def _following(each: _Object) -> Iterator[Said]:
    for field in each.fields:
        named = _NEXT.fullmatch(field) or (each.is_envelope and field in _NEXT_IN_ENVELOPES)
        if named and (found := _cursor(each.path_to(field), each.value(field))):
            path, cursor = found
            address = cursor.startswith(("http://", "https://", "/", "?"))
            cure = f"`{{kind: cursor, next: {path}" + ("}`" if address else ", param: ...}` with the parameter for it")
            yield Said(True, f"`{path}` is not empty", cure, plain=False)


def _cursor(path: str, value: object) -> tuple[str, str] | None:
    """The path to a cursor or an address, and itself: HubSpot and HAL put it into an object."""
    if isinstance(value, dict):
        texts = {key: each for key, each in value.items() if isinstance(each, str | int) and each}
        key = next((key for key in ("href", "url", "after", "cursor") if key in texts), next(iter(texts), None))
        return (f"{path}.{key}", str(texts[key])) if key is not None else None
    return (path, str(value)) if isinstance(value, str | int) and value else None


def _counted(each: _Object) -> Said | None:
    """By the numbers of items or pages that a page gives, where they leave no doubt."""
    total, size = each.number(*_TOTAL), each.number(*_SIZE)
    start, page, pages = each.number(*_START), each.number(*_PAGE), each.number(*_PAGES)
    if not each.is_envelope:
        return None
    before = max(page[1], 1) if page else 1  # some count from 0
    if total and size and size[1] > 0:
        read = start[1] + size[1] if start else before * size[1]
        where = f"`{each.path_to(total[0])}` is {total[1]}"
        return Said(read < total[1], where, plain=False) if start or read < total[1] else None
    if pages and before < pages[1]:
        return Said(True, f"`{each.path_to(pages[0])}` is {pages[1]}", plain=False)
    lists = [value for value in each.given.values() if isinstance(value, list)]
    if total and total[0] != "total" and len(lists) == 1 and len(lists[0]) < total[1]:
        return Said(True, f"`{each.path_to(total[0])}` is {total[1]}, and it has {len(lists[0])}", plain=False)
    return None


def _by_offset(each: _Object) -> str | None:
    start, size = each.number(*_START), each.number(*_SIZE)
    if not start or not size:
        return None
    return f"`{{kind: offset, param: {each.fields[start[0]]}, size: {size[1]}, size_param: {each.fields[size[0]]}}}`"


def _plain(key: str) -> str:
    """`nextPageToken`, `next_page_token` and `NextPageToken` are one name."""
    return re.sub(r"[^a-z0-9]", "", key.lower())
