"""From the rows that a query gave to the answers of a direct measure, the same for every kind of source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from exporter.sources.interface import Answer, MeasureOptions, SourceFailed, number

MOST = 10_000
"""Label sets that one measure may have; a breakdown into more is a mistake in its query."""


def answers(measure: str, options: MeasureOptions, rows: Iterable[Mapping[str, object]]) -> Iterator[Answer]:
    """Each row's `value` with the labels named in `by`; one `Answer(None)` where there are no rows.

    Raises `SourceFailed` when two rows have the same labels, a column is missing or a value is no number.
    """
    seen: dict[tuple[str, ...], Mapping[str, object]] = {}
    for row in rows:
        labels = tuple(_label(row, name) for name in options.by)
        if labels in seen:
            raise SourceFailed(_ambiguous(options, seen[labels], row))
        if len(seen) == MOST:
            raise SourceFailed(f"more than {MOST} label sets; put fewer labels into `by`")
        seen[labels] = row
        yield _answer(measure, row, dict(zip(options.by, labels, strict=True)))
    if not seen:
        yield Answer(measure, None)


def _label(row: Mapping[str, object], name: str) -> str:
    if name not in row:
        raise SourceFailed(f"no `{name}`, which is named in `by`; there is {_names(row)}")
    return "" if row[name] is None else str(row[name])


def _answer(measure: str, row: Mapping[str, object], labels: Mapping[str, str]) -> Answer:
    if "value" not in row:
        raise SourceFailed(f"no column is called `value`; there is {_names(row)}")
    try:
        value = number(row["value"])
    except ArithmeticError:
        raise SourceFailed(f"its value {str(row['value'])[:40]!r} is not a number") from None
    if value is None or value.is_finite():
        return Answer(measure, value, labels)
    return Answer(measure, None, labels, reason=f"value: {value} is not a finite number")


def _names(row: Mapping[str, object]) -> str:
    return ", ".join(row) or "nothing"


def _ambiguous(options: MeasureOptions, one: Mapping[str, object], other: Mapping[str, object]) -> str:
    apart = [name for name in {**one, **other} if name != "value" and one.get(name) != other.get(name)]
    within = f" for the same {', '.join(options.by)}" if options.by else ""
    cure = f"name in `by` what tells them apart ({', '.join(apart)})" if apart else "let the query give one"
    return f"several values{within}; {cure}"
