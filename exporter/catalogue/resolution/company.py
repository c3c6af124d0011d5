"""Resolves a catalogue: parses every text, looks up every name, checks every unit; mistakes are noted, not raised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from exporter import conventions
from exporter.calendar import windows
from exporter.calendar.cron import Cron
from exporter.calendar.instants import parse_zone
from exporter.calendar.windows import Calendar
from exporter.catalogue.language import formula as formulas
from exporter.catalogue.language.formula import Formula, Test
from exporter.catalogue.model import Company, CompanyLinks, Kpi
from exporter.catalogue.reading.foreign_amounts import foreign_amounts, lines_to_paste
from exporter.catalogue.reading.inheritance import MergedCatalogue
from exporter.catalogue.resolution import alerting, levels, scenarios
from exporter.catalogue.resolution.accumulation import with_accumulation
from exporter.catalogue.resolution.levels import RECORDED_PLAN, Levels
from exporter.catalogue.resolution.references import check_references
from exporter.catalogue.schema.company import CompanyDocument, KpiDocument, MeasureDocument
from exporter.measures import library
from exporter.measures.model import Measure, Nature
from exporter.measures.sql_check import column_names
from exporter.mistakes import Keys, did_you_mean
from exporter.quantities import currencies, units
from exporter.quantities.units import Dimension, Unit
from exporter.records.tables import TABLES
from exporter.sources.interface import MeasureOptions, Options
from exporter.sources.rotation import SecretFiles


class CompanyResolver:
    """Resolves a validated document to the company that the program uses."""

    def __init__(
        self,
        merged: MergedCatalogue,
        document: CompanyDocument,
        sources: Mapping[str, Options],
        left_out: frozenset[str],
    ) -> None:
        """`left_out` are the KPIs and measures that are given but not in the document, for they do not fit."""
        self._merged = merged
        self._document = document
        self._sources = sources
        self._left_out = left_out

    def company(self) -> Company | None:
        """Return the company; None, with problems noted, if it cannot be resolved far enough to be checked."""
        document = self._document
        zone = self._merged.parsed_or_noted(("timezone",), lambda: parse_zone(document.timezone))
        if document.currency not in currencies.codes():
            self._merged.problem(("currency",), f"{document.currency!r} is not an ISO 4217 currency code, such as EUR")
            return None  # no amount of money would fit, and each would be told
        if document.company == conventions.EXPORTER:
            message = (
                f"{conventions.EXPORTER!r} names the generated files that concern every company; take another name"
            )
            self._merged.problem(("company",), message)
        for name, options in self._sources.items():
            self._check_source(name, options)
        measures = dict(self._measures())
        kpis = {id_: kpi for id_, each in document.kpis.items() if each and (kpi := self._kpi(id_, each))}
        unresolved = self._unresolved() - measures.keys() - kpis.keys()
        resolved_scenarios = scenarios.resolve(
            document.scenarios, measures, kpis, unresolved, document.currency, self._merged
        )
        self._check_currencies()
        company = Company(
            name=document.company,
            title=self._title(),
            currency=document.currency,
            calendar=Calendar(zone or ZoneInfo("UTC"), document.fiscal_year_start),
            launch=document.launch,
            phases={phase: int(start[1:].lstrip("+")) for phase, start in document.phases.items()},
            links=CompanyLinks(document.links.runbooks.rstrip("/"), document.links.dashboards.rstrip("/")),
            measures=measures,
            kpis=kpis,
            sources=self._sources,
            secrets=self._secrets(),
            scenarios=resolved_scenarios,
            alerting=alerting.resolve(document.people, document.alerting, self._merged),
            revenue_policy=document.revenue_policy,
            history=document.history,
            file=self._merged.documents[0].file,
            left_out=foreign_amounts(self._merged, named=False),
        )
        check_references(company, unresolved, self._merged)
        return with_accumulation(company, self._merged)

    def _title(self) -> str:
        """Return the company's title: its name, where only the catalogue of a simulated company has a title."""
        is_another = self._merged.is_shipped(("title",)) and not self._merged.is_shipped(("company",))
        return self._document.company if is_another else self._document.title

    def _check_currencies(self) -> None:
        """Note the amounts that name another currency than the company's, all as one mistake.

        A single one in the company's own file is a mistake like others, at its place.
        """
        currency, wrong = self._document.currency, foreign_amounts(self._merged, named=True)
        if not wrong:
            return
        if len(wrong) == 1 and wrong[0].place.file == self._merged.documents[0].file:
            self._merged.problem(wrong[0].path, wrong[0].message)
            return
        amounts = f"{len(wrong)} amounts name" if len(wrong) > 1 else "an amount names"
        places = "".join(f"\n    {amount}" for amount in wrong)
        every = (*wrong, *foreign_amounts(self._merged, named=False))
        lines = f"  decide each number in {currency}, and write in {self._merged.documents[0].file.name}:\n"
        message = f"{self._document.company} is in {currency}, but {amounts} another currency"
        self._merged.problem(("currency",), message, details=f"  these are{places}\n{lines}{lines_to_paste(every)}")

    def _secrets(self) -> Mapping[str, SecretFiles]:
        """Return the files that values of each source were read from, by source name."""
        files_by_source: dict[str, dict[Keys, Path]] = {}
        for path, file in self._merged.files.items():
            if path[0] == "sources" and path[1] in self._sources:
                files_by_source.setdefault(str(path[1]), {})[path[2:]] = file
        sections = self._merged.value.get("sources", {})
        return {
            name: SecretFiles(files, self._merged.place(("sources", name)).file.parent, sections[name])
            for name, files in files_by_source.items()
        }

    def _unresolved(self) -> set[str]:
        """Return the names of all KPIs and measures in the files, whatever is wrong with them."""
        sources = self._merged.value.get("sources")
        written = sources.values() if isinstance(sources, dict) else ()
        direct = [each.get("measures") for each in written if isinstance(each, dict)]
        kpis = {id_ for id_, each in self._document.kpis.items() if each}
        answered = {str(name) for each in direct if isinstance(each, dict) for name in each}
        return {*kpis, *self._document.measures, *self._left_out, *answered}

    def _check_source(self, source: str, options: Options) -> None:
        if options.timezone is not None:
            self._merged.parsed_or_noted(("sources", source, "timezone"), lambda: parse_zone(options.timezone or ""))
        if options.cron is not None:
            self._merged.parsed_or_noted(("sources", source, "cron"), lambda: Cron(options.cron or ""))
        for table, columns in options.record_tables().items():
            path: Keys = ("sources", source, "tables", table)
            if table not in TABLES:
                self._merged.problem(
                    path, f"there is no record table {table!r}{did_you_mean(table, TABLES)}", at_key=True
                )
                continue
            names = TABLES[table].column_names
            for column in columns:
                if column not in names:
                    part = "constants" if self._merged.is_written((*path, "constants", column)) else "columns"
                    message = f"{table} has no column {column!r}{did_you_mean(column, names)}"
                    self._merged.problem((*path, part, column), message, at_key=True)

    def _measures(self) -> Iterator[tuple[str, Measure]]:
        """Yield shipped measures, the company's own, and those that sources answer: a later one replaces an earlier."""
        money = self._document.currency
        for query in library.shipped().values():
            unit = units.parse(query.unit, money)
            yield (
                query.name,
                Measure(
                    query.name, query.doc, unit, query.by, query.sql, query.tables, query.lookups, nature=query.nature
                ),
            )
        for name, own in self._document.measures.items():
            if measure := self._own_measure(name, own):
                yield name, measure
        for source, options in self._sources.items():
            for name, answer in options.direct_measures().items():
                if measure := self._direct_measure(source, name, answer):
                    yield name, measure

    def _own_measure(self, name: str, own: MeasureDocument) -> Measure | None:
        path: Keys = ("measures", name)
        unit = self._merged.parsed_or_noted((*path, "unit"), lambda: units.parse(own.unit, self._document.currency))
        tables = self._merged.parsed_or_noted((*path, "sql"), lambda: library.tables_of(own.sql))
        columns = (
            self._merged.parsed_or_noted((*path, "sql"), lambda: column_names(own.sql)) if tables is not None else None
        )
        if unit is None or tables is None or columns is None:
            return None
        for wanted in (library.PERIOD, *own.by, "value"):
            if wanted not in columns:
                self._merged.problem(
                    (*path, "sql"), f"the SQL gives no column {wanted!r}; it gives {', '.join(columns)}"
                )
        needed = library.needed_of(own.sql)
        nature = own.nature or library.nature_of(own.sql, own.unit)
        return Measure(name, own.doc, unit, own.by, own.sql, needed, tables - needed, nature=nature)

    def _direct_measure(self, source: str, name: str, answer: MeasureOptions) -> Measure | None:
        path: Keys = ("sources", source, "measures", name)
        unit = self._merged.parsed_or_noted((*path, "unit"), lambda: units.parse(answer.unit, self._document.currency))
        if unit is None:
            return None
        replaced = library.shipped().get(name)
        if replaced:
            expected = units.parse(replaced.unit, self._document.currency)
            if expected.dimension != unit.dimension:
                message = f"the measure {name} is in {expected.text}, not {unit.text}"
                self._merged.problem((*path, "unit"), message)
        doc = replaced.doc if replaced else f"{name}, as the source {source} answers it"
        nature = answer.nature or (replaced.nature if replaced else Nature.STOCK)
        return Measure(name, doc, unit, answer.by, source=source, nature=nature)

    def _kpi(self, id_: str, document: KpiDocument) -> Kpi | None:
        path: Keys = ("kpis", id_)
        unit = self._merged.parsed_or_noted(
            (*path, "unit"), lambda: units.parse(document.unit, self._document.currency)
        )
        window = self._merged.parsed_or_noted((*path, "window"), lambda: windows.parse(document.window))
        formula = self._formula(id_, document)
        if document.per and unit is not None and (unit.currency is None or "/" in unit.text):
            self._merged.problem((*path, "per"), f"`per` belongs to an amount of money such as EUR, not to {unit.text}")
        kpi_levels = levels.resolve(id_, document, unit, self._document, self._merged) if unit else Levels()
        tests = tuple(self._tests(path, document))
        if unit is None or window is None or formula is None:
            return None
        return Kpi(
            id=id_,
            title=document.title,
            area=document.area,
            definition=" ".join(document.definition.split()),
            unit=unit,
            dimension=_dimension(unit, document.per) if unit.currency else unit.dimension,
            window=window,
            formula=formula,
            by=document.by,
            undefined_when=tests,
            target=kpi_levels.conditions.get("target"),
            warning=kpi_levels.conditions.get("warning"),
            critical=kpi_levels.conditions.get("critical"),
            plans=kpi_levels.plans,
            recorded_plan=document.plan == RECORDED_PLAN,
            action=document.action,
            note=document.note,
            owner=document.owner,
            notify=document.notify,
            cadence=document.cadence,
            measured_from=document.measured_from,
            segments=kpi_levels.segments,
            segment_plans=kpi_levels.segment_plans,
            classes=kpi_levels.classes,
            benchmarks=kpi_levels.benchmarks,
            objectives=kpi_levels.objectives,
            hold=kpi_levels.hold,
            accumulates=document.accumulates,
            early=document.early,
            short=document.short,
        )

    def _formula(self, id_: str, document: KpiDocument) -> Formula | None:
        if document.formula is None:
            return formulas.parse(id_)
        text = document.formula
        return self._merged.parsed_or_noted(("kpis", id_, "formula"), lambda: formulas.parse(text))

    def _tests(self, path: Keys, document: KpiDocument) -> Iterator[tuple[Test, str]]:
        for text, reason in document.undefined_when.items():
            test = self._merged.parsed_or_noted((*path, "undefined_when", text), partial(formulas.parse_test, text))
            if test is not None:
                yield test, reason


def _dimension(unit: Unit, per: str | None) -> Dimension:
    return units.multiply(unit.dimension, ((per, 1),), -1) if per else unit.dimension
