"""The engine of measures: every period at once, on a cursor that sees one company's records."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

import duckdb

from exporter.calendar.windows import Period
from exporter.conventions import LONGEST_LABEL, MOST_PARTS_COMPUTED
from exporter.measures import library
from exporter.measures.model import Measure
from exporter.records.batch import decimal_or_none
from exporter.records.sql import micros, name
from exporter.revenue.relations import replace

BATCH = 1000

FEW = 4096
"""Rows of one measure that are taken as they are, whatever they are of."""

Row = tuple[object, Mapping[str, str | None], object]
"""The number of a period, the labels, and the value, as the database gives them."""


@dataclass(frozen=True)
class MeasureResult:
    """A measure's answer for one period: the headline, None if unknown, and per label name the parts by label.

    `total` is False where there are parts and nothing says what they are together. Breakdowns by the labels in
    `withheld` have more than `MOST_PARTS_COMPUTED` parts, or one whose label is too long, and are left out.
    """

    headline: Decimal | None = None
    parts: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    total: bool = True
    withheld: frozenset[str] = frozenset()

    def labelled(self, label: str) -> Decimal | None:
        """Return the part with that label, in whichever breakdown it occurs."""
        return next((values[label] for values in self.parts.values() if label in values), None)


class MeasureFailed(Exception):
    """A measure whose SQL could not be answered; the message is for people."""


def prepare(
    cursor: duckdb.DuckDBPyConnection,
    periods: Sequence[Period],
    wanted: Mapping[str, Collection[Period]] | None = None,
    further: Collection[str] = (),
) -> None:
    """Make the relation `period` and the shared views; a period's number is its place in the sequence.

    `wanted` are the periods by the SQL of the measures that will be evaluated: views that several of them rest on
    are computed once, for the periods of all of these, and views that none of them reads are left out, but for
    `further`. Without `wanted` all views are made. To be called outside a transaction, so that one that fails does not
    take them along.
    """
    numbered = dict(enumerate(periods))
    _make_periods(cursor, numbered)
    behind = library.views() if wanted is None else library.views_behind(wanted, further)
    materialized = library.to_materialize(frozenset(wanted or ()))
    for view, sql in library.views().items():
        if view not in behind:
            continue
        if view in materialized:
            needed = frozenset[Period]().union(*((wanted or {})[reader] for reader in materialized[view]))
            select_periods(cursor, periods, needed)
        if view not in materialized or not _computed_once(cursor, view, sql):
            replace(cursor, view, sql, as_view=True)
    if materialized:
        _make_periods(cursor, numbered)


def select_periods(cursor: duckdb.DuckDBPyConnection, periods: Sequence[Period], chosen: Collection[Period]) -> None:
    """Let the relation `period` have only these of the prepared periods; their numbers stay."""
    _make_periods(cursor, {number: period for number, period in enumerate(periods) if period in chosen})


def _make_periods(cursor: duckdb.DuckDBPyConnection, numbered: Mapping[int, Period]) -> None:
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE period AS SELECT CAST(number AS INTEGER) AS period, "
        "make_timestamptz(starts) AS starts, make_timestamptz(ends) AS ends FROM "
        "(SELECT unnest($numbers::BIGINT[]) AS number, unnest($starts::BIGINT[]) AS starts, "
        "unnest($ends::BIGINT[]) AS ends)",
        {
            "numbers": list(numbered),
            "starts": [micros(period.starts) for period in numbered.values()],
            "ends": [micros(period.ends) for period in numbered.values()],
        },
    )


def _computed_once(cursor: duckdb.DuckDBPyConnection, view: str, sql: str) -> bool:
    """Keep what a view gives; where it cannot be computed, each measure that reads it is to say so."""
    try:
        replace(cursor, view, sql, as_view=False)
    except duckdb.Error:
        return False
    return True


def evaluate(
    cursor: duckdb.DuckDBPyConnection, measure: Measure, periods: Sequence[Period], max_age: float = 0.0
) -> Mapping[Period, MeasureResult]:
    """Return the measure over every prepared period; periods for which it gives no row are left out.

    A direct measure is what its source last answered at the period's end, unless that is older than `max_age`
    seconds. Raises `MeasureFailed`, after which the cursor's transaction, if there is one, must be rolled back.
    """
    try:
        rows = _computed(cursor, measure, len(periods)) if measure.source is None else _direct(cursor, measure, max_age)
        return _numbers(measure, periods, rows)
    except duckdb.Error as error:
        problem = str(error).splitlines()[0]
        raise MeasureFailed(f"the measure {measure.name} cannot be computed: {problem}") from None


def _computed(cursor: duckdb.DuckDBPyConnection, measure: Measure, periods: int) -> Iterator[Row]:
    """Yield the rows of a measure; only where these are many, they are cut, which takes as long as most measures do."""
    selection = library.selection(measure.sql or "", measure.by)
    rows = cursor.execute(f"FROM (\n{selection}\n) LIMIT {FEW + 1}").fetchall()
    if len(rows) <= FEW:
        yield from (_row(measure, row) for row in rows)
        return
    del rows
    result = cursor.execute(_bounded(selection, measure.by, periods))
    while batch := result.fetchmany(BATCH):  # labels may be as long as texts are
        yield from (_row(measure, row) for row in batch)


def _row(measure: Measure, row: tuple[object, ...]) -> Row:
    number, *labels, value = row
    return number, dict(zip(measure.by, cast(list[str | None], labels), strict=True)), value


def _bounded(selection: str, by: Sequence[str], periods: int) -> str:
    """Return the selection, cut after one row more of each period and breakdown than is computed."""
    if not by:
        return f"FROM (\n{selection}\n) LIMIT {periods + 1}"
    breakdown = ", ".join(f"{name(label)} IS NULL" for label in by)
    number = f"ROW_NUMBER() OVER (PARTITION BY {name(library.PERIOD)}, {breakdown})"
    return f"FROM (\n{selection}\n) QUALIFY {number} <= {MOST_PARTS_COMPUTED + 1}"


def _direct(cursor: duckdb.DuckDBPyConnection, measure: Measure, max_age: float) -> Iterator[Row]:
    """Return all answers of the last poll at or before each period's end: a label no longer answered is gone.

    Of a source that answers for periods, the answers for this one; or for one that is off by less than a minute, for
    which it was asked while another source's poll was under way.
    """
    rows = cursor.execute(
        """
        SELECT period.period, answers.labels, answers.value
        FROM period
        JOIN answers ON answers.measure = $measure AND answers.source = $source
        WHERE answers.asked_at = (
            SELECT MAX(latest.asked_at) FROM answers AS latest
            WHERE latest.measure = $measure AND latest.source = $source
                AND latest.asked_at <= period.ends AND latest.asked_at >= period.ends - TO_SECONDS($age)
        )
        UNION ALL
        SELECT period.period, answers.labels, answers.value
        FROM period
        JOIN period_answers AS answers
            ON answers.measure = $measure AND answers.source = $source
            AND (answers.starts, answers.ends) = (
                SELECT (nearest.starts, nearest.ends)
                FROM period_answers AS nearest
                WHERE nearest.measure = $measure AND nearest.source = $source
                    AND nearest.starts BETWEEN period.starts - INTERVAL 1 MINUTE AND period.starts + INTERVAL 1 MINUTE
                    AND nearest.ends BETWEEN period.ends - INTERVAL 1 MINUTE AND period.ends + INTERVAL 1 MINUTE
                ORDER BY ABS(EPOCH(nearest.ends - period.ends)) + ABS(EPOCH(nearest.starts - period.starts))
                LIMIT 1
            )
        """,
        {"measure": measure.name, "source": measure.source, "age": max_age},
    ).fetchall()
    return ((number, _present(json.loads(labels)), value) for number, labels, value in rows)


def _present(labels: Mapping[str, str]) -> Mapping[str, str | None]:
    """Return the labels of an answer; None for one that is empty, as the answer is of all its values together."""
    return {label: value or None for label, value in labels.items()}


def _numbers(measure: Measure, periods: Sequence[Period], rows: Iterable[Row]) -> Mapping[Period, MeasureResult]:
    headlines: dict[Period, Decimal | None] = {}
    parts: dict[Period, dict[str, dict[str, Decimal | None]]] = {}
    too_long: dict[Period, set[str]] = {}
    for number, labels, raw in rows:
        period, value = _period(measure, periods, number), _value(measure, raw)
        present = [(label, str(labels[label])) for label in measure.by if labels.get(label) is not None]
        if not present:
            if period in headlines:
                raise MeasureFailed(f"the measure {measure.name} gives more than one number for a period")
            headlines[period] = value
        elif len(present) == 1:
            ((label, part),) = present
            if len(part) > LONGEST_LABEL:
                too_long.setdefault(period, set()).add(label)
                continue
            values = parts.setdefault(period, {}).setdefault(label, {})
            if part in values:
                raise MeasureFailed(f"the measure {measure.name} gives more than one number for {label} {part!r}")
            values[part] = value
    all_periods = dict.fromkeys([*headlines, *parts, *too_long])
    return {
        period: _result(
            headlines.get(period), parts.get(period, {}), period in headlines, frozenset(too_long.get(period, ()))
        )
        for period in all_periods
    }


def _result(
    headline: Decimal | None,
    parts: Mapping[str, Mapping[str, Decimal | None]],
    total: bool,
    too_long: frozenset[str],
) -> MeasureResult:
    """Make a result without unknown parts, and without breakdowns of no part, of too many or of one too long."""
    withheld = too_long | frozenset(label for label, values in parts.items() if len(values) > MOST_PARTS_COMPUTED)
    values_by_label = {
        label: {part: value for part, value in values.items() if value is not None}
        for label, values in parts.items()
        if label not in withheld
    }
    return MeasureResult(
        headline, {label: values for label, values in values_by_label.items() if values}, total, withheld
    )


def _period(measure: Measure, periods: Sequence[Period], number: object) -> Period:
    if not isinstance(number, int) or number not in range(len(periods)):
        raise MeasureFailed(f"the measure {measure.name} gives a row for no period; `period` comes from period.period")
    return periods[number]


def _value(measure: Measure, raw: object) -> Decimal | None:
    try:
        return decimal_or_none(raw)
    except ArithmeticError:
        raise MeasureFailed(f"the measure {measure.name} gives {str(raw)[:40]!r}, which is not a number") from None
