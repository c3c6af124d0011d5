"""Resolving a catalogue: every text parsed, every name found, every unit fitting; mistakes are noted, not raised."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar
from zoneinfo import ZoneInfo

from exporter.catalogue import formula as formulas
from exporter.catalogue import plans, thresholds, units, windows
from exporter.catalogue.document import CompanyDocument, KpiDocument, MeasureDocument
from exporter.catalogue.formula import Formula, Test
from exporter.catalogue.inheritance import Layers
from exporter.catalogue.model import Company, Kpi, Links, Measure
from exporter.catalogue.plans import Plan, Scenario
from exporter.catalogue.problems import Keys, TextError, did_you_mean
from exporter.catalogue.references import check_references
from exporter.catalogue.thresholds import Condition
from exporter.catalogue.units import Dimension, Unit
from exporter.catalogue.windows import Calendar
from exporter.measures import library
from exporter.measures.scratch import column_names
from exporter.polling.cron import Cron
from exporter.records.tables import TABLES
from exporter.sources.interface import MeasureOptions, Options

RECORDED_PLAN = "per phase"
_Result = TypeVar("_Result")


class Resolution:
    """One company on its way from a document to the model."""

    def __init__(
        self, merged: Layers, document: CompanyDocument, sources: Mapping[str, Options], left_out: frozenset[str]
    ) -> None:
        """`left_out` are the KPIs and measures that are given but not in the document, for they do not fit."""
        self._merged = merged
        self._document = document
        self._sources = sources
        self._left_out = left_out

    def company(self) -> Company | None:
        """The company; None, with problems noted, if it could not be resolved far enough to be checked."""
        document = self._document
        zone = self._try(("timezone",), lambda: _zone(document.timezone))
        if document.currency not in units.currencies():
            self._merged.problem(("currency",), f"{document.currency!r} is not an ISO 4217 currency code, such as EUR")
            return None  # no amount of money would fit, and each would be told
        for name, options in self._sources.items():
            self._check_source(name, options)
        measures = dict(self._measures())
        kpis = {id_: kpi for id_, each in document.kpis.items() if each and (kpi := self._kpi(id_, each))}
        company = Company(
            name=document.company,
            title=document.title,
            currency=document.currency,
            calendar=Calendar(zone or ZoneInfo("UTC"), document.fiscal_year_start),
            launch=document.launch,
            phases={phase: int(start[1:].lstrip("+")) for phase, start in document.phases.items()},
            links=Links(document.links.runbooks.rstrip("/"), document.links.dashboards.rstrip("/")),
            measures=measures,
            kpis=kpis,
            sources=self._sources,
        )
        check_references(company, self._unresolved() - measures.keys() - kpis.keys(), self._merged)
        return company

    def _unresolved(self) -> set[str]:
        """The names of all KPIs and measures that are given, whatever is wrong with them."""
        sources = self._merged.value.get("sources")
        written = sources.values() if isinstance(sources, dict) else ()
        direct = [each.get("measures") for each in written if isinstance(each, dict)]
        kpis = {id_ for id_, each in self._document.kpis.items() if each}
        answered = {str(name) for each in direct if isinstance(each, dict) for name in each}
        return {*kpis, *self._document.measures, *self._left_out, *answered}

    def _try(self, path: Keys, make: Callable[[], _Result]) -> _Result | None:
        """What `make` gives; None, with the problem noted, where it raises `ValueError`."""
        try:
            return make()
        except ValueError as error:
            offset = error.column if isinstance(error, TextError) else 0
            self._merged.problem(path, str(error), offset=offset)
            return None

    def _check_source(self, source: str, options: Options) -> None:
        if options.timezone is not None:
            self._try(("sources", source, "timezone"), lambda: _zone(options.timezone or ""))
        if options.cron is not None:
            self._try(("sources", source, "cron"), lambda: Cron(options.cron or ""))
        for table, columns in options.fills().items():
            path: Keys = ("sources", source, "tables", table)
            if table not in TABLES:
                self._merged.problem(
                    path, f"there is no record table {table!r}{did_you_mean(table, TABLES)}", at_key=True
                )
                continue
            known = TABLES[table].column_names
            for column in columns:
                if column not in known:
                    part = "constants" if self._merged.given((*path, "constants", column)) else "columns"
                    message = f"{table} has no column {column!r}{did_you_mean(column, known)}"
                    self._merged.problem((*path, part, column), message, at_key=True)

    def _measures(self) -> Iterator[tuple[str, Measure]]:
        """Shipped measures, over them the company's own, over these what sources answer directly."""
        money = self._document.currency
        for query in library.shipped().values():
            unit = units.parse(query.unit, money)
            yield query.name, Measure(query.name, query.doc, unit, query.by, query.sql, query.tables, query.lookups)
        for name, own in self._document.measures.items():
            if measure := self._own_measure(name, own):
                yield name, measure
        for source, options in self._sources.items():
            for name, answer in options.answers().items():
                if measure := self._direct_measure(source, name, answer):
                    yield name, measure

    def _own_measure(self, name: str, own: MeasureDocument) -> Measure | None:
        path: Keys = ("measures", name)
        unit = self._try((*path, "unit"), lambda: units.parse(own.unit, self._document.currency))
        tables = self._try((*path, "sql"), lambda: library.tables_of(own.sql))
        columns = self._try((*path, "sql"), lambda: column_names(own.sql)) if tables is not None else None
        if unit is None or tables is None or columns is None:
            return None
        for wanted in (library.PERIOD, *own.by, "value"):
            if wanted not in columns:
                self._merged.problem(
                    (*path, "sql"), f"the SQL gives no column {wanted!r}; it gives {', '.join(columns)}"
                )
        return Measure(name, own.doc, unit, own.by, own.sql, tables)

    def _direct_measure(self, source: str, name: str, answer: MeasureOptions) -> Measure | None:
        path: Keys = ("sources", source, "measures", name)
        unit = self._try((*path, "unit"), lambda: units.parse(answer.unit, self._document.currency))
        if unit is None:
            return None
        replaced = library.shipped().get(name)
        if replaced:
            expected = units.parse(replaced.unit, self._document.currency)
            if expected.dimension != unit.dimension:
                message = f"the measure {name} is in {expected.text}, not {unit.text}"
                self._merged.problem((*path, "unit"), message)
        doc = replaced.doc if replaced else f"{name}, as the source {source} answers it"
        return Measure(name, doc, unit, answer.by, source=source)

    def _kpi(self, id_: str, document: KpiDocument) -> Kpi | None:
        path: Keys = ("kpis", id_)
        unit = self._try((*path, "unit"), lambda: units.parse(document.unit))
        window = self._try((*path, "window"), lambda: windows.parse(document.window))
        formula = self._formula(id_, document)
        if document.per and unit is not None and (unit.currency is None or "/" in unit.text):
            self._merged.problem((*path, "per"), f"`per` belongs to an amount of money such as EUR, not to {unit.text}")
        conditions = self._conditions(path, document, unit) if unit else {}
        kpi_plans = self._plans(path, document, unit) if unit else {}
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
            target=conditions.get("target"),
            warning=conditions.get("warning"),
            critical=conditions.get("critical"),
            plans=kpi_plans,
            recorded_plan=document.plan == RECORDED_PLAN,
            action=document.action,
            note=document.note,
            owner=document.owner,
            notify=document.notify,
            cadence=document.cadence,
            measured_from=document.measured_from,
        )

    def _formula(self, id_: str, document: KpiDocument) -> Formula | None:
        if document.formula is None:
            return formulas.parse(id_)
        text = document.formula
        return self._try(("kpis", id_, "formula"), lambda: formulas.parse(text))

    def _tests(self, path: Keys, document: KpiDocument) -> Iterator[tuple[Test, str]]:
        for text, reason in document.undefined_when.items():
            test = self._try((*path, "undefined_when", text), lambda text=text: formulas.parse_test(text))  # type: ignore[misc]
            if test is not None:
                yield test, reason

    def _conditions(self, path: Keys, document: KpiDocument, unit: Unit) -> Mapping[str, Condition]:
        found: dict[str, Condition] = {}
        for key in ("target", "warning", "critical"):
            text: str | None = getattr(document, key)
            if text is None:
                continue
            where = (*path, key)
            condition = self._try(where, lambda: thresholds.parse(text, unit, target=key == "target"))  # noqa: B023
            if condition is None:
                continue
            found[key] = condition
            if condition.of_plan and document.plan is None:
                self._merged.problem(where, "there is no plan for this to refer to; add `plan`")
        if "warning" in found and "critical" in found:
            where = self._merged.uppermost((*path, "critical"), (*path, "warning"))
            self._try(where, lambda: thresholds.check_order(found["warning"], found["critical"]))
        return found

    def _plans(self, path: Keys, document: KpiDocument, unit: Unit) -> Mapping[Scenario, Plan]:
        written = document.plan
        if written is None or written == RECORDED_PLAN:
            return {}
        per_scenario = written if isinstance(written, dict) else {Scenario.BASE: written}
        found: dict[Scenario, Plan] = {}
        for scenario, text in per_scenario.items():
            where: Keys = (*path, "plan", scenario.value) if isinstance(written, dict) else (*path, "plan")
            plan = self._try(where, lambda text=text: plans.parse(text, unit, document.plan_shape))  # type: ignore[misc]
            if plan is None:
                continue
            found[scenario] = plan
            for moment, _ in plan.points:
                if moment.phase is not None and moment.phase not in self._document.phases:
                    self._merged.problem(where, f"phase {moment.phase} has no start in `phases`")
                if moment.on is None and self._document.launch is None:
                    self._merged.problem(where, f"{moment.text} counts from the launch; add `launch: 2026-01-01`")
                    break
        return found


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is not an IANA time zone, such as Europe/Berlin") from None


def _dimension(unit: Unit, per: str | None) -> Dimension:
    return units.multiply(unit.dimension, ((per, 1),), -1) if per else unit.dimension
