"""Checks across the parts of a catalogue: names exist, formulas have no cycles, units fit, breakdowns exist."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from exporter import conventions
from exporter.catalogue.language.formula import CONSTANTS, WINDOW_MONTHS, Formula, FormulaError, Name, dimension
from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.reading.inheritance import MergedCatalogue
from exporter.fixed_series import RESERVED
from exporter.mistakes import Keys, did_you_mean
from exporter.quantities.units import Dimension, describe


def check_references(company: Company, unresolved: Collection[str], merged: MergedCatalogue) -> None:
    """Note every problem between the parts of a catalogue.

    Names in `unresolved` exist but have problems of their own, so they are not reported as missing.
    """
    _ReferenceChecker(company, frozenset(unresolved), merged).check()


class _ReferenceChecker:
    def __init__(self, company: Company, unresolved: frozenset[str], merged: MergedCatalogue) -> None:
        self._company = company
        self._merged = merged
        self._resolved = {*company.measures, *company.kpis, *CONSTANTS, WINDOW_MONTHS}
        self._names = self._resolved | unresolved

    def check(self) -> None:
        kpis = self._company.kpis.values()
        for kpi in kpis:
            self._check_names(kpi)
        self._check_metrics()
        sound = self._without_cycles()
        for kpi in kpis:
            if kpi.id in sound and all(name.name in self._resolved for name in kpi.names()):
                self._check_units(kpi)
                self._check_labels(kpi)
                self._check_breakdowns(kpi, sound)

    def _has_formula(self, kpi: Kpi) -> bool:
        return kpi.formula.text != kpi.id or self._merged.is_written(("kpis", kpi.id, "formula"))

    def _formulas(self, kpi: Kpi) -> Iterator[tuple[Formula, Keys, bool]]:
        """Yield each formula of a KPI, its path, and whether it stands there as a key."""
        if self._has_formula(kpi):
            yield kpi.formula, ("kpis", kpi.id, "formula"), False
        for test, _ in kpi.undefined_when:
            yield test.left, ("kpis", kpi.id, "undefined_when", test.text), True

    def _check_names(self, kpi: Kpi) -> None:
        if not self._has_formula(kpi) and kpi.id not in self._company.measures:
            close = did_you_mean(kpi.id, self._company.measures)
            message = f"there is no measure {kpi.id!r} to stand for it{close or '; add its `formula`'}"
            self._merged.problem(("kpis", kpi.id), message, at_key=True)
        for formula, path, at_key in self._formulas(kpi):
            for name in formula.names():
                if name.name not in self._names:
                    message = f"there is no measure or KPI {name.name!r}{did_you_mean(name.name, self._names)}"
                    self._merged.problem(path, message, at_key=at_key, offset=0 if at_key else name.column)

    def _check_metrics(self) -> None:
        """Note series that share a name, and breakdowns by a label `company`, which every series has."""
        taken: dict[str, str] = dict.fromkeys(RESERVED, "the exporter itself")
        for kpi in self._company.kpis.values():
            for index, label in enumerate(kpi.by):
                if label == conventions.COMPANY:
                    message = "every series has a label `company` already; name the column otherwise"
                    self._merged.problem(("kpis", kpi.id, "by", index), message)
            for name in dict.fromkeys(kpi.metric(label) for label in (None, *kpi.by)):
                if name in taken:
                    message = f"its series {name} is that of {taken[name]}, too; give it another id"
                    self._merged.problem(("kpis", kpi.id), message, at_key=True)
                taken[name] = kpi.id

    def _without_cycles(self) -> frozenset[str]:
        """Return the KPIs that do not depend on themselves; each cycle is noted with its path."""
        sound: set[str] = set()
        unsound: set[str] = set()
        for kpi in self._company.kpis.values():
            self._follow(kpi, (), sound, unsound)
        return frozenset(sound)

    def _follow(self, kpi: Kpi, way: tuple[str, ...], sound: set[str], unsound: set[str]) -> bool:
        if kpi.id in way:
            cycle = (*way[way.index(kpi.id) :], kpi.id)
            if self._has_formula(kpi):
                path: Keys = ("kpis", kpi.id, "formula")
                self._merged.problem(path, f"is computed from itself: {' -> '.join(cycle)}")
            return False
        if kpi.id in sound or kpi.id in unsound:
            return kpi.id in sound
        names = {name.name: None for name in kpi.names() if name.name not in self._company.measures}
        below = [self._company.kpis[name] for name in names if name in self._company.kpis]
        followed = [self._follow(each, (*way, kpi.id), sound, unsound) for each in below]
        fine = all(followed)
        (sound if fine else unsound).add(kpi.id)
        return fine

    def _of(self, name: Name) -> Dimension:
        measure = self._company.measures.get(name.name)
        return measure.unit.dimension if measure else self._company.kpis[name.name].dimension

    def _check_units(self, kpi: Kpi) -> None:
        for formula, path, at_key in self._formulas(kpi):
            try:
                dimension(formula.tree, self._of)
            except FormulaError as error:
                self._merged.problem(path, str(error), at_key=at_key, offset=0 if at_key else error.column)
                return
        computed = dimension(kpi.formula.tree, self._of)
        if computed != kpi.dimension:
            message = f"the formula gives {describe(computed)}, but the unit says {describe(kpi.dimension)}"
            where = self._merged.topmost(("kpis", kpi.id, "unit"), ("kpis", kpi.id, "formula"))
            self._merged.problem(where, message)

    def _check_labels(self, kpi: Kpi) -> None:
        """Note names that pick a label of something without a breakdown."""
        for formula, path, at_key in self._formulas(kpi):
            for name in formula.names():
                measure = self._company.measures.get(name.name)
                if name.label is not None and not (measure and measure.by):
                    message = f"{name.text} picks a label, but {name.name} is no measure with a breakdown"
                    self._merged.problem(path, message, at_key=at_key, offset=0 if at_key else name.column)

    def _check_breakdowns(self, kpi: Kpi, sound: Collection[str]) -> None:
        if any(self._rests_on_unresolved(name.name, sound) for name in kpi.names()):
            return
        offered = {label for measure in self._company.inputs(kpi).values() for label in measure.by}
        for index, label in enumerate(kpi.by):
            if label not in offered:
                message = f"none of its measures has a breakdown by {label!r}{did_you_mean(label, offered)}"
                self._merged.problem(("kpis", kpi.id, "by", index), message)

    def _rests_on_unresolved(self, name: str, sound: Collection[str]) -> bool:
        kpi = self._company.kpis.get(name) if name not in self._company.measures else None
        if kpi is None:
            return name not in self._resolved
        return kpi.id not in sound or any(self._rests_on_unresolved(each.name, sound) for each in kpi.names())
