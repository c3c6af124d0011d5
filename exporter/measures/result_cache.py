"""Results that are kept: of each measure by period, as long as the records that they were computed from stay."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from threading import Lock
from types import MappingProxyType
from weakref import WeakKeyDictionary

from exporter.calendar.windows import Period
from exporter.measures.engine import MeasureResult
from exporter.measures.validity import Validity
from exporter.records.store import Store
from exporter.records.table_versions import TableVersion

MOST = 64
"""Periods of one measure that are kept, at most; those that were asked for last."""

MOST_PARTS_CACHED = 200_000
"""Parts of the breakdowns of one measure that are kept, at most; those of its latest period are kept in any case."""


@dataclass(frozen=True)
class ResultBasis:
    """All that the results of a measure follow from: how they are computed, and the versions of the tables it reads."""

    definition: tuple[object, ...]
    versions: tuple[TableVersion | None, ...]


@dataclass
class _Results:
    """Results by period, those that were asked for last at the end; and for how long each holds, if that is known."""

    basis: ResultBasis
    by_period: dict[Period, MeasureResult | None] = field(default_factory=dict)
    validity: dict[Period, Validity] = field(default_factory=dict)

    def period_for(self, period: Period) -> Period | None:
        """Return the period, or one whose result is the same, if there is one."""
        if period in self.by_period:
            return period
        return next((each for each, validity in self.validity.items() if validity.covers(each, period)), None)

    def prune(self) -> None:
        """Drop the results that were asked for longest ago, as far as there are too many."""
        parts = 0
        for number, (period, result) in enumerate(reversed(list(self.by_period.items()))):
            parts += sum(map(len, result.parts.values())) if result else 0
            if number >= MOST or (number and parts > MOST_PARTS_CACHED):
                del self.by_period[period]
                self.validity.pop(period, None)


class ResultCache:
    """Holds the results of the measures of a store's companies. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._results: dict[tuple[str, str], _Results] = {}
        self._lock = Lock()

    def find(
        self, company: str, measure: str, basis: ResultBasis, periods: Collection[Period]
    ) -> Mapping[Period, MeasureResult | None]:
        """Return the results of these periods that are there; None for a period of which the measure gives nothing."""
        with self._lock:
            cached = self._results.get((company, measure))
            if cached is None or cached.basis != basis:
                return {}
            results = {}
            for period in periods:
                if (holding := cached.period_for(period)) is not None:
                    results[period] = cached.by_period[holding] = cached.by_period.pop(holding)
            return results

    def keep(
        self,
        company: str,
        measure: str,
        basis: ResultBasis,
        periods: Collection[Period],
        results: Mapping[Period, MeasureResult],
        validity: Mapping[Period, Validity] = MappingProxyType({}),
    ) -> None:
        """Keep what a measure gives for these periods, and for how long; what follows from another basis is dropped."""
        with self._lock:
            cached = self._results.get((company, measure))
            if cached is None or cached.basis != basis:
                cached = self._results[company, measure] = _Results(basis)
            cached.by_period |= {period: results.get(period) for period in sorted(periods)}
            cached.validity |= {period: validity[period] for period in periods if period in validity}
            cached.prune()


_caches: WeakKeyDictionary[Store, ResultCache] = WeakKeyDictionary()


def cache_of(store: Store) -> ResultCache:
    """Return the results that are kept of a store."""
    return _caches.setdefault(store, ResultCache())
