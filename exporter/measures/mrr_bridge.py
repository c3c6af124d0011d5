"""The MRR bridge of a period: its opening, the movements and who made them, its close."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import duckdb
import sqlglot
from sqlglot import exp

from exporter.calendar.windows import Period
from exporter.measures.engine import MeasureFailed
from exporter.measures.library import LEDGER_TABLES
from exporter.measures.model import Measure
from exporter.records.sql import micros

KINDS: Mapping[str, int] = {"new": 1, "reactivation": 1, "expansion": 1, "contraction": -1, "churn": -1}
"""The kinds of movements that customers make, in the order of a bridge, and whether they add or take away."""

LARGEST = 10
"""Customers that are named."""

VIEWS = ("moved", "mrr_open_close")
"""The shared views that a bridge reads."""

_MOVEMENTS = frozenset({"movements", "moved", "customer_movements"})
_OF_TWO_MOMENTS = frozenset({*_MOVEMENTS, "cohorts", "opening", "unmoved", "paid_before", "opens", "at_opening"})
"""Relations of the ledger, and columns of its views, that only a measure of a change reads."""

_NUMBER = "SELECT period FROM period WHERE starts = make_timestamptz(?) AND ends = make_timestamptz(?)"

_BALANCES = """
    SELECT
        COALESCE(SUM(opening), 0),
        COUNT(*) FILTER (paid_before),
        COALESCE(SUM(closing), 0),
        COUNT(*) FILTER (pays),
        COALESCE(SUM(closing - opening), 0) - (
            SELECT COALESCE(SUM(delta), 0) FROM moved WHERE period = $period AND kind <> 'fx'
        )
    FROM mrr_open_close
    WHERE period = $period
"""

_MOVED = """
    SELECT kind, reason, SUM(delta), COUNT(DISTINCT (customer_id, bucket)), COUNT(DISTINCT customer_id)
    FROM moved
    WHERE period = $period AND kind <> 'fx'
    GROUP BY GROUPING SETS ((kind), (kind, reason))
    ORDER BY kind, reason NULLS FIRST
"""

_LARGEST = """
    WITH buckets AS (
        SELECT customer_id, kind, STRING_AGG(DISTINCT reason, '+' ORDER BY reason) AS reasons, SUM(delta) AS delta
        FROM moved
        WHERE period = $period AND kind <> 'fx'
        GROUP BY customer_id, kind, bucket
    ),
    customers AS (
        SELECT
            customer_id,
            SUM(delta) AS moved,
            SUM(CASE WHEN LIST_CONTAINS($kinds::VARCHAR[], kind) THEN ABS(delta) ELSE 0 END) AS in_kinds,
            STRING_AGG(DISTINCT kind || ' ' || reasons, ', ' ORDER BY kind || ' ' || reasons) AS causes
        FROM buckets
        GROUP BY customer_id
    )
    SELECT
        customer_id,
        opening,
        COALESCE(moved, 0),
        closing - opening - COALESCE(moved, 0),
        closing,
        COALESCE(causes, ''),
        CASE $rank
            WHEN 'kinds' THEN COALESCE(in_kinds, 0)
            WHEN 'change' THEN ABS(closing - opening)
            ELSE closing
        END AS weight,
        COUNT(*) OVER ()
    FROM mrr_open_close
    LEFT JOIN customers USING (customer_id)
    WHERE period = $period AND weight > 0
    ORDER BY weight DESC, customer_id
    LIMIT $limit
"""


@dataclass(frozen=True)
class Moved:
    """The movements of a kind, or those among them for one reason; `amount` is negative for what was lost."""

    kind: str
    reason: str | None
    amount: Decimal
    movements: int
    customers: int


@dataclass(frozen=True)
class Mover:
    """A customer's own bridge; `causes` are its kinds of movements, each with its reasons."""

    customer_id: str
    opening: Decimal
    moved: Decimal
    fx: Decimal
    closing: Decimal
    causes: str


@dataclass(frozen=True)
class Ranking:
    """By what customers are the largest: movements of some `kinds`, their `change` over the period, or their `mrr`."""

    by: str
    kinds: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The ranking in words: "churn and contraction"."""
        return {"kinds": " and ".join(self.kinds), "change": "change of MRR", "mrr": "MRR at the close"}[self.by]


@dataclass(frozen=True)
class Bridge:
    """From the opening to the close, in the reporting currency per month, exact.

    `closing` is `opening`, all of `moved` without a reason, and `fx`. `others` are customers beyond the `largest`.
    """

    period: Period
    opening: Decimal
    payers_before: int
    closing: Decimal
    payers: int
    fx: Decimal
    moved: tuple[Moved, ...]
    ranking: Ranking
    largest: tuple[Mover, ...]
    others: int


def rests_on_ledger(measure: Measure) -> bool:
    """Return whether it is computed from the revenue ledger: what reads a relation of it reads all of its tables."""
    return measure.tables | measure.lookups >= LEDGER_TABLES


def bridge(cursor: duckdb.DuckDBPyConnection, period: Period, ranking: Ranking) -> Bridge:
    """Return the bridge of a period for which measures were asked on this cursor.

    Raises `MeasureFailed` where it cannot be computed.
    """
    try:
        number = cursor.execute(_NUMBER, [micros(period.starts), micros(period.ends)]).fetchall()[0][0]
        ((opening, payers_before, closing, payers, fx),) = cursor.execute(_BALANCES, {"period": number}).fetchall()
        moved = cursor.execute(_MOVED, {"period": number}).fetchall()
        parameters = {"period": number, "rank": ranking.by, "kinds": list(ranking.kinds), "limit": LARGEST}
        largest = cursor.execute(_LARGEST, parameters).fetchall()
    except duckdb.Error as error:
        raise MeasureFailed(str(error).splitlines()[0]) from None
    return Bridge(
        period,
        opening,
        payers_before,
        closing,
        payers,
        fx,
        tuple(Moved(*row) for row in moved),
        ranking,
        tuple(Mover(*row) for *row, _, _ in largest),
        largest[0][-1] - len(largest) if largest else 0,
    )


def ranking_of(measures: Iterable[Measure], closes: int) -> Ranking:
    """Return how customers are ranked behind measures of the ledger that are asked for so many instants.

    By the kinds of movements that their SQL names; or by change, if it compares two instants; or else by MRR.
    """
    texts = [measure.sql or "" for measure in measures]
    kinds = frozenset[str]().union(*(_kinds(text) for text in texts))
    if kinds:
        return Ranking("kinds", tuple(kind for kind in KINDS if kind in kinds))
    return Ranking("change" if closes > 1 or any(_compares(text) for text in texts) else "mrr")


def _kinds(sql: str) -> frozenset[str]:
    """Return the kinds that make the number; of one that all of them make, none: it is a change like another."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    if not _MOVEMENTS & {table.name for table in tree.find_all(exp.Table)}:
        return frozenset()
    kinds = {text.name for text in tree.find_all(exp.Literal) if text.is_string and text.name in KINDS}
    return frozenset(kinds if kinds < KINDS.keys() else ())


def _compares(sql: str) -> bool:
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    return bool(_OF_TWO_MOMENTS & {node.name for node in tree.find_all(exp.Table, exp.Column)})
