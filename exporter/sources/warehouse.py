"""Revenue measures computed where subscription items already are; only totals of the periods in need travel."""

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
from exporter.sources.mapping import Mapped
from exporter.sources.select import checked, in_any, one_select
from exporter.sources.warehouse_engines import POSSIBLE, Session, check_engine, engine, secrets


class WarehouseTable(Mapped):
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
            known = TABLES[name].column_names
            for column in table.named():
                if column not in known:
                    raise ValueError(f"{name} has no column {column!r}{did_you_mean(column, known)}")
        return tables

    @field_validator("tables")
    @classmethod
    def _only_read(cls, tables: Mapping[str, WarehouseTable], info: ValidationInfo) -> Mapping[str, WarehouseTable]:
        url: SecretStr | None = info.data.get("url")
        if url is None:
            return tables  # how to read them is not said
        not_set = url.get_secret_value() == NOT_SET
        return checked(tables, in_any(POSSIBLE if not_set else (engine(url).dialect,), _readable))

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

    def fills(self) -> Mapping[str, tuple[str, ...]]:
        return {}

    def answers(self) -> Mapping[str, MeasureOptions]:
        shipped = library.shipped()
        return {name: MeasureOptions(unit=shipped[name].unit, by=shipped[name].by) for name in self.measures}

    def secrets(self) -> Iterator[str]:
        return secrets(self.url)

    def build(self, name: str) -> Warehouse:
        return Warehouse(name, self)


def _readable(query: str, dialect: str) -> str:
    """The query as it is sent; `ValueError` for what is neither a table's name nor a SELECT that can be translated."""
    query = query.strip() if is_name(query, dialect) else one_select(query, dialect)
    relation(query, dialect)
    return query


class Warehouse(Source):
    """Every poll is one session, in PostgreSQL one read-only transaction."""

    def __init__(self, name: str, options: WarehouseOptions) -> None:
        self._name = name
        self._options = options
        self._engine = engine(options.url)

    def poll(self, context: Context) -> Iterator[Answer]:
        demand = context.demand() if context.demand else None
        if demand is None or not demand.periods:
            return
        measures = [library.shipped()[name] for name in self._options.measures if name in demand.periods]
        periods = sorted({period for asked in demand.periods.values() for period in asked})
        with self._engine.connected(context.deadline) as session:
            for begin in dialects.session(self._engine.dialect, demand.terms.timezone):
                session.run(begin)
            tables = {name: self._table(name, session) for name in TABLES}
            rows = session.rows(statement(measures, periods, tables, demand.terms, self._engine.dialect))
        yield from _answers(rows, measures, periods, demand)

    def _table(self, name: str, session: Session) -> exp.Query:
        table, dialect = self._options.tables.get(name), self._engine.dialect
        if table is None:
            return empty(TABLES[name])
        with about(f"table {name}"):
            given = relation(table.query, dialect)
            available = session.columns(exp.select("*").from_(given.copy()).where(exp.false()).sql(dialect))
            table.require(name)(available, "the table")
            origins = table.origins(name)
        return canonical(TABLES[name], given, origins, table.constants, available, self._name, dialect)


def _answers(
    rows: Sequence[Mapping[str, object]],
    measures: Collection[library.Query],
    periods: Sequence[Period],
    demand: Demand,
) -> Iterator[Answer]:
    """What was asked for of the rows of `statement`, and what is set aside for want of an exchange rate."""
    yield from _set_aside([row for row in rows if row["measure"] == UNRATED], demand.terms.currency)
    by = {measure.name: measure.by for measure in measures}
    for row in rows:
        if row["measure"] == UNRATED:
            continue
        name, period = str(row["measure"]), periods[int(str(row["period"]))]
        if period in demand.periods[name]:
            given = {label: "" if row[label] is None else str(row[label]) for label in by[name]}
            yield Answer(name, decimal_or_none(row["value"]), given, period)


def _set_aside(rows: Sequence[Mapping[str, object]], reporting: str) -> Iterator[Answer]:
    """An answer without a number for each currency without a rate; raises `SourceFailed` where most items lack one."""
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
