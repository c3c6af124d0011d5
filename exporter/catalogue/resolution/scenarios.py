"""Resolves scenarios: the shock of each input, in the unit that the input has in the company."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from exporter.catalogue.language import formula
from exporter.catalogue.language.formula import Name
from exporter.catalogue.language.shocks import Shock, Shocks, parse
from exporter.catalogue.model import Company, Kpi
from exporter.catalogue.reading.inheritance import MergedCatalogue
from exporter.catalogue.resolution.amount_units import unit_at
from exporter.measures.model import Measure
from exporter.mistakes import Keys, did_you_mean
from exporter.quantities.units import Unit


def parse_settings(company: Company, settings: Sequence[str]) -> Shocks:
    """Parse `INPUT=CHANGE` texts; `ValueError` says what is wrong with the first that does not fit."""
    shocks: dict[str, Shock] = {}
    for setting in settings:
        name, equals, change = setting.rpartition("=")
        if not equals:
            raise ValueError(f"{setting!r} sets nothing; write for example churn=+200bp or cac=+20%")
        unit = _unit(name.strip(), company.measures, company.kpis)
        if name.strip() in shocks:
            raise ValueError(f"{name.strip()} is set twice; keep one")
        try:
            shocks[name.strip()] = parse(change, unit)
        except ValueError as error:
            raise ValueError(f"{name.strip()}: {error}") from None
    return shocks


def resolve(
    written: Mapping[str, Mapping[str, str] | None],
    measures: Mapping[str, Measure],
    kpis: Mapping[str, Kpi],
    unresolved: Collection[str],
    currency: str,
    merged: MergedCatalogue,
) -> Mapping[str, Shocks]:
    """Resolve a catalogue's scenarios by name; unknown inputs and changes that do not fit are noted.

    Names in `unresolved` exist but have problems of their own; `currency` is the company's. A scenario
    of None was removed by the extending file.
    """
    resolver = _ScenarioResolver(measures, kpis, unresolved, currency, merged)
    return {name: dict(resolver.scenario(name, changes)) for name, changes in written.items() if changes is not None}


@dataclass(frozen=True)
class _ScenarioResolver:
    measures: Mapping[str, Measure]
    kpis: Mapping[str, Kpi]
    unresolved: Collection[str]
    currency: str
    merged: MergedCatalogue

    def scenario(self, scenario: str, changes: Mapping[str, str]) -> Iterator[tuple[str, Shock]]:
        for name, change in changes.items():
            path: Keys = ("scenarios", scenario, name)
            if name.split("[")[0] in self.unresolved:
                continue
            try:
                unit = _unit(name, self.measures, self.kpis)
            except ValueError as error:
                self.merged.problem(path, str(error), at_key=True)
                continue
            at = unit_at(path, unit, self.currency, self.merged)
            shock = self.merged.parsed_or_noted(path, partial(parse, change, at))
            if shock is not None:
                yield name, shock


def _unit(text: str, measures: Mapping[str, Measure], kpis: Mapping[str, Kpi]) -> Unit:
    """Return the unit of an input. As in formulas, a measure precedes a KPI of the same name."""
    try:
        tree = formula.parse(text).tree
    except formula.FormulaError:
        tree = None
    if isinstance(tree, Name) and tree.text == text:
        if tree.name in measures and (tree.label is None or measures[tree.name].by):
            return measures[tree.name].unit
        if tree.name in kpis and tree.label is None:
            return kpis[tree.name].unit
    names = {*measures, *kpis}
    raise ValueError(f"there is no measure or KPI {text!r}{did_you_mean(text, names)}")
