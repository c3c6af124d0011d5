"""A company tried once: each source polled into a store that is thrown away, and what each KPI makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from exporter.calendar.clock import Clock
from exporter.catalogue.model import Company
from exporter.kpis.reading import Reading
from exporter.kpis.required_periods import required_periods
from exporter.kpis.snapshot import take_snapshot
from exporter.polling.poll import Poll
from exporter.polling.polled_source import PolledSource
from exporter.records.batch import Answer, Item, Records, Removed, Row, SourceFailed, Unchanged, Unfinished, Unreadable
from exporter.records.spool import UNREADABLE
from exporter.records.state import Rejected
from exporter.records.store import Store
from exporter.records.tables import TABLES
from exporter.sources.interface import Context, Deadline, Permission, Source
from exporter.sources.rotation import build_source

LONGEST = 120.0
"""Seconds after which the first run of a source is no longer waited for."""

EXAMPLES = 3
"""Rows of a table that are shown."""


@dataclass
class TableTrial:
    """What a source gave for one record table: how many rows, the first of them, and the columns that none fills."""

    table: str
    rows: int = 0
    examples: list[Mapping[str, object]] = field(default_factory=list)
    filled: Counter[str] = field(default_factory=Counter)
    rejected: Rejected | None = None

    def add(self, row: Row) -> None:
        """Count a row, and keep it as an example if it is one of the first."""
        self.rows += 1
        values = {name: value for name, value in row.items() if value is not None and value != ""}
        self.filled.update(values.keys())
        if len(self.examples) < EXAMPLES and UNREADABLE not in values:
            self.examples.append({name: value for name, value in values.items() if not isinstance(value, Unreadable)})

    @property
    def empty_columns(self) -> tuple[str, ...]:
        """The columns of the record table that no row fills and no default stands in for."""
        return tuple(
            column.name
            for column in TABLES[self.table].columns
            if column.default is None and not self.filled[column.name]
        )


@dataclass
class SourceTrial:
    """How one poll of a source went, or the polls of a first run. `reads` are the files, requests and queries in order.

    `unfinished` is how far a first run has come that takes longer than a trial may.
    """

    name: str
    type: str
    reads: list[str] = field(default_factory=list)
    permissions: list[Permission] = field(default_factory=list)
    tables: dict[str, TableTrial] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    rejected_answers: Rejected | None = None
    unfinished: Unfinished | None = None
    error: str | None = None

    @property
    def flawless(self) -> bool:
        """Whether the poll succeeded and set nothing aside, and no permission is missing."""
        rejected = [self.rejected_answers, *(table.rejected for table in self.tables.values())]
        refused = [each for each in self.permissions if each.refusal is not None]
        return self.error is None and not any(rejected) and not refused


@dataclass(frozen=True)
class Trial:
    """The sources that were polled, and each KPI as it would be published."""

    company: Company
    sources: tuple[SourceTrial, ...]
    kpis: tuple[Reading, ...]


def try_company(
    company: Company, only: Collection[str], clock: Clock, progress: Callable[[str], None] = lambda _: None
) -> Trial:
    """Poll the sources named in `only` once, or all where none is named; nothing is stored beyond the call.

    `progress` is called with a sentence when each source is begun.
    """
    with TemporaryDirectory() as folder:
        store = Store(Path(folder) / "trial.duckdb")
        try:
            names = [name for name in company.sources if not only or name in only]
            trials = []
            for number, name in enumerate(names, 1):
                progress(f"{number} of {len(names)}: {name} ({company.sources[name].type})")
                trials.append(_poll(company, name, store, clock, progress))
            reading = take_snapshot(company, store, clock())
            return Trial(company, tuple(trials), reading.kpis)
        finally:
            store.close()


def _poll(company: Company, name: str, store: Store, clock: Clock, progress: Callable[[str], None]) -> SourceTrial:
    options = company.sources[name]
    trial = SourceTrial(name, options.type)
    source = build_source(name, options, company.secrets.get(name))
    polled = PolledSource(
        company=company.name,
        name=name,
        options=options,
        source=_Observed(source, trial),
        timezone=company.timezone,
        currency=company.currency,
        required_periods=partial(required_periods, company, store, name),
    )
    begun = clock.mark()
    try:
        with suppress(SourceFailed):  # the poll will say why
            trial.permissions.extend(source.permissions(Deadline(options.timeout)))
        poll = Poll(polled, store, clock, lambda _: None)
        poll.run()
        while poll.error is None and poll.unfinished is not None and clock.passed(begun) < LONGEST:
            progress(f"{name}: {poll.unfinished.text}")
            poll = Poll(polled, store, clock, lambda _: None)
            poll.run()
    finally:
        source.close()
    trial.unfinished = poll.unfinished
    if poll.error is not None:
        trial.error = poll.error
        store.polls.failed(company.name, name, poll.date, poll.error)
    for rejected in store.polls.rejected(company.name):
        if rejected.source == name and rejected.table in trial.tables:
            trial.tables[rejected.table].rejected = rejected
        elif rejected.source == name:
            trial.rejected_answers = rejected
    return trial


class _Observed(Source):
    """A source that notes what it gives."""

    def __init__(self, source: Source, trial: SourceTrial) -> None:
        self._source = source
        self._trial = trial

    def poll(self, context: Context) -> Iterator[Item]:
        """Poll the source; a poll that is begun again notes everything anew, unless it goes on with a first run."""
        trial = self._trial
        if not context.cursor:
            trial.reads.clear()
            trial.tables.clear()
            trial.answers.clear()
        for item in self._source.poll(replace(context, trace=trial.reads.append)):
            match item:
                case Records(table=table, rows=rows):
                    yield replace(item, rows=self._noted(trial.tables.setdefault(table, TableTrial(table)), rows))
                case Answer():
                    trial.answers.append(item)
                    yield item
                case Removed() | Unchanged() | Unfinished():
                    yield item

    @staticmethod
    def _noted(table: TableTrial, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            table.add(row)
            yield row
