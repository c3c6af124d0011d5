"""The ledger's definition: one SELECT per file of `sql/`, called like it, composed into a text for any engine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import sqlglot
from sqlglot import exp

from exporter.revenue.change_flags import ChangeFlag
from exporter.revenue.dependencies import in_order, relations_read
from exporter.revenue.macros import expanded
from exporter.revenue.parameters import LedgerParameters, Value

ITEMS = "subscription_items"
MOVEMENTS = "movements"
OF_CUSTOMERS = (ITEMS, "discounts")
"""The relations with rows per customer that the steps read."""
NATIVE = "native_charges"
"""What the step `charges` is called where another of that name converts it."""
_PERIOD = "period"
_ALL_TIME = """
    SELECT
        0 AS period,
        CAST('0001-01-02 00:00:00+00' AS TIMESTAMPTZ) AS starts,
        CAST('9999-12-30 00:00:00+00' AS TIMESTAMPTZ) AS ends
"""


@cache
def _steps(historic: bool = False) -> Mapping[str, exp.Query]:
    """Return each step's SELECT by its name, each after the steps that it reads.

    With historic rates, charges are converted before they are added up.
    """
    shipped = dict(_shipped("sql"))
    if historic:
        shipped = {**shipped, NATIVE: shipped["charges"], **_shipped("sql/historic")}
    return in_order({**shipped, MOVEMENTS: _since_the_beginning(shipped[MOVEMENTS])})


def movements_by_period() -> str:
    """Return the movements in each period of `period`, in DuckDB's dialect, over `balances` and `customer_states`."""
    return _shipped("sql")[MOVEMENTS].sql(dialect="duckdb", pretty=True)


def _since_the_beginning(by_period: exp.Query) -> exp.Query:
    """The movements of all time, which is one period, without its number."""
    found = by_period.copy()
    assert isinstance(found, exp.Select)
    found.set("expressions", [each for each in found.expressions if each.alias_or_name != _PERIOD])
    period = exp.CTE(
        this=sqlglot.parse_one(_ALL_TIME, dialect="duckdb"), alias=exp.TableAlias(this=exp.to_identifier(_PERIOD))
    )
    steps = found.args["with_"]
    steps.set("expressions", [period, *steps.expressions])
    return found


def _shipped(folder: str) -> Mapping[str, exp.Query]:
    """Return the SELECTs of a folder by the names of their files, with the flags of changes in them."""
    entries = [entry for entry in (files("exporter.revenue") / folder).iterdir() if entry.name.endswith(".sql")]
    return {entry.name.removesuffix(".sql"): _query(entry.read_text("utf-8")) for entry in entries}


def _query(text: str) -> exp.Query:
    tree = sqlglot.parse_one(text, dialect="duckdb").transform(expanded, copy=False).transform(_flagged, copy=False)
    assert isinstance(tree, exp.Query)
    return tree


def _flagged(node: exp.Expr) -> exp.Expr:
    """Replace the `$name` of a flag by its bit."""
    flag = ChangeFlag.__members__.get(node.name.upper()) if isinstance(node, exp.Placeholder) else None
    return node if flag is None else exp.convert(flag.value)


def relations() -> tuple[str, ...]:
    """What can be asked for: `lines`, `balances`, `movements` and the steps to them."""
    return tuple(_steps())


@cache
def steps(terms: LedgerParameters) -> Mapping[str, exp.Query]:
    """Every step's SELECT with the terms in it, by its name."""
    values = terms.values()
    return {name: bound(tree, values) for name, tree in _steps(terms.historic).items()}


@cache
def query(
    relation: str,
    terms: LedgerParameters,
    dialect: str = "duckdb",
    given: tuple[str, ...] = (),
    customers: str | None = None,
) -> str:
    """One SELECT that computes a step of the ledger, in the dialect of an engine that sqlglot knows.

    It reads the relations `subscription_items`, `discounts` and `exchange_rates` (currency, rate_on, rate: what one
    unit of the currency is worth in that of the reports, for each day), and those steps that are `given`. With
    `customers`, a relation of customer_id, it computes the step for these customers alone.
    """
    steps, values = _steps(terms.historic), terms.values()
    found = {name: bound(steps[name], values) for name in _needed(steps, relation, given)}
    text = exp.select("*").from_(relation)
    if customers is not None:
        found = {name: _of_some(step) for name, step in found.items()}
        chosen = exp.column("customer_id").isin(query=exp.select("customer_id").from_(customers))
        for name in OF_CUSTOMERS:
            some = exp.select("*").from_(name).where(chosen)
            text = text.with_(_some(name), as_=some, materialized=True, copy=False)
    for name, step in found.items():
        text = text.with_(name, as_=step, copy=False)
    return text.sql(dialect=dialect, comments=False)


def _some(relation: str) -> str:
    """The name of a relation's rows of chosen customers, looked for once though several steps read them."""
    return f"some_{relation}"


def _of_some(step: exp.Query) -> exp.Query:
    """The step with chosen customers' rows in the place of all."""

    def chosen(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Table) or node.name not in OF_CUSTOMERS:
            return node
        return exp.to_table(_some(node.name)).as_(node.alias_or_name)

    found = step.transform(chosen, copy=False)
    assert isinstance(found, exp.Query)
    return found


def _needed(steps: Mapping[str, exp.Query], relation: str, given: tuple[str, ...]) -> list[str]:
    """A step and those it rests on, in order."""
    wanted, waiting = {relation}, [relation]
    while waiting:
        for name in relations_read(steps[waiting.pop()]) & steps.keys() - {*given, *wanted}:
            wanted.add(name)
            waiting.append(name)
    return [name for name in steps if name in wanted]


def bound(tree: exp.Query, values: Mapping[str, Value]) -> exp.Query:
    """The step with a literal in the place of each `$name`, and without branches that these rule out."""

    def literal(node: exp.Expr) -> exp.Expr:
        return exp.convert(values[node.name]) if isinstance(node, exp.Placeholder) else node

    found = tree.copy().transform(literal, copy=False).transform(_decided, copy=False)
    assert isinstance(found, exp.Query)
    return found


def _decided(node: exp.Expr) -> exp.Expr:
    """What is left of a CASE that compares literals: engines would give it a type that all its branches fit into."""
    if not isinstance(node, exp.Case) or node.this is not None:
        return node
    open_branches: list[exp.Expr] = []
    for branch in node.args["ifs"]:
        condition = branch.this
        if not (isinstance(condition, exp.EQ) and condition.left.is_string and condition.right.is_string):
            open_branches.append(branch)
        elif condition.left.name == condition.right.name:
            node.set("default", branch.args["true"])
            break
    node.set("ifs", open_branches)
    return node if open_branches else node.args.get("default") or exp.null()
