"""Evaluating a company's KPIs at an instant: which numbers are needed, all from one snapshot, then the formulas."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from exporter.calendar.windows import Period
from exporter.catalogue.language.formula import CONSTANTS, WINDOW_MONTHS, Name
from exporter.catalogue.language.shocks import Shocks
from exporter.catalogue.model import Company
from exporter.conventions import MOST_PARTS_COMPUTED
from exporter.kpis.arithmetic import TOO_LARGE, Result, compute
from exporter.kpis.moments import KpiAt, term_moment, term_period
from exporter.kpis.reading import Reason, Unknown
from exporter.measures.engine import MeasureFailed, MeasureResult
from exporter.measures.model import Measure
from exporter.measures.session import MeasureRequest, Results
from exporter.measures.totals import IS_TOTAL

log = logging.getLogger(__name__)

Part = tuple[str, str]
"""A dimension and a label of it: `("tier", "starter")`."""


MeasureResults = Mapping[str, Mapping[Period, MeasureResult] | Unknown]
"""The results of each measure by period, or why it could not be computed."""


def periods_by_measure(company: Company, moments: Iterable[KpiAt]) -> Mapping[str, set[Period]]:
    """Return the periods for which these KPIs need each measure."""
    periods: dict[str, set[Period]] = {}
    visited: set[tuple[str, Period]] = set()
    waiting = list(moments)
    while waiting:
        moment = waiting.pop()
        settled = (moment.kpi.id, moment.period(company.calendar))
        if settled in visited:
            continue
        visited.add(settled)
        for name, previous in moment.kpi.terms():
            if name.name in company.measures:
                periods.setdefault(name.name, set()).add(term_period(company, moment, name, previous))
            elif name.name in company.kpis:
                waiting.append(term_moment(company, moment, name, previous))
    return periods


def measure_requests(company: Company, periods: Mapping[str, Collection[Period]]) -> Sequence[MeasureRequest]:
    """Return what to ask a session for, from the periods of each measure."""
    requests = []
    for name, needed in periods.items():
        measure = company.measures[name]
        max_age = company.sources[measure.source].max_age if measure.source is not None else 0.0
        requests.append(MeasureRequest(measure, frozenset(needed), max_age))
    return requests


def explained_failures(results: Results) -> MeasureResults:
    """Return the results with the reason, for people, in the place of each error."""
    return {
        name: failed(f"the measure {name}", result) if isinstance(result, Exception) else result
        for name, result in results.items()
    }


def failed(what: str, error: Exception) -> Unknown:
    """Why there is no number where something went wrong; what nobody foresaw is written to the log, too."""
    if isinstance(error, MeasureFailed):
        return Unknown(Reason.ERROR, str(error))
    if isinstance(error, ArithmeticError):
        return TOO_LARGE
    log.error("%s cannot be computed", what, exc_info=error)
    return Unknown(Reason.ERROR, f"{what} cannot be computed: {type(error).__name__}")


class Evaluator:
    """Computes KPIs from the results of measures, as they are or with shocks to some inputs.

    A shock concerns the present: what a formula asks for one period before stays as it was.
    """

    def __init__(self, company: Company, results: MeasureResults) -> None:
        self._company = company
        self._results = results
        self._shocks: Shocks = {}
        self._values: dict[tuple[str, Period, Part | None], Result] = {}
        self._labels: dict[tuple[str, Period, str], Sequence[str]] = {}
        self._inputs: dict[tuple[str, Period], Sequence[MeasureResult]] = {}
        self.actual: Evaluator = self

    def shocked(self, shocks: Shocks) -> Evaluator:
        """Return an evaluator of the same results, with these shocks in place of any others."""
        evaluator = Evaluator(self._company, self._results)
        evaluator._shocks = shocks
        evaluator.actual = self.actual
        return evaluator

    def value(self, moment: KpiAt, part: Part | None = None) -> Result:
        """Return the KPI's exact number, or for `part` that of one label of a breakdown."""
        key = (*self._settled(moment), part)
        if key not in self._values:
            try:
                result = self._compute(moment, part)
                is_input = moment.kpi.id not in self._company.measures
                self._values[key] = self._after(moment.kpi.id, result) if is_input else result
            except Exception as error:
                self._values[key] = failed(f"the KPI {moment.kpi.id}", error)
        return self._values[key]

    def _after(self, input_: str, result: Result) -> Result:
        """Return the number of an input after its shock, if there is one; no change makes an unknown number known."""
        shock = self._shocks.get(input_)
        return result if shock is None or isinstance(result, Unknown) else shock.of(result)

    def _compute(self, moment: KpiAt, part: Part | None) -> Result:
        def lookup(name: Name, previous: bool) -> Result:
            return self.term(moment, name, previous, part)

        for test, reason in moment.kpi.undefined_when:
            tested = compute(test.left.tree, lookup)
            if isinstance(tested, Unknown):
                return tested
            if test.comparison.holds(float(tested), float(test.limit)):
                return Unknown(Reason.UNDEFINED, reason)
        return compute(moment.kpi.formula.tree, lookup)

    def term(self, moment: KpiAt, name: Name, previous: bool, part: Part | None = None) -> Result:
        """Return the number of one name in the KPI's formula."""
        if previous and self.actual is not self:
            return self.actual.term(moment, name, previous, part)
        if name.name in self._company.measures:
            return self._after(
                name.text, self._measured(name, term_period(self._company, moment, name, previous), part)
            )
        if name.name in self._company.kpis:
            return self.value(term_moment(self._company, moment, name, previous), part)
        if name.name == WINDOW_MONTHS:
            return moment.window.months(moment.period(self._company.calendar), self._company.calendar)
        return CONSTANTS[name.name][0]

    def _measured(self, name: Name, period: Period, part: Part | None) -> Result:
        answered = self._results[name.name]
        if isinstance(answered, Unknown):
            return answered
        numbers = answered.get(period, MeasureResult())
        measure = self._company.measures[name.name]
        value = _pick(measure, numbers, name.label, part)
        if value is not None:
            return value
        if not numbers.total and name.label is None:
            return Unknown(Reason.NO_DATA, _without_total(measure))
        return Unknown(Reason.NO_DATA, f"{name.text} has no data {_during(period, self._company)}")

    def _settled(self, moment: KpiAt) -> tuple[str, Period]:
        """Return the key that a moment's numbers depend on: all days of a month show the same month before it."""
        return moment.kpi.id, moment.period(self._company.calendar)

    def labels(self, moment: KpiAt, dimension: str) -> Sequence[str]:
        """Return the labels of a breakdown that any measure behind the KPI gives, in alphabetical order."""
        key = (*self._settled(moment), dimension)
        if key not in self._labels:
            self._labels[key] = sorted(self._any_label(moment, dimension))
        return self._labels[key]

    def _any_label(self, moment: KpiAt, dimension: str) -> set[str]:
        return {label for numbers in self._behind(moment) for label in numbers.parts.get(dimension, {})}

    def withheld(self, moment: KpiAt, dimension: str) -> bool:
        """Return whether the breakdown, or that of a measure behind the KPI, has too many parts to be computed."""
        behind = any(dimension in numbers.withheld for numbers in self._behind(moment))
        return behind or len(self.labels(moment, dimension)) > MOST_PARTS_COMPUTED

    def _behind(self, moment: KpiAt) -> Sequence[MeasureResult]:
        """Return the results of the measures behind the KPI, for the periods that it needs."""
        key = self._settled(moment)
        if key not in self._inputs:
            self._inputs[key] = [
                results[period]
                for name, periods in periods_by_measure(self._company, [moment]).items()
                if not isinstance(results := self._results[name], Unknown)
                for period in periods & results.keys()
            ]
        return self._inputs[key]


def _pick(measure: Measure, numbers: MeasureResult, label: str | None, part: Part | None) -> Decimal | None:
    if label is not None:
        return numbers.labelled(label)
    if part is not None and part[0] in measure.by:
        return numbers.parts.get(part[0], {}).get(part[1])
    return numbers.headline


def _without_total(measure: Measure) -> str:
    by = " and ".join(measure.by)
    other = "GROUP BY GROUPING SETS" if measure.source is None else "`total: sum` if they add up"
    return f"{measure.name} has parts by {by}, but no row of them all; let one say `{IS_TOTAL}`, or write {other}"


def _during(period: Period, company: Company) -> str:
    zone = company.calendar.zone
    starts, ends = period.starts.astimezone(zone), period.ends.astimezone(zone)
    if starts == ends:
        return f"at {ends:%Y-%m-%d %H:%M}"
    return f"from {starts:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M}"
