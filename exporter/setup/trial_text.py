"""A trial as text for a terminal and as JSON, without secrets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from exporter.catalogue.connection import missing_tables, why_not_connected
from exporter.kpis.display_status import display_status
from exporter.kpis.reading import Reading
from exporter.quantities import display
from exporter.quantities.counts import counted
from exporter.records.batch import Answer
from exporter.records.state import Rejected
from exporter.setup.trial import SourceTrial, TableTrial, Trial
from exporter.setup.vendors import lacking
from exporter.sources.redaction import secret_filter

READS = 20
"""Different requests of a source that are printed."""
PARTS = 5
"""Answers to one measure that are printed."""
_WIDEST = 60
"""Characters of a value that are printed."""


def masked(trial: Trial) -> Callable[[str], str]:
    """Return what takes the company's secrets out of a text."""
    return secret_filter(secret for options in trial.company.sources.values() for secret in options.secrets())


def text(trial: Trial) -> str:
    """Return the trial as lines: each source with its tables, then the KPIs with and without values."""
    return masked(trial)("\n".join(_lines(trial)) + "\n")


def _lines(trial: Trial) -> Iterator[str]:
    for source in trial.sources:
        yield f"{source.name} ({source.type}): {_outcome(source)}"
        yield from (f"  {line}" for line in lacking(source.permissions))
        yield from (f"  {read}" for read in _reads(source.reads))
        for table in source.tables.values():
            if table.rows or source.error is None:
                yield from (f"  {line}" for line in _table(table))
        yield from (f"  {line}" for line in _answers(source.answers))
        if source.rejected_answers is not None:
            yield from (f"  {line}" for line in _rejected(source.rejected_answers))
        yield ""
    connected = [reading for reading in trial.kpis if reading.connected]
    with_values = [reading for reading in connected if reading.value is not None]
    without = [reading for reading in connected if reading.value is None]
    yield f"{len(with_values)} of {len(connected)} KPIs have a value:"
    yield from (f"  {reading.kpi.title}: {_amount(reading)}" for reading in with_values)
    if without:
        yield f"{len(without)} have none:"
        yield from (f"  {line}" for line in _reasons(without))
    if not_connected := len(trial.kpis) - len(connected):
        yield f"{not_connected} {'is' if not_connected == 1 else 'are'} not connected:"
        for missing in missing_tables(trial.company):
            yield f"  {', '.join(kpi.title for kpi in missing.kpis)}"
            yield f"    {why_not_connected(missing.tables)}"


def _outcome(source: SourceTrial) -> str:
    if source.error is not None:
        return f"failed: {source.error}"
    if source.unfinished is not None:
        return f"read in part: its first run is at {source.unfinished.text}, and goes on where the exporter runs"
    return "read"


def _reads(reads: Sequence[str]) -> Iterator[str]:
    """Yield the files, requests and queries, each once with how often it was sent."""
    counts = Counter(reads)
    for read, count in list(counts.items())[:READS]:
        yield read if count == 1 else f"{read} ({count:,} times)"
    if len(counts) > READS:
        yield f"and {len(counts) - READS:,} more"


def _table(table: TableTrial) -> Iterator[str]:
    yield f"table {table.table}: {counted(table.rows, 'row')}"
    for example in table.examples:
        yield "  such as " + ", ".join(f"{name} {_value(value)}" for name, value in example.items())
    if table.rejected is not None:
        yield from _rejected(table.rejected)
    if table.rows and table.empty_columns:
        yield f"  nothing fills {', '.join(table.empty_columns)}"


def _rejected(rejected: Rejected) -> Iterator[str]:
    yield f"  {rejected.count:,} set aside:"
    for row in rejected.examples[:3]:
        key = ", ".join(part or "none" for part in row.key)
        yield f"    {key}: {row.reason}" if key else f"    {row.reason}"


def _reasons(readings: list[Reading]) -> Iterator[str]:
    """Yield each reason once, with the KPIs that it holds for."""
    by_reason: dict[str, list[str]] = {}
    for reading in readings:
        assert reading.unknown is not None
        by_reason.setdefault(reading.unknown.detail, []).append(reading.kpi.title)
    for reason, titles in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        yield f"{', '.join(titles)}"
        yield f"  {reason}"


def _amount(reading: Reading) -> str:
    assert reading.value is not None
    return f"{display.amount(reading.value, reading.kpi.unit)} ({display_status(reading).text})"


def _answers(answers: Sequence[Answer]) -> Iterator[str]:
    """Yield the first answers to each measure, of the latest period where they have periods."""
    by_measure: dict[str, list[Answer]] = {}
    for answer in answers:
        by_measure.setdefault(answer.measure, []).append(answer)
    for measure, all_answers in by_measure.items():
        latest = max((answer.period for answer in all_answers if answer.period is not None), default=None)
        parts = [answer for answer in all_answers if answer.period == latest]
        for answer in parts[:PARTS]:
            yield f"measure {measure}{_labels(answer)}: {_value(answer.value)}"
        if len(parts) > PARTS:
            yield f"measure {measure}: {len(parts) - PARTS:,} parts more"


def _labels(answer: Answer) -> str:
    labels = [f'{name}="{value}"' for name, value in answer.labels.items() if value]
    return "{" + ", ".join(labels) + "}" if labels else ""


def _value(value: object) -> str:
    text = f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}..."


def document(trial: Trial) -> Mapping[str, object]:
    """Return the trial as a JSON document; values of rows are texts."""
    mask = masked(trial)
    return {
        "company": trial.company.name,
        "sources": [_source(source, mask) for source in trial.sources],
        "kpis": [
            {
                "kpi": reading.kpi.id,
                "value": reading.value,
                "unit": reading.kpi.unit.text,
                "status": None if reading.status is None else reading.status.words,
                "reason": None if reading.unknown is None else reading.unknown.reason.value,
                "detail": None if reading.unknown is None else mask(reading.unknown.detail),
            }
            for reading in trial.kpis
        ],
    }


def _source(source: SourceTrial, mask: Callable[[str], str]) -> Mapping[str, object]:
    return {
        "source": source.name,
        "type": source.type,
        "error": None if source.error is None else mask(source.error),
        "reads": [mask(read) for read in source.reads],
        "permissions": [
            {
                "reads": each.reads,
                "tables": list(each.tables),
                "refusal": None if each.refusal is None else mask(each.refusal),
            }
            for each in source.permissions
        ],
        "first_run": None if source.unfinished is None else source.unfinished.text,
        "tables": [
            {
                "table": table.table,
                "rows": table.rows,
                "examples": [{name: mask(_value(value)) for name, value in row.items()} for row in table.examples],
                "rejected": 0 if table.rejected is None else table.rejected.count,
                "reasons": [] if table.rejected is None else [mask(row.reason) for row in table.rejected.examples],
                "empty_columns": list(table.empty_columns),
            }
            for table in source.tables.values()
        ],
        "answers": [
            {"measure": answer.measure, "labels": dict(answer.labels), "value": mask(_value(answer.value))}
            for answer in source.answers
        ],
    }
