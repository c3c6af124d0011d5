"""Reads tables and direct measures from a JSON API over HTTP, page by page, by JMESPath."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from exporter.records.batch import Answer, Records, Row, SourceFailed, about
from exporter.sources import jmes
from exporter.sources.answers import answers_from_rows
from exporter.sources.duckdb_files import Reshaped
from exporter.sources.ending import ending
from exporter.sources.endpoint import Endpoint, Secret
from exporter.sources.exchange import Request
from exporter.sources.file_query import item_query_rows
from exporter.sources.interface import Context, Deadline, MeasureOptions, Source
from exporter.sources.mapping import CanonicalRows, ItemPicker, RowMapping, check_tables
from exporter.sources.pagination import check_single, read_pages
from exporter.sources.pagination_options import Paginate
from exporter.sources.session import Session
from exporter.strict_model import StrictModel


class DocumentOptions(StrictModel):
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
        """Return the first request for the document below the source's `url`."""
        target = f"{url}/{self.path.lstrip('/')}" if self.path else url
        return Request(target, tuple((name, value.get_secret_value()) for name, value in self.params.items()))


class HttpTable(DocumentOptions, RowMapping, Reshaped):
    """`select` finds the list of items; the paths of `columns` start at an item.

    `from_epoch(created)` in a path turns seconds since 1970 into an instant, `from_epoch_ms(created)` milliseconds.
    """

    columns: Mapping[str, str] = Field(default={}, description="canonical column: JMESPath in the item")
    paginate: Paginate | None = Field(
        default=None,
        description="how to come to the next page, or `none` if one is meant; not given, there must be no more",
    )

    @field_validator("columns")
    @classmethod
    def _paths(cls, columns: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
        """Refuse paths that are no JMESPath; with a query they are names."""
        return columns if info.data.get("query") else jmes.check_expressions(columns)


class HttpMeasure(DocumentOptions, MeasureOptions):
    """`select` finds a number; with `by`, a list of objects that hold a `value` and the labels."""

    select: jmes.Expression = Field(description="JMESPath to the number")
    paginate: Literal["none"] | None = Field(
        default=None, description="`none` if one page of a list is meant; not given, there must be no more"
    )


class HttpOptions(Endpoint):
    """`url` is what the paths have in common."""

    reads = "reads JSON over HTTP"

    type: Literal["http"]
    tables: Annotated[Mapping[str, HttpTable], AfterValidator(check_tables)] = {}
    measures: Mapping[str, HttpMeasure] = {}

    def record_tables(self) -> Mapping[str, tuple[str, ...]]:
        """Return the record tables, each with the columns that its mapping names."""
        return {name: table.mapped_columns() for name, table in self.tables.items()}

    def direct_measures(self) -> Mapping[str, MeasureOptions]:
        """Return the direct measures by name."""
        return self.measures

    def secrets(self) -> Iterator[str]:
        """Yield the credentials and the values of all parameters."""
        yield from super().secrets()
        documents: Sequence[DocumentOptions] = [*self.tables.values(), *self.measures.values()]
        yield from (value.get_secret_value() for document in documents for value in document.params.values())

    def build(self, name: str) -> Http:
        """Return the source; it opens nothing before its first poll."""
        return Http(self, Session(self, _json_text))


class Http(Source):
    """Reads JSON from one server; it remembers nothing between polls."""

    def __init__(self, options: HttpOptions, session: Session) -> None:
        self._options = options
        self._session = session

    def poll(self, context: Context) -> Iterator[Records | Answer]:
        """Read each table to the end of its pages, then the measures."""
        self._session.trace = context.trace
        for name, table in self._options.tables.items():
            yield Records(name, self._rows(name, table, context), True, table.limits)
        for name, measure in self._options.measures.items():
            with about(f"measure {name}"):
                yield from answers_from_rows(name, measure, self._numbers(measure, context.deadline))

    def close(self) -> None:
        """Close the connections that are kept open for the next poll."""
        self._session.close()

    def _rows(self, name: str, table: HttpTable, context: Context) -> Iterator[Row]:
        with about(f"table {name}"):
            canonical = CanonicalRows(table, name)
            if table.query is None:
                pick = ItemPicker(table, name)
                for item in self._items(table, context.deadline):
                    yield canonical(pick(item))
                pick.check("the answer")
            else:
                items = self._items(table, context.deadline)
                with ending(item_query_rows(items, table.query, context, table.require(name))) as lines:
                    for line in lines:
                        yield canonical(line.values)

    def _items(self, table: HttpTable, deadline: Deadline) -> Iterator[object]:
        """Yield the items of all pages."""
        select, unfiltered = jmes.finder(table.select), jmes.unfiltered_finder(table.select)

        def items(document: object) -> tuple[list[object], int]:
            selected, every = select(document), unfiltered(document)
            if not isinstance(selected, list):
                raise SourceFailed(f"`{table.select}` gives {jmes.json_type(selected)}; `select` has to find a list")
            return selected, len(every) if isinstance(every, list | dict) else len(selected)

        for page in read_pages(self._session, table.request(self._session.url), table.paginate, items, deadline):
            deadline.check()
            yield from page

    def _numbers(self, measure: HttpMeasure, deadline: Deadline) -> list[Mapping[str, object]]:
        reply = self._session.fetch(measure.request(self._session.url), deadline)
        selected = jmes.finder(measure.select)(reply.document)
        if measure.paginate is None and (measure.by or jmes.reads_a_list(measure.select)):
            check_single(reply)
        if not measure.by:
            return [{"value": selected}]
        if isinstance(selected, list) and all(isinstance(item, dict) for item in selected):
            return selected
        raise SourceFailed(
            f"`{measure.select}` gives {jmes.json_type(selected)}; with `by` it has to find a list of objects"
        )


def _json_text(body: bytes) -> str:
    """Return the body of an error if it is JSON, and nothing for a web page."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""
