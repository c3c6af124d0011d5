"""Reads direct measures and tables by instant queries from Prometheus, or what speaks its HTTP API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from exporter.records.batch import Answer, Records, Row, SourceFailed, about, number
from exporter.sources.answers import answers_from_rows
from exporter.sources.endpoint import Endpoint
from exporter.sources.exchange import Request
from exporter.sources.interface import Context, Deadline, MeasureOptions, Source
from exporter.sources.mapping import CanonicalRows, RowMapping, check_tables
from exporter.sources.session import Session

Element = Mapping[str, object]
"""One element of an instant vector: its labels, and under `value` and `timestamp` its sample."""


class PromTable(RowMapping):
    """Each element of the vector is a row; its columns are labels, `value` and `timestamp`."""

    query: str = Field(min_length=1, description="PromQL")


class PromMeasure(MeasureOptions):
    """The number of a scalar, or of the elements of a vector."""

    query: str = Field(min_length=1, description="PromQL; one element, or one for each set of the labels in `by`")


class PrometheusOptions(Endpoint):
    """`url` is that of Prometheus itself, without `/api/v1`."""

    reads = "asks a Prometheus in PromQL"

    type: Literal["prometheus"]
    warnings: Literal["fail", "accept"] = Field(
        default="fail", description="what to do with an answer that Prometheus says may be incomplete"
    )
    tables: Annotated[Mapping[str, PromTable], AfterValidator(check_tables)] = {}
    measures: Mapping[str, PromMeasure] = {}

    def record_tables(self) -> Mapping[str, tuple[str, ...]]:
        """Return the record tables, each with the columns that its mapping names."""
        return {name: table.mapped_columns() for name, table in self.tables.items()}

    def direct_measures(self) -> Mapping[str, MeasureOptions]:
        """Return the direct measures by name."""
        return self.measures

    def build(self, name: str) -> Prometheus:
        """Return the source; it opens nothing before its first poll."""
        return Prometheus(self, Session(self, explain=_error))


class Prometheus(Source):
    """Asks one Prometheus; it remembers nothing between polls."""

    def __init__(self, options: PrometheusOptions, session: Session) -> None:
        self._options = options
        self._session = session

    def poll(self, context: Context) -> Iterator[Records | Answer]:
        """Run the query of each table, then of each measure."""
        self._session.trace = context.trace
        for name, table in self._options.tables.items():
            yield Records(name, self._rows(name, table, context.deadline), True, table.limits)
        for name, measure in self._options.measures.items():
            with about(f"measure {name}"):
                yield from answers_from_rows(name, measure, self._vector(measure.query, context.deadline))

    def close(self) -> None:
        """Close the connections that are kept open for the next poll."""
        self._session.close()

    def _rows(self, name: str, table: PromTable, deadline: Deadline) -> Iterator[Row]:
        canonical = CanonicalRows(table, name)
        with about(f"table {name}"):
            elements = self._vector(table.query, deadline)
            if elements:
                table.require(name)(elements[0], "the vector")
            for element in elements:
                yield canonical(element)

    def _vector(self, query: str, deadline: Deadline) -> Sequence[Element]:
        """Return the elements of a result; each has every label that any has, None where it lacks one."""
        params = (("query", query), ("timeout", f"{deadline.remaining() * 1000:.0f}ms"))
        reply = self._session.fetch(Request(f"{self._session.url}/api/v1/query", params, "POST"), deadline)
        try:
            kind, result, warnings = _opened(reply.document)
            if kind == "scalar":
                return [_element({}, result)]
            if kind != "vector":
                raise SourceFailed(f"the query gives a {kind}; it has to give a vector or a scalar")
            elements = [_element(element["metric"], element["value"]) for element in result]
        except (KeyError, TypeError, ValueError, ArithmeticError):
            raise SourceFailed("the answer is not that of a Prometheus; is `url` right?") from None
        if warnings and self._options.warnings == "fail":
            text = self._session.redact("; ".join(map(str, warnings)))
            raise SourceFailed(f"the answer may be incomplete: {text}; to take such answers, set `warnings: accept`")
        names = dict.fromkeys(name for element in elements for name in element)
        return [{name: element.get(name) for name in names} for element in elements]


def _opened(document: Any) -> tuple[str, list[Any], list[str]]:
    match document:
        case {"status": "success", "data": {"resultType": str(kind), "result": list(result)}}:
            return kind, result, document.get("warnings") or []
    raise ValueError


def _element(labels: Mapping[str, str], sample: Sequence[Any]) -> Element:
    seconds, value = sample
    instant = datetime.fromtimestamp(float(seconds), UTC)
    return {**labels, "timestamp": instant, "value": number(value)}


def _error(body: bytes) -> str:
    """Return the error that Prometheus reports for a query; nothing where the body is no answer of its."""
    try:
        document = json.loads(body)
        return f"{document['errorType']}: {document['error']}"
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
