"""The statement for several measures: their SQL, the views and the steps of the ledger below it, and the periods."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from importlib.resources import files

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

from exporter.calendar.windows import Period
from exporter.measures import library
from exporter.measures.library import Query
from exporter.measures.pushdown.dialects import SHARING, adapted
from exporter.measures.pushdown.script import Script, script
from exporter.records.tables import TABLES
from exporter.revenue import pipeline
from exporter.revenue.dependencies import relations_read
from exporter.revenue.parameters import LedgerParameters

RATES = "exchange_rates"
UNRATED = "unrated"
"""What rows are called that tell how many items are set aside, by the `currency` without an exchange rate; the row
without a currency has the number of all items."""
CURRENCY = "currency"
VALUE = "DECIMAL(38, 10)"
"""What an answer is kept as; money is rounded to its own places when it is published."""


def statement(
    measures: Collection[Query],
    periods: Sequence[Period],
    tables: Mapping[str, exp.Query],
    terms: LedgerParameters,
    dialect: str,
) -> Script:
    """Return the statements that compute measures in `dialect`.

    Their rows are `measure`, `period` (the number of one of `periods`), the columns of `labels`, and `value`. A row has
    NULL in the labels that its measure has no breakdown by. Rows of the measure `UNRATED` are about items that are set
    aside. `tables` has a query as of `tables.canonical` for each record table that a measure reads, directly or through
    the ledger. The session must have begun with the statements of `dialects.session`.
    """
    relations = {**_views(), **pipeline.steps(terms), RATES: _shipped(RATES, terms), library.PERIOD: _periods(periods)}
    together = labels(measures)
    rows = [*(_rows(each.name, _parsed(library.selection(each.sql, each.by)), each.by, together) for each in measures)]
    rows.append(_rows(UNRATED, _shipped(UNRATED, terms), (CURRENCY,), together))
    combined = exp.union(*rows, distinct=False, copy=False)
    needed: dict[str, exp.Query] = {}
    _collect(combined, relations, needed)
    for name, query in needed.items():
        combined = combined.with_(name, as_=query, copy=False)
    qualified = qualify(combined, schema=_schema(), dialect="duckdb", quote_identifiers=False)
    assert isinstance(qualified, exp.Query)
    mentioned = relations_read(qualified)
    complete = adapted(qualified, _schema(), dialect).transform(_as_record)
    assert isinstance(complete, exp.Query)
    records = {_record(name).name: tables[name] for name in TABLES if name in mentioned}
    return script(complete, records, dialect, shares=dialect in SHARING)


def labels(measures: Collection[Query]) -> tuple[str, ...]:
    """Return the labels that any of the measures has, and that of what is set aside, in alphabetical order."""
    return tuple(sorted({CURRENCY, *(label for measure in measures for label in measure.by)}))


def _rows(name: str, query: exp.Query, by: Collection[str], together: Sequence[str]) -> exp.Select:
    """Return a measure's answers with its name, and with every label that any of the measures has."""
    columns = (exp.column(label) if label in by else exp.null() for label in together)
    return exp.select(
        exp.Literal.string(name).as_("measure"),
        library.PERIOD,
        *(
            exp.cast(each, "VARCHAR", dialect="duckdb").as_(label)
            for label, each in zip(together, columns, strict=True)
        ),
        exp.cast(exp.column("value"), VALUE, dialect="duckdb").as_("value"),
    ).from_(_with_own_names(query, name).subquery("answers"))


def _collect(query: exp.Query, relations: Mapping[str, exp.Query], needed: dict[str, exp.Query]) -> None:
    """Add what the query reads to `needed`, each after all that it rests on."""
    for name in sorted(relations_read(query) & relations.keys() - needed.keys()):
        _collect(relations[name], relations, needed)
        needed.setdefault(name, _with_own_names(relations[name], name))


def _with_own_names(query: exp.Query, name: str) -> exp.Query:
    """Return the query with inner relations named after it: some dialects have one level of names."""
    inner = {cte.alias: f"{name}_{cte.alias}" for cte in query.find_all(exp.CTE)}

    def renamed(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table) and node.name in inner:
            return exp.to_table(inner[node.name]).as_(node.alias_or_name, table=True)
        if isinstance(node, exp.CTE):
            node.set("alias", exp.TableAlias(this=exp.to_identifier(inner[node.alias])))
        return node

    changed = query.transform(renamed)
    assert isinstance(changed, exp.Query)
    return changed


def _record(table: str) -> exp.Identifier:
    """Return the name of a record table in the statement, other than what the warehouse itself may call a table."""
    return exp.to_identifier(f"record_{table}")


def _as_record(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Table) and node.name in TABLES:
        node.set("this", _record(node.name))
    return node


@cache
def _views() -> Mapping[str, exp.Query]:
    return {name: _parsed(sql) for name, sql in library.views().items()}


def _shipped(name: str, terms: LedgerParameters) -> exp.Query:
    """Return the query of a file beside this one, with the terms in it."""
    text = (files("exporter.measures.pushdown") / f"{name}.sql").read_text("utf-8")
    return pipeline.bound(_parsed(text), terms.values())


def _periods(periods: Sequence[Period]) -> exp.Query:
    """Return the relation `period` as rows that are written out."""
    rows = [
        f"SELECT {number} AS period, CAST('{period.starts.isoformat()}' AS TIMESTAMPTZ) AS starts, "
        f"CAST('{period.ends.isoformat()}' AS TIMESTAMPTZ) AS ends"
        for number, period in enumerate(periods)
    ]
    return _parsed(" UNION ALL ".join(rows))


@cache
def _schema() -> dict[str, object]:
    """Return the columns of every record table, by which stars are spelled out and types are known."""
    return {
        table.name: {
            "source": "VARCHAR",
            **{column.name: column.type.value for column in table.columns},
            "recorded_at": "TIMESTAMPTZ",
        }
        for table in TABLES.values()
    }


def _parsed(sql: str) -> exp.Query:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    assert isinstance(tree, exp.Query)
    return tree
