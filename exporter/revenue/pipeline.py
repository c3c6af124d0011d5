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
"""The name of the step `charges` where another of that name converts it."""
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
    """Return the movements of all time, which is one period, without its number."""
    movements = by_period.copy()
    assert isinstance(movements, exp.Select)
    movements.set("expressions", [column for column in movements.expressions if column.alias_or_name != _PERIOD])
    period = exp.CTE(
        this=sqlglot.parse_one(_ALL_TIME, dialect="duckdb"), alias=exp.TableAlias(this=exp.to_identifier(_PERIOD))
    )
    steps = movements.args["with_"]
    steps.set("expressions", [period, *steps.expressions])
    return movements


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
    """Return the names of all steps, `lines`, `balances` and `movements` among them."""
    return tuple(_steps())


@cache
def steps(terms: LedgerParameters) -> Mapping[str, exp.Query]:
    """Return every step's SELECT with the values of the terms in it, by its name."""
    values = terms.values()
    return {name: bound(tree, values) for name, tree in _steps(terms.historic).items()}


@cache
def query(
    relation: str,
    terms: LedgerParameters,
    dialect: str = "duckdb",
    existing: tuple[str, ...] = (),
    customers: str | None = None,
) -> str:
    """Return one SELECT that computes a step of the ledger, in the dialect of an engine that sqlglot supports.

    It reads the relations `subscription_items`, `discounts` and `exchange_rates`, and the steps in `existing`, which
    the session must have as relations. With `customers`, a relation of customer_id, it computes these customers alone.
    """
    steps, values = _steps(terms.historic), terms.values()
    bound_steps = {name: bound(steps[name], values) for name in _needed(steps, relation, existing)}
    text = exp.select("*").from_(relation)
    if customers is not None:
        bound_steps = {name: _of_some(step) for name, step in bound_steps.items()}
        chosen = exp.column("customer_id").isin(query=exp.select("customer_id").from_(customers))
        for name in OF_CUSTOMERS:
            some = exp.select("*").from_(name).where(chosen)
            text = text.with_(_some(name), as_=some, materialized=True, copy=False)
    for name, step in bound_steps.items():
        text = text.with_(name, as_=step, copy=False)
    return text.sql(dialect=dialect, comments=False)


def _some(relation: str) -> str:
    """Return the name of a relation's rows of chosen customers, which are read once for several steps."""
    return f"some_{relation}"


def _of_some(step: exp.Query) -> exp.Query:
    """Return the step over the rows of the chosen customers."""

    def chosen(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Table) or node.name not in OF_CUSTOMERS:
            return node
        return exp.to_table(_some(node.name)).as_(node.alias_or_name)

    changed = step.transform(chosen, copy=False)
    assert isinstance(changed, exp.Query)
    return changed


def _needed(steps: Mapping[str, exp.Query], relation: str, existing: tuple[str, ...]) -> list[str]:
    """Return a step and the steps that it reads, directly or through others, in order."""
    wanted, waiting = {relation}, [relation]
    while waiting:
        for name in relations_read(steps[waiting.pop()]) & steps.keys() - {*existing, *wanted}:
            wanted.add(name)
            waiting.append(name)
    return [name for name in steps if name in wanted]


def bound(tree: exp.Query, values: Mapping[str, Value]) -> exp.Query:
    """Return the step with a literal for each `$name`, and without the branches that these rule out."""

    def literal(node: exp.Expr) -> exp.Expr:
        return exp.convert(values[node.name]) if isinstance(node, exp.Placeholder) else node

    step = tree.copy().transform(literal, copy=False).transform(_decided, copy=False)
    assert isinstance(step, exp.Query)
    return step


def _decided(node: exp.Expr) -> exp.Expr:
    """Simplify a CASE that compares literals, to which engines would give a type that fits all its branches."""
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
