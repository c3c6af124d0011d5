"""Where a warehouse keeps what a record table holds, and how its columns become the canonical ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlglot
from sqlglot import TokenType, exp

from exporter.records.schema import Column, Table, Type


def relation(text: str, dialect: str) -> exp.Expr:
    """Return a table's name or a SELECT, as something to select from; `ValueError` for anything else."""
    try:
        if not is_name(text, dialect):
            query = sqlglot.parse_one(text, dialect=dialect)
            assert isinstance(query, exp.Query)
            return query.subquery("given")
        table = sqlglot.parse_one(text, into=exp.Table, dialect=dialect)
    except (sqlglot.errors.SqlglotError, RecursionError):
        raise ValueError("cannot be read as a table's name or a SELECT, and so not be translated") from None
    if not isinstance(table.this, exp.Identifier):
        raise ValueError("is neither a table's name nor a SELECT")
    return table.as_("given", table=True)


def is_name(text: str, dialect: str) -> bool:
    """Return whether a text cannot be a SELECT."""
    words = sqlglot.tokenize(text, dialect=dialect)
    return bool(words) and words[0].token_type not in (TokenType.SELECT, TokenType.WITH, TokenType.L_PAREN)


def canonical(
    table: Table,
    origin: exp.Expr,
    origins: Mapping[str, str],
    constants: Mapping[str, str],
    available: Collection[str],
    source: str,
    dialect: str,
) -> exp.Query:
    """Return a query of the table's columns, each of its type, over what `relation` returns.

    `origins` has the column of the relation that each is read from; one that is not `available` is its default.
    """
    columns_there = set(available)
    columns = [exp.Literal.string(source).as_("source")]
    for column in table.columns:
        value: exp.Expr | None = None
        if column.name in constants:
            value = exp.Literal.string(constants[column.name])
        elif origins[column.name] in columns_there:
            value = exp.column(origins[column.name], table="given", quoted=True)
        columns.append(_typed(column, value, dialect).as_(column.name))
    columns.append(exp.CurrentTimestamp().as_("recorded_at"))
    return exp.select(*columns).from_(origin)


def empty(table: Table) -> exp.Query:
    """Return a query of the table's columns and no rows, for a table that the warehouse does not have."""
    columns = [_typed(column, None, "").as_(column.name) for column in table.columns]
    stamp = exp.cast(exp.null(), Type.INSTANT, dialect="duckdb").as_("recorded_at")
    return exp.select(exp.Literal.string("").as_("source"), *columns, stamp).where(exp.false())


def _folding(column: Column) -> type[exp.Func] | None:
    """Return what makes the letters of a word the canonical ones, where they may be small or large."""
    if column.money:
        return exp.Upper
    return exp.Lower if column.one_of and all(word.islower() for word in column.one_of) else None


def _typed(column: Column, value: exp.Expr | None, dialect: str) -> exp.Expr:
    expression: exp.Expr = exp.cast(exp.null() if value is None else value, column.type, dialect="duckdb")
    if value is not None and (folded := _folding(column)):
        expression = folded(this=exp.Trim(this=expression))
    if column.default is not None:
        default = exp.cast(exp.Literal.string(column.default), column.type, dialect="duckdb")
        expression = default if value is None else exp.func("COALESCE", expression, default)
    if column.type is Type.TEXT and dialect == "postgres":
        return exp.Collate(this=expression, expression=exp.column("C", quoted=True))
    return expression
