"""Rows of what systems export, in columns of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

Row = Mapping[str, object]
"""Column to value, in the order of the columns."""
Rows = Sequence[Row]


def columns(objects: Iterable[object], **attributes: str) -> Iterator[Row]:
    """Export objects under a system's own column names: `columns(tickets, ticket_id="id", created_at="opened")`."""
    return ({column: getattr(each, attribute) for column, attribute in attributes.items()} for each in objects)
