"""Tables and direct measures from any JSON API over HTTP, page by page, found by JMESPath."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from exporter.records.batch import Answer, Records, Row, SourceFailed, about
from exporter.sources import jmes
from exporter.sources.answers import answers
from exporter.sources.endpoint import Endpoint, Secret
from exporter.sources.interface import Context, Deadline, MeasureOptions, Source, Strict
from exporter.sources.mapping import ItemPicker, Limited, Mapped, row
from exporter.sources.paginate import Paginate
from exporter.sources.pagination import check_single, pages
from exporter.sources.session import Request, Session


class Asked(Strict):
    """A document of the API: its path under `url`, its parameters, and what is looked for in it."""

    path: str = Field(default="", description="path under `url`, without parameters")
    params: Mapping[str, Secret] = Field(default={}, description="parameters of the query string")
    select: jmes.Expression = "@"

    @field_validator("path")
    @classmethod
    def _under_the_url(cls, path: str) -> str:
        parts = urlsplit(path)
        if parts.scheme or parts.netloc or parts.query or parts.fragment:
            raise ValueError("is not a path under `url`; write it without the host, and parameters under `params`")
        return path

    def request(self, url: str) -> Request:
        target = f"{url}/{self.path.lstrip('/')}" if self.path else url
        return Request(target, tuple((name, value.get_secret_value()) for name, value in self.params.items()))


class HttpTable(Asked, Mapped, Limited):
    """`select` finds the list of items; the paths of `columns` start at an item.

    `from_epoch(created)` in a path turns seconds since 1970 into an instant, `from_epoch_ms(created)` milliseconds.
    """

    columns: Mapping[str, jmes.Expression] = Field(default={}, description="canonical column: JMESPath in the item")
    paginate: Paginate | None = Field(
        default=None,
        description="how to come to the next page, or `none` if one is meant; not given, there must be no more",
    )


class HttpMeasure(Asked, MeasureOptions):
    """`select` finds a number; with `by`, a list of objects that hold a `value` and the labels."""

    select: jmes.Expression = Field(description="JMESPath to the number")
    paginate: Literal["none"] | None = Field(
        default=None, description="`none` if one page of a list is meant; not given, there must be no more"
    )


class HttpOptions(Endpoint):
    """`url` is what the paths have in common."""

    reads = "reads JSON over HTTP"

    type: Literal["http"]
    tables: Mapping[str, HttpTable] = {}
    measures: Mapping[str, HttpMeasure] = {}

    def fills(self) -> Mapping[str, tuple[str, ...]]:
        return {name: table.named() for name, table in self.tables.items()}

    def answers(self) -> Mapping[str, MeasureOptions]:
        return self.measures

    def secrets(self) -> Iterator[str]:
        yield from super().secrets()
        asked: Sequence[Asked] = [*self.tables.values(), *self.measures.values()]
        yield from (value.get_secret_value() for each in asked for value in each.params.values())

    def build(self, name: str) -> Http:
        return Http(self, Session(self, _json_text))


class Http(Source):
    def __init__(self, options: HttpOptions, session: Session) -> None:
        self._options = options
        self._session = session

    def poll(self, context: Context) -> Iterator[Records | Answer]:
        for name, table in self._options.tables.items():
            yield Records(name, self._rows(name, table, context.deadline), True, table.limits)
        for name, measure in self._options.measures.items():
            with about(f"measure {name}"):
                yield from answers(name, measure, self._numbers(measure, context.deadline))

    def close(self) -> None:
        self._session.close()

    def _rows(self, name: str, table: HttpTable, deadline: Deadline) -> Iterator[Row]:
        select, whole = jmes.finder(table.select), jmes.whole(table.select)
        origins = table.origins(name)
        pick = ItemPicker(table, name)

        def items(document: object) -> tuple[list[object], int]:
            found, every = select(document), whole(document)
            if not isinstance(found, list):
                raise SourceFailed(f"`{table.select}` gives {jmes.kind(found)}; `select` has to find a list")
            return found, len(every) if isinstance(every, list | dict) else len(found)

        with about(f"table {name}"):
            for page in pages(self._session, table.request(self._session.url), table.paginate, items, deadline):
                deadline.check()
                for item in page:
                    yield row(origins, table.constants, pick(item))
            pick.check("the answer")

    def _numbers(self, measure: HttpMeasure, deadline: Deadline) -> list[Mapping[str, object]]:
        reply = self._session.fetch(measure.request(self._session.url), deadline)
        found = jmes.finder(measure.select)(reply.document)
        if measure.paginate is None and (measure.by or jmes.reads_a_list(measure.select)):
            check_single(reply)
        if not measure.by:
            return [{"value": found}]
        if isinstance(found, list) and all(isinstance(item, dict) for item in found):
            return found
        raise SourceFailed(f"`{measure.select}` gives {jmes.kind(found)}; with `by` it has to find a list of objects")


def _json_text(body: bytes) -> str:
    """The body of an error, if it is JSON rather than a web page."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except ValueError:
        return ""
