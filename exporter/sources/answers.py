"""From the rows that a query gave to the answers of a direct measure, the same for every kind of source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from exporter.sources.exact import shown
from exporter.sources.interface import Answer, MeasureOptions, SourceFailed, Unreadable, number

MOST = 10_000
"""Label sets that one measure may have; a breakdown into more is a mistake in its query."""

LONGEST = 1000
"""Characters of a label; one that is longer was not meant to be one."""


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
    if isinstance(row[name], list | dict | Unreadable):
        raise SourceFailed(f"its `{name}` is {shown(row[name])}; a label is a text")
    label = "" if row[name] is None else str(row[name])
    if len(label) > LONGEST:
        raise SourceFailed(f"its `{name}` has {len(label)} characters, more than the {LONGEST} of a label")
    return label


def _answer(measure: str, row: Mapping[str, object], labels: Mapping[str, str]) -> Answer:
    if "value" not in row:
        raise SourceFailed(f"no column is called `value`; there is {_names(row)}")
    try:
        value = number(row["value"])
    except ArithmeticError:
        told = repr(row["value"][:40]) if isinstance(row["value"], str) else shown(row["value"])
        raise SourceFailed(f"its value {told} is not a number") from None
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
