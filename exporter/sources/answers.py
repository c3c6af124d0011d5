"""Turns the rows of a query into the answers of a direct measure, the same for every kind of source."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import islice

from exporter.conventions import LONGEST_LABEL, MOST_PARTS
from exporter.measures.totals import IS_TOTAL, UNLABELLED, Totals
from exporter.records.batch import Answer, SourceFailed, Unreadable, number
from exporter.sources.exact_json import preview
from exporter.sources.interface import MeasureOptions

_Labels = tuple[str | None, ...]
"""The labels of a row in the order of `by`; None where the row counts all values of a label together."""

_TRUTHS = {"1": True, "true": True, "t": True, "0": False, "false": False, "f": False, "": False}
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def answers_from_rows(
    measure: str,
    options: MeasureOptions,
    rows: Iterable[Mapping[str, object]],
    totals: Totals = Totals(""),  # noqa: B008 - immutable
) -> Iterator[Answer]:
    """Yield each row's `value` with the labels named in `by`; one answer without a number where there are no rows.

    A row without a label is a part like the others, called `UNLABELLED`. It is a total only where `totals` or its own
    column `is_total` says so.

    Raises:
        SourceFailed: If two rows have the same labels, a column is missing, or a value is no number.
    """
    head = list(islice(rows, MOST_PARTS + 1))
    for name in options.by:
        if head and not any(name in row for row in head):
            raise SourceFailed(f"no `{name}`, which is named in `by`; there is {_names(head[0])}")
    seen: dict[_Labels, Mapping[str, object]] = {}
    for row in head:
        labels = _labels(row, options.by, totals)
        if labels in seen:
            raise SourceFailed(_ambiguous(options.by, seen[labels], row, totals.bare))
        if len(seen) == MOST_PARTS:
            raise SourceFailed(f"more than {MOST_PARTS} label sets; put fewer labels into `by`")
        seen[labels] = row
    values = {labels: _value(row) for labels, row in seen.items()}
    if options.total == "sum":
        values = _summed(values, options.by)
    for labels, value in values.items():
        named = {name: label or "" for name, label in zip(options.by, labels, strict=True)}
        if value is None or value.is_finite():
            yield Answer(measure, value, named)
        else:
            yield Answer(measure, None, named, reason=f"value: {value} is not a finite number")
    if not values:
        yield Answer(measure, None)


def _labels(row: Mapping[str, object], by: Sequence[str], totals: Totals) -> _Labels:
    if IS_TOTAL not in by and _truth(row.get(IS_TOTAL)):
        return (None,) * len(by)
    return tuple(_label(row, name, totals) for name in by)


def _truth(value: object) -> bool:
    text = "" if value is None else str(value).strip().lower()
    if text not in _TRUTHS:
        raise SourceFailed(f"its `{IS_TOTAL}` is {text[:40]!r}; write true in the row of the total, else false")
    return _TRUTHS[text]


def _label(row: Mapping[str, object], name: str, totals: Totals) -> str | None:
    value = row.get(name)
    if isinstance(value, list | dict | Unreadable):
        raise SourceFailed(f"its `{name}` is {preview(value)}; a label is a text")
    if name in totals.marks and _truth(row[totals.marks[name]]):
        return None
    if _is_blank(value):
        return None if name in totals.bare else UNLABELLED
    label = str(value).lower() if isinstance(value, bool) else str(value)
    if len(label) > LONGEST_LABEL:
        raise SourceFailed(f"its `{name}` has {len(label)} characters, more than the {LONGEST_LABEL} of a label")
    return label


def _is_blank(value: object) -> bool:
    return value is None or not str(value).strip()


def _value(row: Mapping[str, object]) -> Decimal | None:
    if "value" not in row:
        raise SourceFailed(f"no column is called `value`; there is {_names(row)}")
    try:
        return number(row["value"])
    except ArithmeticError:
        text = repr(row["value"][:40]) if isinstance(row["value"], str) else preview(row["value"])
        raise SourceFailed(f"its value {text} is not a number") from None


def _names(row: Mapping[str, object]) -> str:
    return ", ".join(row) or "nothing"


def _ambiguous(by: Sequence[str], one: Mapping[str, object], other: Mapping[str, object], bare: Collection[str]) -> str:
    for name in by:
        if name in bare and _is_blank(one.get(name)) and _is_blank(other.get(name)):
            return f"two rows have no `{name}`, of which one is the total; add a column `{IS_TOTAL}`, true in the total"
        if _is_blank(one.get(name)) or _is_blank(other.get(name)):
            texts = " and ".join("nothing" if row.get(name) is None else repr(row[name]) for row in (one, other))
            return f"two rows are `{name}` {UNLABELLED!r} ({texts}); give those without a label one of their own"
    differing = [name for name in {**one, **other} if name != "value" and one.get(name) != other.get(name)]
    within = f" for the same {', '.join(by)}" if by else ""
    remedy = f"name in `by` what tells them apart ({', '.join(differing)})" if differing else "let the query give one"
    return f"several values{within}; {remedy}"


def _summed(values: Mapping[_Labels, Decimal | None], by: Sequence[str]) -> dict[_Labels, Decimal | None]:
    """Add the sums by each single label and the total; an answer of the query itself stays."""
    sums_too = dict(values)
    whole = [labels for labels in values if None not in labels]
    for place, _ in enumerate(by):
        sums: dict[_Labels, list[Decimal | None]] = {}
        for labels in whole:
            alone = tuple(label if at == place else None for at, label in enumerate(labels))
            sums.setdefault(alone, []).append(values[labels])
        for alone, parts in sums.items():
            sums_too.setdefault(alone, _sum(parts))
    nothing: _Labels = (None,) * len(by)
    for place, name in enumerate(by):
        parts = [value for labels, value in sums_too.items() if _is_alone(labels, place)]
        total = _sum(parts)
        if parts and sums_too.setdefault(nothing, total) != total and nothing not in values:
            raise SourceFailed(f"its parts by {name} add up to {total}, those by {by[0]} to {sums_too[nothing]}")
    return sums_too


def _is_alone(labels: _Labels, place: int) -> bool:
    return all((label is not None) == (at == place) for at, label in enumerate(labels))


def _sum(parts: Iterable[Decimal | None]) -> Decimal | None:
    """Add the parts exactly; None where one of them is unknown."""
    total = Decimal(0)
    for part in parts:
        if part is None or not part.is_finite():
            return None
        total = _EXACT.add(total, part)
    return total
