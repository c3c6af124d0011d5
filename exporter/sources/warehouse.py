"""Computes revenue measures where subscription items already are; only totals of the required periods travel."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator, model_validator
from sqlglot import exp

from exporter.calendar.windows import Period
from exporter.measures import library
from exporter.measures.pushdown import dialects
from exporter.measures.pushdown.statement import CURRENCY, UNRATED, statement
from exporter.measures.pushdown.tables import canonical, empty, is_name, relation
from exporter.mistakes import did_you_mean
from exporter.records.batch import Answer, SourceFailed, about, decimal_or_none
from exporter.records.tables import TABLES
from exporter.sources.interface import NOT_SET, Context, Demand, MeasureOptions, Options, Source
from exporter.sources.mapping import ColumnMapping
from exporter.sources.select import check_queries, first_dialect, one_select
from exporter.sources.warehouse_engines import POSSIBLE, Session, check_engine, engine, secrets


class WarehouseTable(ColumnMapping):
    """Where the rows of a record table are, all of them."""

    query: str = Field(description="the name of a table, or a SELECT")


class WarehouseOptions(Options):
    """`timeout` is that of all measures and periods together."""

    reads = "computes revenue where the records are"

    type: Literal["warehouse"]
    url: Annotated[SecretStr, AfterValidator(check_engine)] = Field(
        description="postgresql://user:password@host/database, or sc://host:15002 of Apache Spark"
    )
    tables: Mapping[str, WarehouseTable] = Field(description="record table: where the warehouse keeps its rows")
    measures: tuple[str, ...] = Field(min_length=1, description="shipped measures to compute there")

    @field_validator("tables")
    @classmethod
    def _columns_exist(cls, tables: Mapping[str, WarehouseTable]) -> Mapping[str, WarehouseTable]:
        for name, table in tables.items():
            if name not in TABLES:
                raise ValueError(f"there is no record table {name!r}{did_you_mean(name, TABLES)}")
            columns = TABLES[name].column_names
            for column in table.mapped_columns():
                if column not in columns:
                    raise ValueError(f"{name} has no column {column!r}{did_you_mean(column, columns)}")
        return tables

    @field_validator("tables")
    @classmethod
    def _only_read(cls, tables: Mapping[str, WarehouseTable], info: ValidationInfo) -> Mapping[str, WarehouseTable]:
        url: SecretStr | None = info.data.get("url")
        if url is None:
            return tables  # an error of its own: without the URL the dialect is unknown
        not_set = url.get_secret_value() == NOT_SET
        return check_queries(tables, first_dialect(POSSIBLE if not_set else (engine(url).dialect,), _readable))

    @field_validator("measures")
    @classmethod
    def _measures_exist(cls, measures: tuple[str, ...], _: ValidationInfo) -> tuple[str, ...]:
        for name in measures:
            if name not in library.shipped():
                raise ValueError(f"there is no measure {name!r} that ships{did_you_mean(name, library.shipped())}")
        return measures

    @model_validator(mode="after")
    def _tables_suffice(self) -> WarehouseOptions:
        for name in self.measures:
            if missing := sorted(library.shipped()[name].tables - self.tables.keys()):
                raise ValueError(f"the measure {name} needs {', '.join(missing)} under `tables`")
        return self

    def record_tables(self) -> Mapping[str, tuple[str, ...]]:
        """Return nothing: rows stay in the warehouse."""
        return {}

    def direct_measures(self) -> Mapping[str, MeasureOptions]:
        """Return the measures to compute, with the units and labels that they ship with."""
        shipped = library.shipped()
        return {name: MeasureOptions(unit=shipped[name].unit, by=shipped[name].by) for name in self.measures}

    def secrets(self) -> Iterator[str]:
        """Yield what no message may repeat of the URL."""
        return secrets(self.url)

    def build(self, name: str) -> Warehouse:
        """Return the source; it opens nothing before its first poll."""
        return Warehouse(name, self)


def _readable(query: str, dialect: str) -> str:
    """Return the query as it is sent.

    Raises:
        ValueError: If it is neither a table's name nor a SELECT that can be translated.
    """
    query = query.strip() if is_name(query, dialect) else one_select(query, dialect)
    relation(query, dialect)
    return query


class Warehouse(Source):
    """Computes measures in one warehouse; every poll is one session, in PostgreSQL one read-only transaction."""

    def __init__(self, name: str, options: WarehouseOptions) -> None:
        self._name = name
        self._options = options
        self._engine = engine(options.url)

    def poll(self, context: Context) -> Iterator[Answer]:
        """Compute the measures of the required periods; nothing where none is required."""
        demand = context.demand() if context.demand else None
        if demand is None or not demand.periods:
            return
        measures = [library.shipped()[name] for name in self._options.measures if name in demand.periods]
        periods = sorted({period for required in demand.periods.values() for period in required})
        with self._engine.connected(context.deadline) as session:
            for begin in dialects.session(self._engine.dialect, demand.terms.timezone):
                session.run(begin)
            tables = {name: self._table(name, session) for name in TABLES}
            context.trace(f"one statement for {', '.join(query.name for query in measures)} in {len(periods)} periods")
            rows = session.rows(statement(measures, periods, tables, demand.terms, self._engine.dialect))
        yield from _answers(rows, measures, periods, demand)

    def _table(self, name: str, session: Session) -> exp.Query:
        table, dialect = self._options.tables.get(name), self._engine.dialect
        if table is None:
            return empty(TABLES[name])
        with about(f"table {name}"):
            stored = relation(table.query, dialect)
            available = session.columns(exp.select("*").from_(stored.copy()).where(exp.false()).sql(dialect))
            table.require(name)(available, "the table")
            origins = table.origins(name)
        return canonical(TABLES[name], stored, origins, table.constants, available, self._name, dialect)


def _answers(
    rows: Sequence[Mapping[str, object]],
    measures: Collection[library.Query],
    periods: Sequence[Period],
    demand: Demand,
) -> Iterator[Answer]:
    """Yield the required answers from the rows of `statement`, and those that lack an exchange rate."""
    yield from _set_aside([row for row in rows if row["measure"] == UNRATED], demand.terms.currency)
    by = {measure.name: measure.by for measure in measures}
    for row in rows:
        if row["measure"] == UNRATED:
            continue
        name, period = str(row["measure"]), periods[int(str(row["period"]))]
        if period in demand.periods[name]:
            labels = {label: "" if row[label] is None else str(row[label]) for label in by[name]}
            yield Answer(name, decimal_or_none(row["value"]), labels, period)


def _set_aside(rows: Sequence[Mapping[str, object]], reporting: str) -> Iterator[Answer]:
    """Yield an answer without a number for each currency without a rate.

    Raises:
        SourceFailed: If most items lack a rate.
    """
    counts = {row[CURRENCY]: int(decimal_or_none(row["value"]) or 0) for row in rows}
    items = counts.pop(None, 0)
    if 2 * sum(counts.values()) > items:
        without = ", ".join(sorted(map(str, counts)))
        raise SourceFailed(
            f"amounts in {without} have no exchange rate to {reporting} on their day; give the table fx_rates, from "
            "that day on"
        )
    for currency, count in counts.items():
        reason = f"{count} items are set aside: there is no exchange rate from {currency} to {reporting} on their day"
        yield Answer(UNRATED, None, {CURRENCY: str(currency)}, reason=reason)
